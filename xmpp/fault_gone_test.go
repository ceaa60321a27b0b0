package xmpp_test

import (
	"errors"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A room that was destroyed does not exist, whether we were in it or not; some
// servers remember it as gone.
func TestDestroyedRoom(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		for _, inside := range []bool{true, false} {
			t.Run(map[bool]string{true: "inside", false: "outside"}[inside], func(t *testing.T) {
				address := s.NewRoom()
				owner := xmpptest.NewPeers(t, s).Connect(t, "owner", "pw")
				owner.CreateRoom(t, address, "Owner", map[string]string{"persistentroom": "1"})
				c := newClient(t, s)
				online(t, c)
				ctx, room := testContext(t), parseRoom(t, address)
				if inside {
					if _, err := c.Kick(ctx, room, xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
						t.Fatal(err)
					}
				}
				owner.Destroy(t, address, "over")
				var gone *xmpp.NoRoomError
				eventually(t, "the end of the room", func() bool {
					_, err := c.Kick(ctx, room, xmpp.Target{Nick: "Owner"}, "")
					if err == nil {
						t.Error("kicked from a room that is gone")
					}
					return errors.As(err, &gone)
				})
				if _, err := c.RoomInfo(ctx, room); !errors.As(err, &gone) {
					t.Errorf("got %v, want a NoRoomError", err)
				}
			})
		}
	})
}
