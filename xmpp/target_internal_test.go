package xmpp

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTargetMeans(t *testing.T) {
	then := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	tests := []struct {
		name     string
		target   Target
		occupant Occupant
		want     bool
	}{
		{"the nick alone", Target{}, Occupant{RealJID: "eve@b", OccupantID: "e", Since: then}, true},
		{"nothing is known of the bearer", Target{RealJID: "bob@b", OccupantID: "b", Since: then}, Occupant{}, true},
		{"same account", Target{RealJID: "bob@b/x"}, Occupant{RealJID: "bob@b/y"}, true},
		{"same account, shown without resource", Target{RealJID: "bob@b"}, Occupant{RealJID: "bob@b/y"}, true},
		{"another account", Target{RealJID: "bob@b/x"}, Occupant{RealJID: "eve@b/x"}, false},
		{"same occupant id", Target{OccupantID: "b", Since: then}, Occupant{OccupantID: "b", Since: then.Add(1)}, true},
		{"another occupant id", Target{OccupantID: "b", Since: then}, Occupant{OccupantID: "e", Since: then}, false},
		{"same account, other occupant ids after a restart", Target{OccupantID: "b", RealJID: "bob@b"}, Occupant{OccupantID: "c", RealJID: "bob@b/x"}, true},
		{"another account, whatever the occupant id", Target{OccupantID: "b", RealJID: "bob@b"}, Occupant{OccupantID: "b", RealJID: "eve@b"}, false},
		{"same account, back again", Target{RealJID: "bob@b", Since: then}, Occupant{RealJID: "bob@b", Since: then.Add(1)}, true},
		{"same time, in another zone", Target{Since: then.In(time.FixedZone("", 3600))}, Occupant{Since: then}, true},
		{"came later", Target{Since: then}, Occupant{RealJID: "eve@b", Since: then.Add(1)}, false},
		{"was there before us", Target{Since: then}, Occupant{}, true},
		{"both were there before us", Target{Before: true}, Occupant{}, true},
		{"came after one who was there before us", Target{Before: true}, Occupant{Since: then}, false},
		{"the same account, before us and again", Target{Before: true, RealJID: "bob@b"}, Occupant{RealJID: "bob@b", Since: then}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.target.Means(tt.occupant); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// A kick that waits to be sent is not sent when its nick changes hands meanwhile.
func TestNickChangesHandsWhileAKickWaits(t *testing.T) {
	const (
		arrives = "<presence from='in@chat.example.org/%s'><x xmlns='" + nsMUCUser + "'><item role='visitor' affiliation='none' jid='%s@example.org/x'/></x></presence>"
		renames = "<presence from='in@chat.example.org/%s' type='unavailable'><x xmlns='" + nsMUCUser + "'><item role='visitor' affiliation='none' nick='%s'/><status code='303'/></x></presence>"
	)
	tests := []struct {
		name      string
		target    Target
		bystander bool
		want      func(error) bool
	}{
		{"to a bystander", Target{Nick: "Troll", RealJID: "troll@example.org"}, true, func(err error) bool {
			var taken *TakenError
			return errors.As(err, &taken) && taken.Bearer.RealJID == "eve@example.org/x"
		}},
		{"to nobody", Target{Nick: "Troll", RealJID: "troll@example.org"}, false, func(err error) bool { return errors.Is(err, ErrNoOccupant) }},
		{"whoever bears it is meant", Target{Nick: "Troll"}, true, func(err error) bool { return err == nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(t)
				s.says(arrives, "Troll", "troll")
				go func() {
					type large struct {
						XMLName xml.Name `xml:"large"`
						Text    string   `xml:",chardata"`
					}
					_ = s.ask(t.Context(), "slow.example.org", "set", large{Text: strings.Repeat("x", 64<<10)}, nil)
				}()
				slow := s.sent() // which leaves no room for more
				end := make(chan error, 1)
				go func() {
					_, err := s.room.toOccupant(t.Context(), tt.target, "Troll", kickOf(tt.target, ""))
					end <- err
				}()
				s.sentNothing()
				s.says(renames, "Troll", "Innocent")
				s.says(arrives, "Innocent", "troll")
				if tt.bystander {
					s.says(arrives, "Troll", "eve")
				}
				s.says("<iq type='result' id='%s' from='slow.example.org'/>", slow.id)
				if tt.target.isAnybody() {
					s.says("<presence from='in@chat.example.org/Troll' type='unavailable'><x xmlns='%s'><item role='none' affiliation='none'/><status code='307'/></x></presence>", nsMUCUser)
					s.says(done, s.sent().id)
				} else if !tt.bystander {
					for range 3 { // it looks who is there
						s.says("<iq type='error' id='%s' from='in@chat.example.org'><error type='auth'><forbidden xmlns='%s'/></error></iq>", s.sent().id, nsStanzas)
					}
				}
				if err := <-end; !tt.want(err) {
					t.Errorf("got %T %v", err, err)
				}
				s.sentNothing()
			})
		})
	}
}
