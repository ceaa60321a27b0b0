package xmpp_test

import (
	"errors"
	"fmt"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Where the account may be in so many rooms only, those that nobody needs make
// way for the next kick.
func TestLimitOfRooms(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Ejabberd, xmpptest.WithPlainKicker(), xmpptest.WithMaxRooms(2)) // others have no such limit
	peers := xmpptest.NewPeers(t, s)
	c := newClient(t, s)
	online(t, c)
	for i := range 5 {
		address := s.NewRoom()
		owner := peers.Connect(t, fmt.Sprintf("owner%d", i), "pw")
		owner.CreateRoom(t, address, "Owner", nil)
		owner.SetAffiliation(t, address, s.JID(s.Kicker.User), "admin", "")
		if _, err := c.Kick(testContext(t), parseRoom(t, address), xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
			t.Errorf("room %d: got %v, want %v", i, err, xmpp.ErrNoOccupant)
		}
	}
}
