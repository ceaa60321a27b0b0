package xmpp

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newActScript returns a script whose client knows the service of the rooms.
func newActScript(t *testing.T) *script {
	s := newScript(t)
	s.services.hosts["chat.example.org"] = host{service: &Service{Domain: "chat.example.org"}}
	s.services.loaded = s.options.Now()
	s.client.setStream(s.stream, nil)
	return s
}

// act runs an action in the room and returns where its end can be read.
func (s *script) act(ctx context.Context, a Action) <-chan actEnd {
	a.Room = s.room.jid
	end := make(chan actEnd, 1)
	go func() {
		result, err := s.client.Do(ctx, a)
		end <- actEnd{result, err}
	}()
	return end
}

type actEnd struct {
	Result Result
	Err    error
}

// refuse answers a request with an error.
func (s *script) refuse(req sentStanza, kind, condition string) {
	s.says("<iq type='error' id='%s' from='in@chat.example.org'><error type='%s'><%s xmlns='%s'/></error></iq>", req.id, kind, condition, nsStanzas)
}

// form answers a request for the configuration.
func (s *script) form(req sentStanza, fields string) {
	s.answer(req, "<query xmlns='"+nsMUCOwner+"'><x xmlns='jabber:x:data' type='form'>"+fields+"</x></query>")
}

// exists answers the question what the room is.
func (s *script) exists(req sentStanza) {
	s.answer(req, "<query xmlns='"+nsDiscoInfo+"'><identity category='conference' type='text'/><feature var='"+nsMUC+"'/></query>")
}

// presence tells of an occupant.
func (s *script) presence(nick, role string) {
	s.says("<presence from='in@chat.example.org/%s'><x xmlns='%s'><item role='%s' affiliation='none' jid='%s@example.org/x'/></x></presence>", nick, nsMUCUser, role, nick)
}

const (
	unmoderated = "<field var='muc#roomconfig_moderatedroom' type='boolean'/>"
	moderated   = "<field var='muc#roomconfig_moderatedroom' type='boolean'><value>1</value></field>"
)

// How actions end that something comes in the way of.
func TestActionsUnconfirmed(t *testing.T) {
	bob := Target{Nick: "Bob"}
	tests := []struct {
		name   string
		action Action
		play   func(*script)
		want   error
		fields map[string]string
	}{
		{"mute without an answer", Action{Kind: ActionMute, Target: bob}, func(s *script) { s.sent() }, ErrUnknown, nil},
		{"mute and the end of the stream", Action{Kind: ActionMute, Target: bob}, func(s *script) { s.sent(); s.hangUp() }, ErrUnknown, nil},
		{"mute and the end of the visit", Action{Kind: ActionMute, Target: bob}, func(s *script) {
			s.sent()
			s.room.end(s.room.present(), &Exit{})
		}, ErrUnknown, nil},
		{"mute with a result alone", Action{Kind: ActionMute, Target: bob}, func(s *script) { s.answer(s.sent(), "") }, ErrUnknown, nil},
		{"mute of somebody who goes", Action{Kind: ActionMute, Target: bob}, func(s *script) {
			req := s.sent()
			s.says("<presence from='in@chat.example.org/Bob' type='unavailable'><x xmlns='%s'><item role='none' affiliation='none'/></x></presence>", nsMUCUser)
			s.refuse(req, "modify", "item-not-found")
		}, ErrNoOccupant, nil},
		{"mute with the presence after the result", Action{Kind: ActionMute, Target: bob}, func(s *script) {
			s.answer(s.sent(), "")
			s.presence("Bob", "visitor")
		}, nil, nil},
		{"mute with the presence before the result", Action{Kind: ActionMute, Target: bob}, func(s *script) {
			req := s.sent()
			s.presence("Bob", "visitor")
			s.answer(req, "")
		}, nil, nil},

		{"lock without an answer", Action{Kind: ActionLock}, func(s *script) {
			s.exists(s.sent())
			s.form(s.sent(), unmoderated)
			s.sent()
		}, ErrUnknown, map[string]string{fieldModerated: "0"}},
		{"lock and the end of the stream", Action{Kind: ActionLock}, func(s *script) {
			s.exists(s.sent())
			s.form(s.sent(), unmoderated)
			s.sent()
			s.hangUp()
		}, ErrUnknown, map[string]string{fieldModerated: "0"}},
		{"lock with a result alone", Action{Kind: ActionLock}, func(s *script) {
			s.exists(s.sent())
			s.form(s.sent(), unmoderated)
			s.answer(s.sent(), "")
			s.form(s.sent(), unmoderated)
		}, ErrUnknown, map[string]string{fieldModerated: "0"}},
		{"lock that cannot be read back", Action{Kind: ActionLock}, func(s *script) {
			s.exists(s.sent())
			s.form(s.sent(), unmoderated)
			s.answer(s.sent(), "")
			s.refuse(s.sent(), "auth", "forbidden")
		}, ErrUnknown, map[string]string{fieldModerated: "0"}},
		{"lock", Action{Kind: ActionLock}, func(s *script) {
			s.exists(s.sent())
			s.form(s.sent(), unmoderated)
			s.answer(s.sent(), "")
			s.form(s.sent(), moderated)
		}, nil, map[string]string{fieldModerated: "0"}},
		{"lock without a form", Action{Kind: ActionLock}, func(s *script) {
			s.exists(s.sent())
			s.sent()
		}, ErrNoAnswer, nil},
		{"lock and the end of the stream before it", Action{Kind: ActionLock}, func(s *script) { s.sent(); s.hangUp() }, ErrNoAnswer, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newActScript(t)
				s.presence("Bob", "participant")
				end := s.act(t.Context(), tt.action)
				tt.play(s)
				got := <-end
				if !errors.Is(got.Err, tt.want) || (got.Err == nil) != (tt.want == nil) {
					t.Errorf("got %v, want %v", got.Err, tt.want)
				}
				if diff := cmp.Diff(tt.fields, got.Result.Fields); diff != "" {
					t.Errorf("fields (-want +got):\n%s", diff)
				}
				if v := s.room.present(); v != nil && len(v.voiced) != 0 {
					t.Errorf("%d nicks are still expected to change", len(v.voiced))
				}
			})
		})
	}
}

