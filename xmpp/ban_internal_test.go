package xmpp

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
)

// ban bans or otherwise affiliates an account that is in no room, and returns
// where its end can be read.
func (s *script) ban() <-chan error {
	end := make(chan error, 1)
	go func() {
		end <- s.room.ban(s.t.Context(), &Result{Account: "zed@example.org"}, "", unrecorded)
	}()
	return end
}

// answer answers a request of the client.
func (s *script) answer(req sentStanza, payload string) {
	s.says("<iq type='result' id='%s' from='in@chat.example.org'>%s</iq>", req.id, payload)
}

// list answers a request for a list with the given accounts.
func (s *script) list(req sentStanza, accounts ...string) {
	items := ""
	for _, account := range accounts {
		items += fmt.Sprintf("<item jid='%s' affiliation='x'/>", account)
	}
	s.answer(req, "<query xmlns='"+nsMUCAdmin+"'>"+items+"</query>")
}

// tellNothingOfZed answers the questions for all affiliation lists.
func (s *script) tellNothingOfZed() {
	for range listed {
		s.list(s.sent(), "other@example.org")
	}
}

func TestBanUnconfirmed(t *testing.T) {
	tests := []struct {
		name string
		play func(*script)
		want error
	}{
		{"the list does not have it", func(s *script) {
			s.tellNothingOfZed()
			s.answer(s.sent(), "")
			s.list(s.sent(), "other@example.org")
		}, ErrUnknown},
		{"the list is not read", func(s *script) {
			s.tellNothingOfZed()
			s.answer(s.sent(), "")
			s.sent()
		}, ErrUnknown},
		{"no answer", func(s *script) {
			s.tellNothingOfZed()
			s.sent()
		}, ErrUnknown},
		{"the stream ends before the answer", func(s *script) {
			s.tellNothingOfZed()
			s.sent()
			s.hangUp()
		}, ErrUnknown},
		{"the stream ends before the confirmation", func(s *script) {
			s.tellNothingOfZed()
			s.answer(s.sent(), "")
			s.sent()
			s.hangUp()
		}, ErrUnknown},
		{"still inside", func(s *script) {
			s.tellNothingOfZed()
			s.answer(s.sent(), "")
			s.list(s.sent(), "zed@example.org")
			for range 3 {
				s.answer(s.sent(), "<query xmlns='"+nsMUCAdmin+"'><item nick='Zed' jid='zed@example.org/x' role='participant'/></query>")
			}
		}, ErrUnknown},
		{"confirmed", func(s *script) {
			s.tellNothingOfZed()
			s.answer(s.sent(), "")
			s.list(s.sent(), "other@example.org", "zed@example.org")
			for range 3 {
				s.answer(s.sent(), "<query xmlns='"+nsMUCAdmin+"'/>")
			}
		}, nil},
		{"not sent, as the lists are not told", func(s *script) {
			for range listed {
				s.sent()
			}
		}, ErrNoAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(t)
				end := s.ban()
				tt.play(s)
				if got := <-end; !errors.Is(got, tt.want) {
					t.Errorf("got %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// Whom presence shows to be thrown out for good is banned; no list is read.
func TestBanConfirmedByPresence(t *testing.T) {
	for _, order := range []string{"presence first", "result first"} {
		t.Run(order, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(t)
				for _, nick := range []string{"Zed", "Zed's phone"} {
					s.says("<presence from=\"in@chat.example.org/%s\"><x xmlns='%s'><item role='visitor' affiliation='member' jid='zed@example.org/x'/></x></presence>", nick, nsMUCUser)
				}
				result := Result{Account: "zed@example.org"}
				end := make(chan error, 1)
				go func() { end <- s.room.ban(t.Context(), &result, "", unrecorded) }()
				req := s.sent()
				if order == "result first" {
					s.answer(req, "")
				}
				for _, nick := range []string{"Zed", "Zed", "Zed's phone"} { // a session each
					s.says("<presence from=\"in@chat.example.org/%s\" type='unavailable'><x xmlns='%s'><item role='none' affiliation='outcast' jid='zed@example.org/x'/><status code='301'/></x></presence>", nick, nsMUCUser)
				}
				if order == "presence first" {
					s.answer(req, "")
				}
				if err := <-end; err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprint(result.Removed); got != "[Zed Zed's phone]" || result.Before != AffiliationMember {
					t.Errorf("got %+v", result)
				}
				s.sentNothing()
				if left := len(s.room.present().banned); left != 0 {
					t.Errorf("%d accounts are still expected to be banned", left)
				}
			})
		})
	}
}

// Questions that were not asked when the wish to know came up share their answer,
// and those that were asked before do not serve.
func TestSharedRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		got := make(chan int, 10)
		ask := func() {
			go func() {
				list, err := s.room.affiliated(t.Context(), AffiliationOutcast)
				if err != nil {
					t.Error(err)
				}
				got <- len(list)
			}()
			synctest.Wait()
		}
		ask()
		for range 3 {
			ask()
		}
		first := s.sent()
		s.sentNothing()
		s.list(first, "a@example.org")
		second := s.sent()
		s.sentNothing()
		s.list(second, "a@example.org", "b@example.org")
		for i, want := range []int{1, 2, 2, 2} {
			if n := <-got; n != want {
				t.Errorf("answer %d: got %d entries, want %d", i, n, want)
			}
		}
		s.sentNothing()
	})
}

// A hostile list is read as far as it makes sense.
func TestAffiliationList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		end := make(chan []Affiliated, 1)
		go func() {
			list, err := s.room.affiliated(t.Context(), AffiliationOutcast)
			if err != nil {
				t.Error(err)
			}
			end <- list
		}()
		s.answer(s.sent(), "<other xmlns='x'><item jid='no@x'/></other><query xmlns='"+nsMUCAdmin+"'>"+
			"<reason>no</reason><item jid='a@x' nick='A'><reason>be<i>x</i>cause &lt;</reason><item jid='no@x'/></item>text<item/><item jid='b@x'/></query>")
		want := fmt.Sprint([]Affiliated{{"a@x", "A", "because <", AffiliationOutcast}, {Affiliation: AffiliationOutcast}, {Account: "b@x", Affiliation: AffiliationOutcast}})
		if got := fmt.Sprint(<-end); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// unrecorded lets an action happen without record.
func unrecorded(Result) error { return nil }
