package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp/mucserver"
)

// foreignRoom is a room of which the principals of these tests may know nothing.
// Only there is anything called after a vault.
const foreignRoom = "deposit@chat.example.org"

// newGrantedSite is a site with two rooms of one service, each with somebody in
// it and somebody kicked out of it.
func newGrantedSite(t *testing.T) *site {
	t.Helper()
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob", "Carol")
	room, err := chat.CreateRoom(foreignRoom, mucserver.RoomConfig{Name: "Vault", Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, nick := range []string{"Vault Keeper", "Vault Guest"} {
		if _, err := room.Enter(nick, "vault@example.org", mucserver.AffiliationNone); err != nil {
			t.Fatal(err)
		}
	}
	here := chat.site(t)
	signIn(t, here) // the first operator, who may do everything
	for room, nick := range map[string]string{embeddedRoom: "Carol", foreignRoom: "Vault Guest"} {
		if status, text, _ := post(t, here, header, kickBody(t, room, nick, "crumbs")); status != 200 {
			t.Fatalf("kick out of %s: got %d %s", room, status, text)
		}
	}
	return here
}

// signInAs adds an operator with what a name stands for in the embedded room,
// and signs them in. An empty name grants nothing.
func signInAs(t *testing.T, here *site, name string) *browser {
	t.Helper()
	return signInIn(t, here, embeddedRoom, name)
}

// signInIn is signInAs for another room.
func signInIn(t *testing.T, here *site, room, name string) *browser {
	t.Helper()
	if _, err := here.store.AddOperator(t.Context(), "op"+name, operatorPassword, grantsIn(t, room, name)); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, here)
	got := b.do(t, http.MethodPost, "/login", url.Values{"username": {"op" + name}, "password": {operatorPassword}})
	if got.status != http.StatusSeeOther {
		t.Fatalf("sign-in: got %d", got.status)
	}
	return b
}

func grantsIn(t testing.TB, scope, name string) moderation.Grants {
	t.Helper()
	if name == "" {
		return moderation.Grants{}
	}
	capabilities, ok := moderation.Named(name)
	if !ok {
		t.Fatalf("nothing is named %q", name)
	}
	where, err := moderation.ParseScope(scope)
	if err != nil {
		t.Fatal(err)
	}
	grants, err := moderation.Grants{}.Add(capabilities, where)
	if err != nil {
		t.Fatal(err)
	}
	return grants
}

// Each operator gets the pages that they were granted, and finds nothing of a
// room that they were not.
func TestRoutesByPreset(t *testing.T) {
	here := newGrantedSite(t)
	const (
		ok, forbidden, missing = http.StatusOK, http.StatusForbidden, http.StatusNotFound
		mine, theirs           = embeddedRoom, foreignRoom
	)
	everything := signIn(t, here)
	everything.act(t, theirs, "ban", "jid", "vault@example.org")
	browsers := map[string]*browser{}
	for _, name := range []string{"", "viewer", "auditor", "moderator"} {
		browsers[name] = signInAs(t, here, name)
	}
	tests := []struct {
		path  string
		want  map[string]int // by preset
		finds string         // of the operator's own room, where the answer is 200
	}{
		{"/rooms", map[string]int{"": ok, "viewer": ok, "auditor": ok, "moderator": ok}, ""},
		{"/rooms?sort=occupants", map[string]int{"": ok, "viewer": ok, "auditor": ok, "moderator": ok}, ""},
		{"/rooms?q=a", map[string]int{"": ok, "viewer": ok, "auditor": ok, "moderator": ok}, ""},
		{"/rooms/counts?address=" + theirs + "&address=" + mine, map[string]int{"": ok, "viewer": ok, "auditor": ok, "moderator": ok}, ""},
		{roomURL(mine), map[string]int{"": missing, "viewer": ok, "auditor": ok, "moderator": ok}, "Bob"},
		{roomURL(theirs), map[string]int{"": missing, "viewer": missing, "auditor": missing, "moderator": missing}, ""},
		{roomURL(theirs) + "/events", map[string]int{"": missing, "viewer": missing, "auditor": missing, "moderator": missing}, ""},
		{"/audit", map[string]int{"": forbidden, "viewer": forbidden, "auditor": ok, "moderator": forbidden}, "Carol"},
		{"/audit.csv", map[string]int{"": forbidden, "viewer": forbidden, "auditor": ok, "moderator": forbidden}, "Carol"},
		{"/audit.jsonl", map[string]int{"": forbidden, "viewer": forbidden, "auditor": ok, "moderator": forbidden}, "Carol"},
		{"/audit.csv?room=" + theirs, map[string]int{"": forbidden, "viewer": forbidden, "auditor": ok, "moderator": forbidden}, "id,time"},
		{"/audit/events", map[string]int{"": forbidden, "viewer": forbidden, "auditor": forbidden, "moderator": forbidden}, ""},
		{"/audit/events.csv", map[string]int{"": forbidden, "viewer": forbidden, "auditor": forbidden, "moderator": forbidden}, ""},
		{"/audit/events.jsonl", map[string]int{"": forbidden, "viewer": forbidden, "auditor": forbidden, "moderator": forbidden}, ""},
		{roomURL(mine) + "/bans", map[string]int{"": missing, "viewer": forbidden, "auditor": forbidden, "moderator": ok}, "Ban an account"},
		{roomURL(theirs) + "/bans", map[string]int{"": missing, "viewer": missing, "auditor": missing, "moderator": missing}, ""},
		{"/people?q=e", map[string]int{"": forbidden, "viewer": ok, "auditor": ok, "moderator": ok}, "resident0"},
		{"/people/resident0@example.org", map[string]int{"": forbidden, "viewer": ok, "auditor": ok, "moderator": ok}, "Bob"},
		{"/standing", map[string]int{"": forbidden, "viewer": ok, "auditor": ok, "moderator": ok}, "Standing"},
		{"/account", map[string]int{"": ok, "viewer": ok, "auditor": ok, "moderator": ok}, "What you may do"},
	}
	for _, tt := range tests {
		for name, want := range tt.want {
			t.Run(name+" "+tt.path, func(t *testing.T) {
				got := browsers[name].get(t, tt.path)
				if got.status != want {
					t.Errorf("got %d, want %d", got.status, want)
				}
				if strings.Contains(strings.ToLower(got.body), "vault") {
					t.Errorf("it tells of the other room: %s", got.body)
				}
				if want == ok && !strings.Contains(got.body, tt.finds) {
					t.Errorf("it lacks %q: %s", tt.finds, got.body)
				}
			})
		}
	}
	for name, want := range map[string]bool{"": false, "viewer": true, "auditor": true, "moderator": true} {
		if got := strings.Contains(browsers[name].get(t, "/rooms").body, embeddedRoom); got != want {
			t.Errorf("%q: the own room is listed: %v, want %v", name, got, want)
		}
	}
	for _, path := range []string{"/rooms", roomURL(theirs), "/audit", "/audit.csv", "/standing", roomURL(theirs) + "/bans"} {
		if got := everything.get(t, path); !strings.Contains(strings.ToLower(got.body), "vault") {
			t.Errorf("an administrator finds nothing of the other room at %s, so the others prove nothing: %s", path, got.body)
		}
	}
}

// A room without a grant answers as one that does not exist, also to what changes
// something.
func TestForeignRoomDoesNotExist(t *testing.T) {
	here := newGrantedSite(t)
	b := signInAs(t, here, "moderator")
	csrf := b.csrf(t)
	none := "nowhere@chat.example.org"
	for _, tt := range []struct {
		name string
		do   func(room string) page
	}{
		{"page", func(room string) page { return b.get(t, roomURL(room)) }},
		{"open", func(room string) page {
			return b.do(t, http.MethodPost, "/rooms/open", url.Values{"address": {room}, "csrf": {csrf}})
		}},
		{"confirm", func(room string) page {
			return b.do(t, http.MethodPost, roomURL(room)+"/kick", url.Values{"nick": {"Vault Keeper"}, "csrf": {csrf}})
		}},
		{"ban", func(room string) page { return b.act(t, room, "ban", "jid", "vault@example.org") }},
		{"kick", func(room string) page {
			return b.do(t, http.MethodPost, "/muc_kick",
				url.Values{"muc": {room}, "nickname": {"Vault Keeper"}, "csrf": {csrf}}, "Muckick-Fragment", "kick")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, want := tt.do(foreignRoom), tt.do(none)
			same := func(p page, room string) string {
				p.body = strings.ReplaceAll(p.body, room, "ROOM")
				local, _, _ := strings.Cut(room, "@")
				return csrfField.ReplaceAllString(strings.ReplaceAll(p.body, "'"+local+"'", "'ROOM'"), "")
			}
			if got.status != want.status || len(same(got, foreignRoom)) != len(same(want, none)) {
				t.Errorf("got %d %s\nwant, as of a room that does not exist, %d %s", got.status, got.body, want.status, want.body)
			}
		})
	}
	everything := signIn(t, here)
	if got := everything.get(t, roomURL(foreignRoom)); !strings.Contains(got.body, "Vault Keeper") {
		t.Error("the occupant of the other room is gone")
	}
}

// A program is held to its token's grants, and what it may not do leaves no row.
func TestKickByGrants(t *testing.T) {
	here := newGrantedSite(t)
	tests := []struct {
		name, scope, grant string
		room, nick         string
		status             int
		text               string
	}{
		{"elsewhere", embeddedRoom, "kick", foreignRoom, "Vault Keeper", 404, `{"error":"MUC not found: No MUC 'deposit' found for host: chat.example.org"}`},
		{"may only see", embeddedRoom, "see", embeddedRoom, "Bob", 403, `{"error":"you may not do this in snuggery@chat.example.org: it needs \"kick\""}`},
		{"nothing", "", "", embeddedRoom, "Bob", 404, `{"error":"MUC not found: No MUC 'snuggery' found for host: chat.example.org"}`},
		{"in the room", embeddedRoom, "kick", embeddedRoom, "Bob", 200, ""},
		{"in the service", "chat.example.org", "moderator", foreignRoom, "Vault Keeper", 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			secret, _, err := here.store.AddToken(t.Context(), store.NewToken{Name: tt.name, CreatedBy: "test", Grants: grantsIn(t, tt.scope, tt.grant)})
			if err != nil {
				t.Fatal(err)
			}
			status, text, _ := post(t, here, "Bearer "+secret, kickBody(t, tt.room, tt.nick, ""))
			if status != tt.status || text != tt.text {
				t.Errorf("got %d %s, want %d %s", status, text, tt.status, tt.text)
			}
			attempts, _, err := here.store.Attempts(t.Context(), store.Filter{Kind: store.ByToken, Actor: tt.name}, store.Page{})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := len(attempts), map[bool]int{true: 1}[tt.status == 200]; got != want {
				t.Errorf("got %d rows, want %d", got, want)
			}
		})
	}
}

// What is revoked is gone at once, from open pages too.
func TestRevokedGrant(t *testing.T) {
	here := newGrantedSite(t)
	b := signInAs(t, here, "moderator")
	stream := listen(t, b, roomURL(embeddedRoom)+"/events")
	stream.until(t, "reset", "Bob")
	_, err := here.store.ChangeGrants(t.Context(), "opmoderator", func(g moderation.Grants) (moderation.Grants, error) {
		return g.Remove([]moderation.Capability{moderation.See, moderation.Kick}, moderation.Everywhere)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.get(t, roomURL(embeddedRoom)); got.status != http.StatusForbidden {
		t.Errorf("page: got %d, want 403", got.status)
	}
	got := b.do(t, http.MethodPost, "/muc_kick", url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {b.csrf(t)}}, "Muckick-Fragment", "kick")
	if !strings.Contains(got.body, `data-outcome="not sent"`) || !strings.Contains(got.body, "you may not do this") {
		t.Errorf("kick: got %d %s, want it refused", got.status, got.body)
	}
	for stream.lines.Scan() { // until the server ends it
	}
}
