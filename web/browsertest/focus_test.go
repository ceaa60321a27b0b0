package browsertest

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"muckick/xmpp/xmpptest"
)

// What has the focus is never behind the toolbar, the bar of those who are ticked, or
// a notice (WCAG 2.4.11).
func TestFocusIsNotCovered(t *testing.T) {
	t.Parallel()
	between := device{name: "between", width: 650, height: 740}
	for _, d := range []device{desktop, between, phone, magnified} {
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
			b.awaitMeasured()
			b.focus(css("#filter"))
			b.tabUntil(css("#results .dismiss"), func() { b.press(kb.Tab) })
			b.tabUntil(css("#filter"), func() { b.shift("Tab", "Tab", 9, "") })
		})
	}
}

// awaitMeasured waits until the style sheet knows how high the notices and the bar of
// those who are ticked are, which the browser measures a frame after they change.
func (b *tab) awaitMeasured() {
	b.t.Helper()
	for name, height := range map[string]element{"--notices": css(".notices"), "--tickbar": css("#tick-bar")} {
		b.await(height.do(fmt.Sprintf(`e => parseFloat(getComputedStyle(document.documentElement).getPropertyValue(%q)) === e.offsetHeight`, name)))
	}
}

// tabUntil moves the focus until the element has it. It fails the test for the first
// element on the way that stays hidden behind others.
func (b *tab) tabUntil(e element, move func()) {
	b.t.Helper()
	for range 120 {
		if eval[bool](b, "document.activeElement === "+string(e)) {
			return
		}
		move()
		focused := eval[string](b, "document.activeElement.outerHTML")
		until(b.t, b.device.name+": what has the focus is seen: "+focused, func() (bool, error) {
			return tryEval[bool](b, `(() => {
				const e = document.activeElement, box = e.getBoundingClientRect();
				const spots = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
				return spots.some(([x, y]) => e.contains(document.elementFromPoint(box.x + x * box.width, box.y + y * box.height)));
			})()`)
		})
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

// A row stays under the pointer when others come and go before it, whether the page
// can scroll or not, and no other takes its place when it goes itself.
func TestRowsStayUnderThePointer(t *testing.T) {
	t.Parallel()
	come := func(t *testing.T, s *scene, b *tab) {
		s.peers.Connect(t, "dave", "a peer's password").Join(t, s.room, "Aaron")
		b.await(row("Aaron").do("e => e === e.parentElement.firstElementChild"))
	}
	leave := func(peer func(*scene) *xmpptest.Peer, nick string) func(*testing.T, *scene, *tab) {
		return func(t *testing.T, s *scene, b *tab) {
			peer(s).Leave(t, s.room)
			b.await(row(nick).none())
		}
	}
	bob, carol := func(s *scene) *xmpptest.Peer { return s.bob }, func(s *scene) *xmpptest.Peer { return s.carol }
	tests := []struct {
		name, column, sorted string // the list's order
		nick                 string // who is under the pointer
		happen               func(*testing.T, *scene, *tab)
		want                 string // who is then; empty for nobody
	}{
		{"who comes is sorted before it", "Nick", "", "Bob", come, "Bob"},
		{"the latest is first", "Since (UTC)", "descending", "Bob", come, "Bob"},
		{"one before it goes", "Nick", "", "Carol", leave(bob, "Bob"), "Carol"},
		{"it goes", "Nick", "", "Bob", leave(bob, "Bob"), ""},
		{"it goes, and one before it", "Nick", "", "Carol", func(t *testing.T, s *scene, b *tab) {
			leave(carol, "Carol")(t, s, b)
			leave(bob, "Bob")(t, s, b)
		}, ""},
		{"it goes, and the one after it", "Nick", "", "Bob", func(t *testing.T, s *scene, b *tab) {
			leave(bob, "Bob")(t, s, b)
			leave(carol, "Carol")(t, s, b)
		}, ""},
		{"one before it goes, and another comes", "Nick", "", "Carol", func(t *testing.T, s *scene, b *tab) {
			leave(bob, "Bob")(t, s, b)
			come(t, s, b)
		}, "Carol"},
	}
	for _, d := range []device{desktop, {name: "low window", width: 1280, height: 260}} {
		for _, tt := range tests {
			t.Run(d.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
				b := s.openRoom(t, d)
				if tt.sorted != "" {
					b.click(link(tt.column))
					b.await(`document.querySelector("th[aria-sort=` + tt.sorted + `]")`)
				}
				at := eval[[]float64](b, row(tt.nick).in("th").point(true))
				b.mouse(input.DispatchMouseEventTypeMouseMoved, input.MouseButtonNone, at[0], at[1])
				b.await(row(tt.nick).is(":hover"))
				place := row(tt.nick).do("e => Math.round(e.getBoundingClientRect().top)")
				before := eval[float64](b, place)
				tt.happen(t, s, b)
				under := fmt.Sprintf("document.elementFromPoint(%v, %v).closest('tr')?.dataset.nick ?? ''", at[0], at[1])
				if got := eval[string](b, under); got != tt.want {
					t.Errorf("%q is under the pointer, want %q", got, tt.want)
				}
				// A pixel is less than one notices, and a row is 44 or more.
				if got := eval[float64](b, place); tt.want != "" && math.Abs(got-before) > 1 {
					t.Errorf("the row went from %v to %v", before, got)
				}
				// Without a pointer there is nothing to be kept.
				b.mouse(input.DispatchMouseEventTypeMouseMoved, input.MouseButtonNone, 5, 5)
				b.await(`document.querySelector("#occupants thead").getBoundingClientRect().bottom + 2 >= document.querySelector("#occupants tbody tr").getBoundingClientRect().top`)
			})
		}
	}
}

// What a status message says is announced once, and nothing else with it
// (WCAG 4.1.3).
func TestAnnouncedOnce(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.hear()
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

// That the chat server went away is announced once, in words; what it or the network
// said is there to be read.
func TestOutageIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.hear()
		s.chat.Pause(t) // so that it tells of nobody that they leave
		s.chat.Kill(t)
		b.await(css("#live").shows("Chat server unreachable"))
		b.await(css("#chat small").do("e => e.checkVisibility() && e.textContent.trim() !== ''"))
		detail := b.text(css("#chat small"))
		s.chat.Start(t)
		s.peers.Connect(t, "bob", "a peer's password").Join(t, s.room, "Bob")
		b.await(`said.includes("List is live")`) // which is said when it has lasted
		said := eval[[]string](b, "said.filter(Boolean)")
		if len(said) != 2 || !strings.HasPrefix(said[0], "The chat server cannot be reached.") || strings.Contains(said[0], detail) {
			t.Errorf("what was announced is %q, want the outage once, without %q, and then that the list is live", said, detail)
		}
	})
}

