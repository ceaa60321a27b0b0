package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
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

// A room that does not exist is none where muckick cannot moderate, whoever asked
// for its page.
func TestNoRoomAtAGlance(t *testing.T) {
	chat := newEmbedded(t)
	b := signIn(t, chat.site(t))
	const none = "none@chat.example.org"
	if got := b.get(t, roomURL(none)); got.status != http.StatusNotFound {
		t.Fatalf("got %d, want %d", got.status, http.StatusNotFound)
	}
	if page := b.get(t, "/rooms").body; strings.Contains(page, none) {
		t.Error("the list of rooms has a room that does not exist")
	}
}

// A room that does not make muckick a moderator is one to look at.
func TestPowerlessRoomAtAGlance(t *testing.T) {
	chat := newEmbedded(t, func(o *mucserver.Options) { o.Admins = nil })
	b := signIn(t, chat.site(t))
	chat.room(t, embeddedRoom, "Bob")
	b.get(t, roomURL(embeddedRoom))
	if page := b.get(t, "/rooms").body; !strings.Contains(page, "muckick cannot moderate") {
		t.Error("the list of rooms does not say where muckick cannot moderate")
	}
}
