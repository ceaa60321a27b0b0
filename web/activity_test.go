package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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

// Where people come is seen in every room that muckick is in, whoever looks, and
// nobody need have it open. They count once, though they left and came back.
func TestJoinsAtAGlance(t *testing.T) {
	a := newArriving(t)
	back := a.come(t, embeddedRoom, bots(0, 12)...)[0]
	back.Leave()
	a.come(t, embeddedRoom, bots(0, 1)...)
	a.come(t, foreignRoom, bots(0, 3)...)
	everywhere, here := signIn(t, a.site), signInAs(t, a.site, "viewer")
	for range 2 { // also once somebody has it open
		if got, want := everywhere.get(t, "/rooms").busy(), []string{embeddedRoom + " 12 joined", foreignRoom + " 3 joined"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got, want := here.get(t, "/rooms").busy(), []string{embeddedRoom + " 12 joined"}; !slices.Equal(got, want) {
			t.Errorf("who may see one room: got %q, want %q", got, want)
		}
		everywhere.get(t, roomURL(embeddedRoom))
	}
}

// Who came longer ago than a minute, or before muckick, joined at another time.
func TestNoJoinsAtAGlance(t *testing.T) {
	before := func(o *xmpp.Options) {
		o.Now = func() time.Time { return time.Now().Add(-2 * time.Minute) }
	}
	a := newArrivingAt(t, bots(0, 3), before)
	a.come(t, embeddedRoom, bots(3, 3)...)
	if got := signIn(t, a.site).get(t, "/rooms").busy(); len(got) > 0 {
		t.Errorf("got %q, want none", got)
	}
}

var busyEntry = regexp.MustCompile(`(?s)<a href="/rooms/([^"]+)">(.*?)</a>`)
var busyJoins = regexp.MustCompile(`>(\d+) joined in a minute<`)

// busy returns the rooms where something is going on, with how many joined, or what
// else is said.
func (p page) busy() (rooms []string) {
	_, list, _ := strings.Cut(p.body, "Where something is going on")
	list, _, _ = strings.Cut(list, "</section>")
	for _, entry := range busyEntry.FindAllStringSubmatch(list, -1) {
		address, _ := url.PathUnescape(html.UnescapeString(entry[1]))
		if joins := busyJoins.FindStringSubmatch(entry[2]); joins != nil {
			address += " " + joins[1] + " joined"
		}
		if strings.Contains(entry[2], "muckick cannot moderate") {
			address += " powerless"
		}
		rooms = append(rooms, address)
	}
	return rooms
}

// A room that does not make muckick a moderator, or does not let it in, is one to
// look at, for whoever may see it.
func TestPowerlessRoomAtAGlance(t *testing.T) {
	tests := []struct {
		name   string
		config mucserver.RoomConfig
		watch  xmpp.WatchScope
		open   bool
		want   []string
	}{
		{"entered", mucserver.RoomConfig{}, xmpp.WatchAll, false, []string{embeddedRoom + " powerless"}},
		{"refused", mucserver.RoomConfig{MembersOnly: true}, xmpp.WatchAll, false, []string{embeddedRoom + " powerless"}},
		{"entered because it was opened", mucserver.RoomConfig{}, xmpp.WatchUsed, true, []string{embeddedRoom + " powerless"}},
		{"refused when it was opened", mucserver.RoomConfig{MembersOnly: true}, xmpp.WatchUsed, true, []string{embeddedRoom + " powerless"}},
		{"not tried", mucserver.RoomConfig{}, xmpp.WatchUsed, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chat := newEmbedded(t, func(o *mucserver.Options) { o.Admins = nil })
			tt.config.Persistent = true
			if _, err := chat.CreateRoom(embeddedRoom, tt.config); err != nil {
				t.Fatal(err)
			}
			client := chat.connect(t, func(o *xmpp.Options) { o.Watch = tt.watch })
			here := serve(t, client)
			everywhere, elsewhere := signIn(t, here), signInIn(t, here, foreignRoom, "viewer")
			if tt.open {
				everywhere.get(t, roomURL(embeddedRoom))
			} else if tt.watch == xmpp.WatchAll {
				waitFor(t, "the room entered or refused", func() bool { c := client.Coverage(); return len(c.Inside)+len(c.Refused) == 1 })
			}
			if got := everywhere.get(t, "/rooms").busy(); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := elsewhere.get(t, "/rooms").busy(); len(got) > 0 {
				t.Errorf("who may not see it: got %q, want none", got)
			}
		})
	}
}
