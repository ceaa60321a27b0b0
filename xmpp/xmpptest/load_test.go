package xmpptest_test

import (
	"fmt"
	"testing"

	"muckick/xmpp/xmpptest"
)

func TestManyOccupants(t *testing.T) {
	tests := []struct {
		name         string
		peers, rooms int
	}{
		{name: "many rooms", peers: 20, rooms: 50},
		{name: "one large room", peers: 100, rooms: 1},
	}
	if testing.Short() {
		t.Skip("takes several seconds a server")
	}
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				peers := xmpptest.NewPeers(t, s)
				owner := peers.Connect(t, "owner", "owner's password")
				users := make([]string, tt.peers)
				for i := range users {
					users[i] = fmt.Sprintf("user%d", i)
				}
				rooms := make([]string, tt.rooms)
				for i := range rooms {
					rooms[i] = s.NewRoom()
					owner.CreateRoom(t, rooms[i], "owner", nil)
				}
				crowd := peers.ConnectMany(t, users, "one password for all")
				peers.JoinMany(t, crowd, rooms)
				for _, room := range rooms {
					for _, user := range users {
						owner.WaitPresence(t, room, user, nil)
					}
					if got, want := len(owner.Occupants(room)), tt.peers+1; got != want {
						t.Errorf("got %d occupants of %s, want %d", got, room, want)
					}
				}
			})
		}
	})
}
