package mucserver

import (
	"strings"
	"testing"
)

func TestJoinErrors(t *testing.T) {
	const room = testRoom
	tests := []struct {
		name   string
		config RoomConfig
		to     string
		x      string
		want   []string
	}{
		{"no nickname", RoomConfig{}, room, "", []string{"<error type='modify'><jid-malformed"}},
		{"impossible nickname", RoomConfig{}, room + "/&#x202e;x", "", []string{"<error type='modify'><jid-malformed"}},
		{"nickname in use", RoomConfig{}, room + "/Paris", "", []string{"<error type='cancel'><conflict"}},
		{"members only", RoomConfig{MembersOnly: true}, room + "/Romeo", "", []string{"<error type='auth'><registration-required"}},
		{"no password", RoomConfig{Password: "secret"}, room + "/Romeo", "", []string{"<error type='auth'><not-authorized"}},
		{"wrong password", RoomConfig{Password: "secret"}, room + "/Romeo", "<password>x</password>", []string{"<error type='auth'><not-authorized"}},
		{"right password", RoomConfig{Password: "secret"}, room + "/Romeo", "<password>secret</password>", []string{"<status code='110'/>"}},
		{"full", RoomConfig{MaxOccupants: 1}, room + "/Romeo", "", []string{"<error type='wait'><service-unavailable"}},
		{"no service", RoomConfig{}, "snuggery@elsewhere.example/Romeo", "", []string{"<error type='cancel'><remote-server-not-found"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, addr := serve(t, nil)
			enter(t, createRoom(t, s, tt.config), "Paris", AffiliationNone)
			romeo := logIn(t, addr, "romeo@example.org/orchard")
			romeo.send("<presence to='%s' id='j1'><x xmlns='http://jabber.org/protocol/muc'>%s</x></presence>", tt.to, tt.x)
			wantParts(t, romeo.await("id='j1'"), tt.want...)
		})
	}
}

func TestRealJIDs(t *testing.T) {
	tests := []struct {
		name   string
		config RoomConfig
		shown  bool
	}{
		{"semi-anonymous", RoomConfig{}, false},
		{"non-anonymous", RoomConfig{NonAnonymous: true}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, addr := serve(t, nil)
			enter(t, createRoom(t, s, tt.config), "Paris", AffiliationNone)
			romeo := logIn(t, addr, "romeo@example.org/orchard")
			got := romeo.join(testRoom, "Romeo")
			if shown := strings.Contains(got[0], "jid='paris@residents.example.org/here'"); shown != tt.shown {
				t.Errorf("real JID shown to a participant: %v, want %v: %s", shown, tt.shown, got[0])
			}
			if warned := strings.Contains(got[1], "<status code='100'/>"); warned != tt.shown {
				t.Errorf("status 100: %v, want %v: %s", warned, tt.shown, got[1])
			}
		})
	}
}

func TestServiceAdminIsNoOutcast(t *testing.T) {
	s, addr := serve(t, nil)
	setAffiliation(t, createRoom(t, s, RoomConfig{}), "nurse@example.org", AffiliationOutcast)
	nurse := logIn(t, addr, "nurse@example.org/kitchen")
	wantParts(t, nurse.join(testRoom, "Nurse")[0], "affiliation='owner'", "role='moderator'")
}
