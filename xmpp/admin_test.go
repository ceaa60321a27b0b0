package xmpp_test

import (
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// What an account learns that is an admin of the service, and what becomes of
// that in a room.
func TestServiceAdmin(t *testing.T) {
	prosody := []string{xmpptest.Prosody, xmpptest.Prosody13}
	tests := []struct {
		name  string
		kinds []string
		opts  []xmpptest.Option
		admin bool
		role  xmpp.Role
	}{
		{"owner of every room", prosody, nil, true, xmpp.RoleModerator},
		{"owner of none", prosody, []xmpptest.Option{xmpptest.WithAdminsOwningNoRoom()}, true, xmpp.RoleParticipant},
		{"no admin", prosody, []xmpptest.Option{xmpptest.WithPlainKicker()}, false, xmpp.RoleParticipant},
		{"admin of a service that does not say so", []string{xmpptest.Mucserver, xmpptest.Ejabberd24}, nil, false, xmpp.RoleModerator},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			xmpptest.On(t, tt.kinds, func(t *testing.T, s *xmpptest.Server) {
				owner := xmpptest.NewPeers(t, s).Connect(t, "owner", "pw")
				address := s.NewRoom()
				owner.CreateRoom(t, address, "Owner", nil)
				c := newClient(t, s)
				online(t, c)
				if got, err := c.ServiceAdmin(testContext(t), s.Service); err != nil || got != tt.admin {
					t.Errorf("got %v, %v; want %v", got, err, tt.admin)
				}
				w := c.Watch(parseRoom(t, address))
				defer w.Close()
				var got xmpp.Roster
				eventually(t, "a visit", func() bool {
					if u, err := w.Next(testContext(t)); err == nil && u.Reset {
						got = u.Roster
					}
					return got.Live
				})
				if got.ServiceAdmin != tt.admin || got.Self.Role != tt.role {
					t.Errorf("got service admin %v as %s, want %v as %s", got.ServiceAdmin, got.Self.Role, tt.admin, tt.role)
				}
				want := 0
				if tt.role != xmpp.RoleModerator {
					want = 1
				}
				if got := len(c.Coverage().Powerless); got != want {
					t.Errorf("got %d rooms where it may not kick, want %d", got, want)
				}
				if load := c.Load(); load.JoinedRooms != 1 || load.PowerlessRooms != want {
					t.Errorf("got %+v, want 1 room and %d where it may not kick", load, want)
				}
			}, tt.opts...)
		})
	}
}
