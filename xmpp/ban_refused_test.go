package xmpp_test

import (
	"errors"
	"strings"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// What may not leave muckick does not, whatever the server would do.
func TestBanRefusedByMuckick(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		carol := peers.Connect(t, "carol", "pw")
		carol.Join(t, address, "Carol")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		enter(t, c, room)
		own := s.JID(s.Kicker.User)
		tests := []struct {
			name   string
			target xmpp.Target
			want   any // what the error is
		}{
			{"our own account", xmpp.Target{RealJID: own}, new(*xmpp.ProtectedError)},
			{"our own account, in other letters", xmpp.Target{RealJID: strings.ToUpper(own) + "/x"}, new(*xmpp.ProtectedError)},
			{"our own nick", xmpp.Target{Nick: "muckick"}, nil},
			{"our own domain", xmpp.Target{RealJID: s.Domain}, new(*xmpp.DomainError)},
			{"any domain", xmpp.Target{RealJID: "spam.example"}, new(*xmpp.DomainError)},
			{"the service", xmpp.Target{RealJID: s.Service}, new(*xmpp.DomainError)},
			{"the room", xmpp.Target{RealJID: address}, new(*xmpp.AccountError)},
			{"an occupant JID", xmpp.Target{RealJID: address + "/Carol"}, new(*xmpp.AccountError)},
			{"an owner", xmpp.Target{RealJID: alice.JID()}, new(*xmpp.ProtectedError)},
			{"an owner's nick", xmpp.Target{Nick: "Alice"}, new(*xmpp.ProtectedError)},
			{"nobody", xmpp.Target{}, nil},
			{"no name", xmpp.Target{RealJID: "@" + s.Domain}, new(*xmpp.AccountError)},
			{"no host", xmpp.Target{RealJID: "bob@"}, new(*xmpp.AccountError)},
			{"a space", xmpp.Target{RealJID: "a b@" + s.Domain}, new(*xmpp.AccountError)},
			{"a space in the host", xmpp.Target{RealJID: "bob@local host"}, new(*xmpp.AccountError)},
			{"a huge name", xmpp.Target{RealJID: strings.Repeat("x", 1100) + "@" + s.Domain}, new(*xmpp.AccountError)},
			{"invalid UTF-8", xmpp.Target{RealJID: "b\xffb@" + s.Domain}, new(*xmpp.AccountError)},
			{"a nick that nobody has", xmpp.Target{Nick: "Zed"}, nil},
		}
		sentinels := map[string]error{"our own nick": xmpp.ErrOwnOccupant, "nobody": xmpp.ErrNoOccupant, "a nick that nobody has": xmpp.ErrNoOccupant}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got, err := c.Do(testContext(t), xmpp.Action{Kind: xmpp.ActionBan, Room: room, Target: tt.target})
				switch {
				case tt.want != nil && !errors.As(err, tt.want), tt.want == nil && !errors.Is(err, sentinels[tt.name]):
					t.Errorf("got %+v, %T %v", got, err, err)
				}
				if outcome := xmpp.OutcomeOf(err); outcome != xmpp.Refused && outcome != xmpp.NotSent && outcome != xmpp.Gone {
					t.Errorf("got outcome %q", outcome)
				}
			})
		}
		outcasts, err := c.Affiliations(testContext(t), room, xmpp.AffiliationOutcast)
		if err != nil || len(outcasts) != 0 {
			t.Errorf("got outcasts %v, %v; want none", outcasts, err)
		}
		if !carol.Ping(t, address) || !alice.Ping(t, address) {
			t.Error("somebody is gone")
		}
	})
}
