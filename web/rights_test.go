package web_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"muckick/xmpp/mucserver"
	"muckick/xmpp/xmpptest"
)

// A service admin who is owner of no room, as on Prosody 13, is told the one
// line that changes it.
func TestAdminWhoOwnsNoRoom(t *testing.T) {
	const line = "component_admins_as_room_owners = true"
	tests := []struct {
		name   string
		opts   []xmpptest.Option
		config map[string]string
		told   bool
	}{
		{"owner", nil, map[string]string{"membersonly": "1"}, false},
		{"owner without the password", nil, map[string]string{"passwordprotectedroom": "1", "roomsecret": "sesame"}, false},
		{"no owner", []xmpptest.Option{xmpptest.WithAdminsOwningNoRoom()}, nil, true},
		{"no member", []xmpptest.Option{xmpptest.WithAdminsOwningNoRoom()}, map[string]string{"membersonly": "1"}, true},
		{"no admin", []xmpptest.Option{xmpptest.WithPlainKicker()}, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			xmpptest.On(t, []string{xmpptest.Prosody, xmpptest.Prosody13}, func(t *testing.T, s *xmpptest.Server) {
				address := s.NewRoom()
				xmpptest.NewPeers(t, s).Connect(t, "alice", "pw").CreateRoom(t, address, "Alice", tt.config)
				b := signIn(t, newSite(t, s))
				body := b.get(t, "/rooms/"+address).body
				if !strings.Contains(body, "moderate here") {
					t.Fatalf("the page does not say whether muckick can moderate: %s", body)
				}
				if tt.told { // as soon as the service has said that muckick is its admin
					waitFor(t, "the line for the configuration", func() bool {
						body = b.get(t, "/rooms/"+address).body
						return strings.Contains(body, line)
					})
				} else if strings.Contains(body, line) {
					t.Errorf("told a line that does not help: %s", body)
				}
				if tt.told && !strings.Contains(body, s.Service) {
					t.Errorf("the service is not named in %s", body)
				}
			}, tt.opts...)
		})
	}
}

// A room that takes long to say that it does not let muckick in has its page all
// the same.
func TestRoomThatRefusesLate(t *testing.T) {
	const address = "closed@chat.example.org"
	var joins atomic.Int64
	chat := newEmbedded(t, func(o *mucserver.Options) {
		o.Admins, o.Dialect.HideOccupantItems = nil, true
		o.Intercept = func(s mucserver.Stanza) bool { return s.Kind == "presence" && joins.Add(1) == 1 } // gets lost
	})
	if _, err := chat.CreateRoom(address, mucserver.RoomConfig{Persistent: true, MembersOnly: true}); err != nil {
		t.Fatal(err)
	}
	b := signIn(t, serve(t, chat.connect(t)))
	got := b.get(t, "/rooms/"+address)
	if got.status != http.StatusOK || !strings.Contains(got.body, "muckick cannot moderate here") || !strings.Contains(got.body, "registration-required") {
		t.Errorf("got %d %s, want a page that says why", got.status, got.body)
	}
}
