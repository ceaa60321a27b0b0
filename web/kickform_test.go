package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/web/store"
	"muckick/xmpp"
)

// The panel's kick is meant for the person that the page showed. Whoever bears
// the nick by now is not kicked in their place.
func TestPanelKicksWhomItShowed(t *testing.T) {
	chat := newEmbedded(t)
	bob := chat.room(t, embeddedRoom, "Bob")["Bob"] // as resident0@example.org
	here := chat.site(t)
	b := signIn(t, here)
	kick := func(fields url.Values, headers ...string) page {
		form := url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {b.csrf(t)}}
		maps.Copy(form, fields)
		return b.do(t, http.MethodPost, "/muc_kick", form, headers...)
	}
	tests := []struct {
		name    string
		fields  url.Values
		status  int
		outcome string
		detail  string
	}{
		{"another account", url.Values{"jid": {"troll@example.org/x"}}, 409, "gone", "somebody else bears the nick now: resident0@example.org"},
		{"no time", url.Values{"since": {"yesterday"}}, 400, "not sent", "since is no time"},
		{"the one it showed", url.Values{"jid": {"resident0@example.org/x"}, "occupant_id": {""}, "since": {"2026-01-02T03:04:05.678Z"}}, 200, "done", ""},
	}
	for _, tt := range tests {
		got := kick(tt.fields, "Muckick-Fragment", "kick")
		if got.status != tt.status || !strings.Contains(got.body, `data-outcome="`+tt.outcome+`"`) || !strings.Contains(got.body, tt.detail) {
			t.Errorf("%s: got %d %s, want %d %s with %q", tt.name, got.status, got.body, tt.status, tt.outcome, tt.detail)
		}
		if tt.status == 409 {
			select {
			case <-bob.Gone():
				t.Fatal("the bearer of the nick was kicked")
			default:
			}
			row := trail(t, here)[0]
			if row.Outcome != xmpp.Gone || row.RealJID != "" || row.Detail != tt.detail {
				t.Errorf("got %+v, want one whose target is gone, with %q", row, tt.detail)
			}
			if flash := kick(tt.fields); flash.status != http.StatusSeeOther || !strings.Contains(b.get(t, flash.location).body, tt.detail) {
				t.Errorf("got %d, want a page with %q", flash.status, tt.detail)
			}
		}
	}
	<-bob.Gone()
}

// Without a script, who has left cannot be kicked: by then the nick may be
// somebody else's.
func TestConfirmOfWhoHasLeft(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	b := signIn(t, chat.site(t))
	tests := []struct {
		nick    string
		blocked bool
	}{
		{"Bob", false},
		{"Carol", true},
	}
	for _, tt := range tests {
		got := b.do(t, http.MethodPost, roomURL(embeddedRoom)+"/kick", url.Values{"nick": {tt.nick}, "csrf": {b.csrf(t)}})
		blocked := strings.Contains(got.body, `value="kick" disabled>`) && !strings.Contains(got.body, `value="mute"`) &&
			strings.Contains(got.body, "Nobody of that nick is in the room any more.")
		if got.status != http.StatusOK || blocked != tt.blocked || !strings.Contains(got.body, `<button class="danger" name="action" value="kick"`) {
			t.Errorf("%s: got %d, blocked %t, want %t: %s", tt.nick, got.status, blocked, tt.blocked, got.body)
		}
	}
}

// A person reads of a room that does not exist what a program does, in words.
func TestNoRoomInWords(t *testing.T) {
	chat := newEmbedded(t)
	b := signIn(t, chat.site(t))
	tests := []struct{ room, want string }{
		{"none@chat.example.org", "There is no room none@chat.example.org."},
		{"room@elsewhere.example", "There are no rooms at elsewhere.example, or none that muckick serves."},
		{"room@example.org", "There are no rooms at example.org: it is no MUC service."},
	}
	for _, tt := range tests {
		if got := b.get(t, roomURL(tt.room)); got.status != http.StatusNotFound || !strings.Contains(got.body, tt.want) ||
			!strings.Contains(got.body, "<h1>No such room</h1>") || strings.Contains(got.body, "MUC not found") {
			t.Errorf("%s: got %d %s, want %q", tt.room, got.status, got.body, tt.want)
		}
	}
}

func TestPanelKick(t *testing.T) {
	chat := newEmbedded(t)
	residents := chat.room(t, embeddedRoom, "Bob", "Carol", "<script>")
	here := chat.site(t)
	b := signIn(t, here)
	form := func(nick string) url.Values {
		return url.Values{"muc": {embeddedRoom}, "nickname": {nick}, "reason": {"spam"}, "csrf": {b.csrf(t)}}
	}

	got := b.do(t, http.MethodPost, "/muc_kick", form("Bob"), "Muckick-Fragment", "kick")
	if got.status != 200 || !strings.Contains(got.body, `data-outcome="done"`) {
		t.Errorf("fragment: got %d %s", got.status, got.body)
	}
	<-residents["Bob"].Gone()

	got = b.do(t, http.MethodPost, "/muc_kick", form("<script>"))
	if got.status != http.StatusSeeOther || got.location != roomURL(embeddedRoom) {
		t.Fatalf("form: got %d to %q", got.status, got.location)
	}
	<-residents["<script>"].Gone()
	if body := b.get(t, got.location).body; !strings.Contains(body, "&lt;script&gt;") || !strings.Contains(body, "Kicked") {
		t.Error("the next page does not say what became of the kick")
	}
	if body := b.get(t, got.location).body; strings.Contains(body, "Kicked") {
		t.Error("the message is shown twice")
	}
	attempt := trail(t, here)[0]
	if got, want := attempt.Actor, (store.Actor{Kind: store.ByOperator, Name: operatorName, ID: attempt.Actor.ID}); got != want || got.ID == "" {
		t.Errorf("got actor %v, want %v", attempt.Actor, want)
	}

	got = b.do(t, http.MethodPost, "/muc_kick", form("Nobody"), "Muckick-Fragment", "kick")
	if !strings.Contains(got.body, `data-outcome="gone"`) {
		t.Errorf("absent nick: got %s", got.body)
	}
	malformed := form("Carol")
	malformed.Set("muc", "@@")
	got = b.do(t, http.MethodPost, "/muc_kick", malformed, "Muckick-Fragment", "kick")
	if got.status != 400 || !strings.Contains(got.body, `data-outcome="not sent"`) {
		t.Errorf("malformed room: got %d %s", got.status, got.body)
	}
}
