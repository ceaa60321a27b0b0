package browsertest

import (
	"math"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"muckick/xmpp/xmpptest"
)

// What has the focus is never behind the toolbar, the bar of those who are ticked, or
// a notice (WCAG 2.4.11).
func TestFocusIsNotCovered(t *testing.T) {
	t.Parallel()
	for _, d := range []device{desktop, phone, magnified} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
			b := s.openRoom(t, d)
			s.crowd(t, b) // no row moves from here on
			b.showWave()
			b.kick("Bob", "to have a result")
			checkKicked(t, s.bob, s.room, "to have a result")
			b.await(css("#results [data-outcome=done]").shows("Bob"))
			b.await(css("#shown").shows("15 listed"))
			b.click(tick("Alice"))
			b.await(css("#tick-bar").shows("1 ticked"))
			b.focus(css("#filter"))
			b.tabUntil(css("#results .dismiss"), func() { b.press(kb.Tab) })
			b.tabUntil(css("#filter"), func() { b.shift("Tab", "Tab", 9, "") })
		})
	}
}

// tabUntil moves the focus until the element has it. It fails the test for each
// element on the way that is hidden behind others.
func (b *tab) tabUntil(e element, move func()) {
	b.t.Helper()
	for range 120 {
		if eval[bool](b, "document.activeElement === "+string(e)) {
			return
		}
		move()
		covered := eval[string](b, `(() => {
			const e = document.activeElement, box = e.getBoundingClientRect();
			const spots = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
			const seen = spots.some(([x, y]) => e.contains(document.elementFromPoint(box.x + x * box.width, box.y + y * box.height)));
			return seen ? "" : e.outerHTML;
		})()`)
		if covered != "" {
			b.t.Errorf("%s: it has the focus and is covered: %s", b.device.name, covered)
		}
	}
	b.t.Fatalf("the focus does not come to %s", e)
}

// The focus, and a text that is selected, outlast what changes on the page.
func TestFocusOutlastsUpdates(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.focus(row("Carol").in("a"))
		eval[bool](b, `(getSelection().selectAllChildren(document.querySelector("#room h1")), true)`)
		selected := eval[string](b, "getSelection().toString()")
		dave := s.peers.Connect(t, "dave", "a peer's password")
		dave.Join(t, s.room, "Aaron")
		b.await(string(row("Aaron")))
		s.alice.SetRole(t, s.room, "Carol", "visitor", "")
		b.await(row("Carol").shows("may only listen"))
		b.await(css("#room").shows("5 occupants")) // with muckick
		if got := eval[string](b, "getSelection().toString()"); got != selected || got == "" {
			t.Errorf("selected is %q, want %q", got, selected)
		}
		if !eval[bool](b, row("Carol").in("a").do("e => e === document.activeElement")) {
			t.Errorf("the focus went to %s", eval[string](b, "document.activeElement.outerHTML"))
		}
	})
}

// A row stays under the pointer when somebody comes who is sorted before it.
func TestRowsStayUnderThePointer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, device{name: "low window", width: 1280, height: 260})
		dave := s.peers.Connect(t, "dave", "a peer's password")
		b.click(link("Since (UTC)"))
		b.await(`document.querySelector("th.since[aria-sort=descending]")`)
		at := eval[[]float64](b, row("Bob").in("th").point(true))
		b.mouse(input.DispatchMouseEventTypeMouseMoved, input.MouseButtonNone, at[0], at[1])
		b.await(row("Bob").is(":hover"))
		place := row("Bob").do("e => Math.round(e.getBoundingClientRect().top)")
		before := eval[float64](b, place)
		dave.Join(t, s.room, "Dave")
		b.await(row("Dave").do("e => e === e.parentElement.firstElementChild"))
		// A pixel is less than one notices, and a row is 44 or more.
		if got := eval[float64](b, place); math.Abs(got-before) > 1 {
			t.Errorf("Bob's row went from %v to %v", before, got)
		}
	})
}

// What a status message says is announced once, and nothing else with it
// (WCAG 4.1.3).
func TestAnnouncedOnce(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		eval[bool](b, `(() => {
			window.said = [];
			new MutationObserver((changes) => {
				for (const { target } of changes) {
					const live = (target.nodeType === 1 ? target : target.parentElement)?.closest("[aria-live], [role=status], [role=alert], output");
					if (live) said.push(live.textContent.trim().replace(/\s+/g, " "));
				}
			}).observe(document.body, { subtree: true, childList: true, characterData: true });
			return true;
		})()`)
		b.fill(css("#filter"), "carol")
		b.await(`said.includes("1 of 4 listed")`)
		b.fill(css("#filter"), "nobody")
		b.await(`said.includes("No occupant matches the filter.")`)
		b.fill(css("#filter"), "")
		b.await(`said.includes("4 listed")`)
		b.kick("Bob", "a reason")
		checkKicked(t, s.bob, s.room, "a reason")
		b.await(`said.some((text) => text.startsWith("Kicked"))`)
		s.here.stop(t)
		b.await(`said.includes("Reconnecting…")`)
		s.here.start(t)
		b.await(`said.includes("List is live")`)
		for _, text := range eval[[]string](b, "said.filter((text, i) => said.indexOf(text) !== i)") {
			t.Errorf("%q was announced more than once", text)
		}
	})
}
