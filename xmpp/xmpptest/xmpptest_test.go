package xmpptest_test

import (
	"testing"

	"muckick/xmpp/xmpptest"
)

func TestMain(m *testing.M) { xmpptest.Main(m) }

func TestKick(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		alice := peers.Connect(t, "alice", "alice's password")
		bob := peers.Connect(t, "bob", "bob's password")
		carol := peers.Connect(t, "carol", "carol's password")
		room := s.NewRoom()
		alice.CreateRoom(t, room, "Alice", map[string]string{"persistentroom": "1"})
		bob.Join(t, room, "Bob")
		carol.Join(t, room, "Carol")

		alice.Kick(t, room, "Bob", "<no> \"shouting\" & 'swearing' 🔇")

		end := bob.WaitGone(t, room)
		if !end.Has(xmpptest.StatusKicked) {
			t.Errorf("got statuses %v, want one of them to be 307", end.Statuses)
		}
		if want := "<no> \"shouting\" & 'swearing' 🔇"; end.Reason != want {
			t.Errorf("got reason %q, want %q", end.Reason, want)
		}
		if bob.Joined(room) || bob.Ping(t, room) {
			t.Error("Bob is still in the room")
		}
		carol.WaitPresence(t, room, "Bob", func(p xmpptest.Presence) bool {
			return p.Unavailable && p.Has(xmpptest.StatusKicked)
		})
		if !carol.Ping(t, room) || !carol.Joined(room) {
			t.Error("Carol is no longer in the room")
		}
	})
}