// hear begins to keep what the page announces, in said.
func (b *tab) hear() {
	b.t.Helper()
	eval[bool](b, `(() => {
		window.said = [];
		new MutationObserver((changes) => {
			const changed = new Set();
			for (const { target } of changes) {
				const live = (target.nodeType === 1 ? target : target.parentElement)?.closest("[aria-live], [role=status], [role=alert], output");
				if (live) changed.add(live);
				else if (target.nodeType === 1) for (const alert of target.querySelectorAll("[role=alert]")) if (alert.checkVisibility()) changed.add(alert);
			}
			for (const live of changed) said.push(live.textContent.trim().replace(/\s+/g, " "));
		}).observe(document.body, { subtree: true, childList: true, characterData: true });
		return true;
	})()`)
}

// Where somebody was when the chat server went away, the focus stays near, where
// Enter does nothing.
func TestFocusWhenTheChatServerGoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(b *tab)
		want    element
	}{
		{"on a row's button", func(b *tab) { b.focus(row("Carol").in("button.kick")) }, row("Carol").in("th")},
		{"on the dialog's button", func(b *tab) {
			b.openDialog("Carol")
			b.focus(css("dialog [value=kick]"))
		}, css("#kick-title")},
		{"on a button of the bar", func(b *tab) {
			b.click(tick("Carol"))
			b.focus(css("#tick-bar [value=kick]"))
		}, css("#tick-bar")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eachBrowser(t, func(t *testing.T, s *scene) {
				b := s.openRoom(t, desktop)
				tt.prepare(b)
				s.chat.Pause(t) // so that it tells of nobody that they leave
				s.chat.Kill(t)
				b.await(css("#chat").shows("The chat server cannot be reached."))
				b.await(row("Carol").in("button.kick").is(":disabled"))
				// By then the browser has taken the focus from what is disabled.
				b.await("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))")
				if !eval[bool](b, tt.want.do("e => e === document.activeElement")) {
					t.Errorf("the focus went to %s", eval[string](b, "document.activeElement.outerHTML.slice(0, 200)"))
				}
				b.mark()
				open := eval[bool](b, css("#kick-dialog").is("[open]"))
				b.press(kb.Enter)
				if got := eval[bool](b, css("#kick-dialog").is("[open]")); got != open {
					t.Error("Enter opened or closed the dialog")
				}
				b.checkMark()
			})
		})
	}
}
