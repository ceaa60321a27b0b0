package web_test

import (
	"strings"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// Rooms in which nobody is seen to come are named, and what would change that.
func TestUnwatchedRooms(t *testing.T) {
	a := newArriving(t, func(o *xmpp.Options) { o.Watch = xmpp.WatchUsed })
	b := signIn(t, a.site)
	got := b.get(t, "/arrivals").body
	for _, want := range []string{"3 rooms that muckick is not in", embeddedRoom, "xmpp.watch"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q: %s", want, got)
		}
	}
	if got := signInAs(t, a.site, "viewer").get(t, "/arrivals").body; !strings.Contains(got, "1 room that") || strings.Contains(got, foreignRoom) {
		t.Errorf("somebody who may see one room sees others: %s", got)
	}
}

// The list of rooms says how far muckick is with entering all of them, and which
// ones do not let it in.
func TestRoomsThatCannotBeEntered(t *testing.T) {
	chat := newEmbedded(t, func(o *mucserver.Options) { o.Admins = nil })
	for address, config := range map[string]mucserver.RoomConfig{
		embeddedRoom: {Persistent: true}, secondRoom: {Persistent: true, MembersOnly: true}, foreignRoom: {Persistent: true, MembersOnly: true},
	} {
		if _, err := chat.CreateRoom(address, config); err != nil {
			t.Fatal(err)
		}
	}
	client := chat.connect(t, func(o *xmpp.Options) { o.Watch = xmpp.WatchAll })
	a := &arriving{site: serve(t, client)}
	waitFor(t, "muckick in a room", func() bool { c := client.Coverage(); return len(c.Inside) == 1 && len(c.Refused) == 2 })
	signIn(t, a.site)
	if got := signIn(t, a.site).get(t, "/rooms").body; !strings.Contains(got, "cannot enter 2 rooms") || !strings.Contains(got, "registration-required") {
		t.Errorf("got %s", got)
	}
	if got := signInIn(t, a.site, secondRoom, "viewer").get(t, "/rooms").body; !strings.Contains(got, "cannot enter 1 room,") || strings.Contains(got, foreignRoom) {
		t.Errorf("somebody who may see one of them: got %s", got)
	}
	if got := signInAs(t, a.site, "moderator").get(t, "/rooms").body; strings.Contains(got, "cannot enter") {
		t.Errorf("somebody who may see none of them: got %s", got)
	}
}
