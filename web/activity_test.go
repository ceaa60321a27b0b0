package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/web/store"
	"muckick/xmpp"
)

// The list of rooms says where somebody was kicked, and remembers what was
// opened by its address.
func TestRoomsAtAGlance(t *testing.T) {
	chat := newEmbedded(t)
	here := chat.site(t)
	b := signIn(t, here)
	chat.room(t, embeddedRoom, "Bob")
	for outcome, room := range map[xmpp.Outcome]string{xmpp.Done: embeddedRoom, xmpp.Refused: "elsewhere@chat.example.org"} {
		id, err := here.store.Intend(t.Context(), store.Intent{Action: xmpp.ActionKick, Room: room, Nick: "Bob"})
		if err != nil {
			t.Fatal(err)
		}
		if err := here.store.Conclude(t.Context(), id, store.Conclusion{Outcome: outcome}); err != nil {
			t.Fatal(err)
		}
	}
	form := url.Values{"address": {embeddedRoom}, "csrf": {b.csrf(t)}}
	if got := b.do(t, http.MethodPost, "/rooms/open", form); got.location != roomURL(embeddedRoom) {
		t.Fatalf("got %d to %q", got.status, got.location)
	}
	page := b.get(t, "/rooms").body
	for _, want := range []string{"Where something is going on", "1 kicked in 24 h", "Rooms that you opened by address"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "elsewhere@") {
		t.Error("a refused kick counts as one")
	}
	if page := b.get(t, "/rooms?q=nothing").body; strings.Contains(page, "Rooms that you opened") {
		t.Error("a search finds what it does not look for")
	}
	if got := b.do(t, http.MethodPost, "/rooms/forget", url.Values{"address": {embeddedRoom}}); got.status != http.StatusForbidden {
		t.Errorf("without the token: got %d", got.status)
	}
	if got := b.do(t, http.MethodPost, "/rooms/forget", form); got.location != "/rooms" {
		t.Errorf("got %d to %q", got.status, got.location)
	}
	if page := b.get(t, "/rooms").body; strings.Contains(page, "Rooms that you opened") {
		t.Error("the room is not forgotten")
	}
}