// Nothing is sent by somebody who has given up, or while there is no session.
func TestActionsNotSent(t *testing.T) {
	actions := []Action{
		{Kind: ActionBan, Target: Target{RealJID: "zed@example.org"}},
		{Kind: ActionUnban, Target: Target{RealJID: "zed@example.org"}},
		{Kind: ActionMute, Target: Target{Nick: "Bob"}},
		{Kind: ActionUnmute, Target: Target{Nick: "Eve"}},
		{Kind: ActionLock},
		{Kind: ActionUnlock, Fields: map[string]string{fieldModerated: "0"}},
	}
	for _, a := range actions {
		t.Run(string(a.Kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newActScript(t)
				s.presence("Bob", "participant")
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if got := <-s.act(ctx, a); OutcomeOf(got.Err) != NotSent {
					t.Errorf("given up: got %v, want that it was not sent", got.Err)
				}
				s.client.setStream(nil, nil)
				a.Room = s.room.jid
				if _, err := s.client.Do(t.Context(), a); !errors.Is(err, ErrOffline) {
					t.Errorf("offline: got %v, want %v", err, ErrOffline)
				}
			})
		})
	}
}

// A nick that changes hands while a mute waits its turn is not muted.
func TestMuteMeansAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newActScript(t)
		s.presence("Bob", "participant")
		bob, _ := s.room.present().occupants.find("Bob")
		s.presence("Bob", "moderator")
		end := s.act(t.Context(), Action{Kind: ActionUnmute, Target: Target{Nick: "Bob", RealJID: bob.RealJID}})
		if got := <-end; got.Err != nil || !got.Result.Already {
			t.Errorf("got %+v, want that a moderator keeps what they are", got)
		}
		end = s.act(t.Context(), Action{Kind: ActionMute, Target: Target{Nick: "Bob", RealJID: "another@example.org"}})
		if got := <-end; !errors.As(got.Err, new(*TakenError)) {
			t.Errorf("got %+v, want that somebody else bears the nick", got)
		}
		s.sentNothing()
	})
}

// A presence that mentions many bans wakes each of them, and none waits longer
// than it has to.
func TestBansOfOneAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newActScript(t)
		s.presence("zed", "participant")
		ban := Action{Kind: ActionBan, Target: Target{RealJID: "zed@example.org"}}
		first, second := s.act(t.Context(), ban), s.act(t.Context(), ban)
		began := time.Now()
		s.answer(s.sent(), "")
		s.answer(s.sent(), "")
		s.says("<presence from='in@chat.example.org/zed' type='unavailable'><x xmlns='%s'><item role='none' affiliation='outcast' jid='zed@example.org/x'/><status code='301'/></x></presence>", nsMUCUser)
		for _, end := range []<-chan actEnd{first, second} {
			if got := <-end; got.Err != nil || fmt.Sprint(got.Result.Removed) != "[zed]" {
				t.Errorf("got %+v", got)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("they took %v", took)
		}
	})
}

// The address of a room on any service that is known is no account.
func TestBanOfAnotherServicesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newActScript(t)
		s.services.hosts["other.example.org"] = host{service: &Service{Domain: "other.example.org"}}
		got := <-s.act(t.Context(), Action{Kind: ActionBan, Target: Target{RealJID: "den@other.example.org/Bob"}})
		if !errors.As(got.Err, new(*AccountError)) {
			t.Errorf("got %v, want an AccountError", got.Err)
		}
		s.sentNothing()
	})
}
