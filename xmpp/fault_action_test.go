package xmpp_test

import (
	"errors"
	"sync"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A server that is killed between an action and its answer leaves it unknown what
// became of that; what was not sent is not called sent.
func TestServerKilledAmidActions(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", map[string]string{"persistentroom": "1", "moderatedroom": "0"})
		bob, carol := peers.Connect(t, "bob", "pw"), peers.Connect(t, "carol", "pw")
		bob.Join(t, address, "Bob")
		carol.Join(t, address, "Carol")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		enter(t, c, room)
		occupant(t, c, room, "Bob")
		occupant(t, c, room, "Carol")
		tests := []struct {
			action xmpp.Action
			want   xmpp.Outcome
		}{
			{xmpp.Action{Kind: xmpp.ActionBan, Target: xmpp.Target{RealJID: bob.JID()}}, xmpp.Unknown},
			{xmpp.Action{Kind: xmpp.ActionMute, Target: xmpp.Target{Nick: "Carol"}}, xmpp.Unknown},
			// These look before they act.
			{xmpp.Action{Kind: xmpp.ActionUnban, Target: xmpp.Target{RealJID: s.JID("zed")}}, xmpp.NotSent},
			{xmpp.Action{Kind: xmpp.ActionLock}, xmpp.NotSent},
		}
		s.Pause(t)
		var wg sync.WaitGroup
		before := c.Load().Waiting
		for _, tt := range tests {
			tt.action.Room = room
			wg.Go(func() {
				_, err := c.Do(testContext(t), tt.action)
				if got := xmpp.OutcomeOf(err); got != tt.want {
					t.Errorf("%s: got %s (%v), want %s", tt.action.Kind, got, err, tt.want)
				}
			})
		}
		eventually(t, "all on their way", func() bool { return c.Load().Waiting >= before+2+4+1 })
		s.Kill(t)
		wg.Wait()
		offline(t, c)
		for _, tt := range tests {
			tt.action.Room = room
			if _, err := c.Do(testContext(t), tt.action); !errors.Is(err, xmpp.ErrOffline) {
				t.Errorf("%s: got %v, want %v", tt.action.Kind, err, xmpp.ErrOffline)
			}
		}
	})
}
