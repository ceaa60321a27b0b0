package web_test

import (
	"strings"
	"testing"

	"muckick/xmpp/mucserver"
)

// Beside an occupant stands how often they were kicked, and from how many other rooms
// they are banned, of those that the reader knows.
func TestNotesBesideOccupants(t *testing.T) {
	chat := newEmbedded(t)
	room, err := chat.CreateRoom(embeddedRoom, mucserver.RoomConfig{Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	enter := func() {
		t.Helper()
		if _, err := room.Enter("Bob", "resident0@example.org", mucserver.AffiliationNone); err != nil {
			t.Fatal(err)
		}
	}
	enter()
	chat.room(t, secondRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	b.act(t, secondRoom, "ban", "jid", "resident0@example.org")
	b.act(t, embeddedRoom, "kick", "nickname", "Bob")
	enter()
	waitFor(t, "the notes", func() bool {
		return strings.Contains(b.get(t, roomURL(embeddedRoom)).body, "kicked once in 24 h, banned from 1 other room")
	})
	limited := signInIn(t, here, embeddedRoom, "moderator")
	if body := limited.get(t, roomURL(embeddedRoom)).body; !strings.Contains(body, "kicked once in 24 h") || strings.Contains(body, "banned from") {
		t.Errorf("who knows one room alone is not told of kicks there, or of bans elsewhere: %s", body)
	}
}
