package browsertest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// roomEntry is the entry of a room in the list of rooms.
func roomEntry(room string) element {
	return element(`[...document.querySelectorAll("ul.rooms li")].find(e => e.querySelector(".address").textContent.trim() === ` + quote(room) + `)`)
}

func TestSearchRooms(t *testing.T) {
	t.Parallel()
	eachOwn(t, func(t *testing.T, s *scene) {
		other := s.chat.NewRoom()
		s.alice.CreateRoom(t, other, "Alice", map[string]string{"roomname": "Another <b>room</b>", "persistentroom": "1", "publicroom": "1"})
		b := s.signIn(t, desktop, "/rooms")
		b.await(roomEntry(s.room).in(".number").shows("3"))
		b.await(roomEntry(other).shows("Another <b>room</b>"))
		b.mark()

		// What a search found can be reloaded and shared, and is announced.
		summary := css("#summary")
		eval[bool](b, summary.do("e => { window.announced = e; return true }"))
		b.fill(field("Search rooms"), strings.ToUpper("of "+s.room))
		b.await(roomEntry(other).none())
		b.await(string(roomEntry(s.room)))
		b.await(summary.shows("1 room"))
		b.await("window.announced === " + string(summary))
		b.await(roomEntry(s.room).in(".number").shows("3"))
		b.await("new URLSearchParams(location.search).get('q') === " + quote(strings.ToUpper("of "+s.room)))
		b.await(field("Search rooms").do("e => e === document.activeElement"))

		b.fill(field("Search rooms"), "<b>nothing")
		b.await(css("#rooms").shows("<b>nothing"))
		b.fill(field("Search rooms"), "")
		b.await(string(roomEntry(other)))
		if got, want := b.path(), "/rooms"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		b.checkMark()

		b.click(link("occupants"))
		b.await(roomEntry(s.room).in(".number").shows("3"))
		b.await(link("occupants").is("[aria-current=true]"))
		b.fill(field("Search rooms"), s.room)
		b.await(roomEntry(other).none())
		if got, want := b.path(), "/rooms?"+(url.Values{"q": {s.room}, "sort": {"occupants"}}).Encode(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		b.do(chromedp.Reload())
		b.await(string(roomEntry(s.room)))
		b.await(roomEntry(other).none())

		// Going back within the page leaves it as able as it was.
		eval[string](b, "location.hash = 'main'")
		eval[chromedp.Void](b, "history.back()")
		b.await("location.hash === '' && document.readyState === 'complete'")
		b.fill(field("Search rooms"), "another")
		b.await(roomEntry(s.room).none())
		b.click(roomEntry(other).in("a"))
		b.awaitPage(roomPath(other))
	})
}

// A search that gets no answer leaves the page as it was, says so, and is done
// once muckick is back.
func TestSearchWithoutAnswer(t *testing.T) {
	t.Parallel()
	eachOwn(t, func(t *testing.T, s *scene) {
		b := s.signIn(t, desktop, "/rooms")
		b.await(string(roomEntry(s.room)))
		b.mark()
		s.here.stop(t)
		b.fill(field("Search rooms"), "no such room")
		b.await(css("[data-search-failed]").shows("No answer from muckick."))
		b.await(string(roomEntry(s.room)))
		s.here.start(t)
		b.await(roomEntry(s.room).none())
		b.await("!" + css("[data-search-failed]").shows("No answer from muckick."))
		b.checkMark()
	})
}

// A hidden room can be opened by its address.
func TestOpenRoom(t *testing.T) {
	t.Parallel()
	eachOwn(t, func(t *testing.T, s *scene) {
		hidden := s.chat.NewRoom()
		s.alice.CreateRoom(t, hidden, "Alice", map[string]string{"publicroom": "0"})
		b := s.signIn(t, phone, "/rooms")
		b.await(string(roomEntry(s.room)))
		b.await(roomEntry(hidden).none())

		address := field("Open a room by its address")
		for typed, want := range map[string]string{
			"nosuchroom@" + s.chat.Service: "There is no room nosuchroom@" + s.chat.Service,
			"no address":                   "Invalid room address",
			"room@elsewhere.example":       "There are no rooms at elsewhere.example",
		} {
			b.fill(address, typed)
			b.click(button("Open"))
			b.await(css("#open-problem").shows(want))
			b.await(address.do("e => e.value === " + quote(typed)))
		}
		b.fill(address, hidden)
		b.click(button("Open"))
		b.awaitPage(roomPath(hidden))
		b.await(string(row("Alice")))

		// It is remembered until it is to be forgotten.
		b.open("/rooms")
		b.await(string(roomEntry(hidden)))
		b.click(button("Forget " + hidden))
		b.await(roomEntry(hidden).none())
		b.awaitPage("/rooms")
	})
}

// The audit trail answers while one types, with times of the browser's zone.
func TestFilterAudit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.kick("Bob", "first")
		checkKicked(t, s.bob, s.room, "first")
		b.await(css("#results [data-outcome=done]").shows("Bob"))
		b.kick("Carol", "second")
		checkKicked(t, s.carol, s.room, "second")
		b.await(css("#results [data-outcome=done]").shows("Carol"))

		call(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Kolkata"})
		b.click(link("Audit"))
		b.awaitPage("/audit")
		b.mark()
		b.click(button("Filter"))
		b.fill(field("Nick"), "Carol")
		b.await(css("#audit").in("table").shows("Carol"))
		b.await("!" + css("#audit").shows("Bob"))
		b.await(css("#audit thead").shows("GMT+5:30"))
		b.await("document.querySelector('#exports a[download]').href.endsWith('?nick=Carol')")
		b.await("location.search === '?nick=Carol'")
		b.fill(field("Nick"), "")
		b.await(css("#audit").shows("Bob"))
		b.fill(field("Nick"), "nobody")
		b.await(css("#audit").shows("Nothing matches."))
		b.checkMark()
		b.click(link("Show all"))
		b.await(css("#audit").shows("Bob"))
		b.await("location.search === ''")
	})
}
