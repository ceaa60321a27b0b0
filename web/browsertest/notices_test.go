package browsertest

import (
	"strings"
	"testing"
	"time"

	"muckick/views"
	"muckick/xmpp/xmpptest"
)

// crowd lets a dozen more people join the room, and waits until its page lists them.
func (s *scene) crowd(t *testing.T, b *tab) {
	t.Helper()
	users := []string{"dan", "eve", "fay", "gus", "hal", "ida", "jan", "kim", "leo", "mia", "nat", "ole"}
	s.peers.JoinMany(t, s.peers.ConnectMany(t, users, "a peer's password"), []string{s.room})
	b.await(css("#shown").shows("16 listed")) // with muckick
}

// showWave makes the page look as it does while new accounts come in a wave, for which
// a chat server would have to be connected for minutes. Its script knows nothing of
// this banner.
func (b *tab) showWave() {
	b.t.Helper()
	var words strings.Builder
	wave := &views.Wave{
		Since: time.Now(), Newest: time.Now(), People: 120, MoreRooms: 5,
		Rooms: []views.WaveRoom{{Room: "townsquare@chat.example.org", People: 21}, {Room: "allotments@chat.example.org", People: 18}},
	}
	if err := views.WaveWords(wave).Render(b.t.Context(), &words); err != nil {
		b.t.Fatal(err)
	}
	b.await(css("#wave").do(`e => {
		const banner = e.cloneNode(true);
		banner.firstElementChild.outerHTML = ` + quote(words.String()) + `;
		banner.hidden = false;
		e.replaceWith(banner);
		return true;
	}`))
}

// unseen are those of the elements that a selector finds of which the middle is
// behind something else, or out of the window.
func (b *tab) unseen(selector string) []string {
	b.t.Helper()
	return eval[[]string](b, `[...document.querySelectorAll(`+quote(selector)+`)].filter((e) => {
		const box = e.getBoundingClientRect();
		return e.checkVisibility() && !e.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
	}).map((e) => e.outerHTML)`)
}

// What is said at the bottom of a page stands below the bar of those who are ticked,
// and not in front of it.
func TestNoticesDoNotCoverTheTickBar(t *testing.T) {
	t.Parallel()
	for _, d := range []device{desktop, phone} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
			b := s.openRoom(t, d)
			s.crowd(t, b)
			b.showWave()
			b.click(tick("Alice"))
			b.await(css("#tick-bar").shows("1 ticked"))
			b.kick("Bob", "to have a result")
			b.await(css("#results [data-outcome=done]").shows("Bob"))
			eval[bool](b, `(scrollTo({ top: 0, behavior: "instant" }), true)`)
			const fields = "#tick-bar :is(button, input, select)"
			b.await("document.querySelectorAll(" + quote(fields) + ").length >= 6")
			for _, field := range b.unseen(fields) {
				t.Errorf("one does not see %s", field)
			}
			for _, notice := range b.unseen("#wave button, #results .dismiss") {
				t.Errorf("one does not see %s", notice)
			}
		})
	}
}

// All notices together leave most of a low screen to the page, and the newest of them
// is seen.
func TestNoticesLeaveRoom(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Start(t, xmpptest.Mucserver))
	b := s.openRoom(t, magnified)
	b.showWave()
	height := css(".notices").do("e => e.offsetHeight / innerHeight")
	if got := eval[float64](b, height); got > 0.3 {
		t.Errorf("the wave alone takes %.2f of the window", got)
	}
	for _, nick := range []string{"Bob", "Carol"} {
		b.kick(nick, "to have a result")
		b.await(css("#results [data-outcome=done]").shows(nick))
	}
	s.chat.Pause(t) // so that it tells of nobody that they leave
	s.chat.Kill(t)
	b.await(css("#chat").shows("The chat server cannot be reached."))
	b.await(row("Alice").in("button.kick").is(":disabled"))
	if got := eval[float64](b, height); got > 0.45 {
		t.Errorf("all notices take %.2f of the window", got)
	}
	for _, title := range b.unseen("#chat strong") {
		t.Errorf("one does not see %s", title)
	}
}

// A notice stands at the bottom of the window, on whichever page.
func TestNoticesStandAtTheBottom(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	b := s.openRoom(t, desktop)
	for _, path := range []string{"/rooms", "/audit", escapedRoomPath(s.room)} {
		b.open(path)
		b.showWave()
		if below := eval[float64](b, css("#wave").do("e => innerHeight - e.getBoundingClientRect().bottom")); below > 1 {
			t.Errorf("%s: there are %v pixels below the notice", path, below)
		}
	}
}

// On a phone, where the head of the list scrolls away, a row's time says its zone.
func TestTimesSayTheirZoneOnAPhone(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	b := s.openRoom(t, phone)
	s.peers.Connect(t, "dave", "a peer's password").Join(t, s.room, "Dave")
	b.await(row("Dave").in(".since time").do("e => true"))
	zone := eval[string](b, css("[data-zone]").do("e => e.textContent"))
	after := eval[string](b, row("Dave").in(".since").do("e => getComputedStyle(e, '::after').content"))
	if zone == "" || !strings.Contains(after, zone) {
		t.Errorf("after the time comes %s, want %q", after, zone)
	}
}
