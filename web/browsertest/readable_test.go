package browsertest

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"muckick/xmpp/xmpptest"
)

// contrast is the contrast of an element's text as it is drawn now, from 1 to 21
// (WCAG 2.2, contrast ratio).
const contrast = `e => {
	const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
	const paint = (colour) => {
		context.fillStyle = colour;
		context.fillRect(0, 0, 1, 1);
		const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((part) => {
			const share = part / 255;
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const behind = [];
	for (let at = e; at; at = at.parentElement) behind.unshift(getComputedStyle(at));
	const [dark, light] = [behind.map((style) => paint(style.backgroundColor)).at(-1), paint(behind.at(-1).color)].sort((a, b) => a - b);
	return (light + 0.05) / (dark + 0.05);
}`

// What the pointer is on, and what has the focus, can be read (WCAG 1.4.3), on each
// page and in both themes.
func TestReadableUnderThePointer(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Start(t, xmpptest.Mucserver)) // where nothing changes that is pointed at
	b := s.openRoom(t, desktop)
	seen := make(map[string]bool)
	check := func(page string) {
		t.Helper()
		// One of each kind is enough: what is in a place of the same classes looks the same.
		// It is sought each time, since the dialog renews what it says of a person.
		kinds := eval[[]string](b, `(() => {
			const kind = (e) => [e, e.parentElement, e.closest("[class]"), e.closest("dialog, nav, main, header, form")].map((at) => at?.nodeName + at?.className).join(" ");
			const all = () => [...document.querySelectorAll("a[href], button, summary")].filter((e) =>
				e.checkVisibility() && !e.disabled && e.innerText.trim() && !e.matches(".skip") && (e.closest("dialog") || !document.querySelector("dialog[open]")));
			window.ofKind = (wanted) => all().findLast((e) => kind(e) === wanted);
			return [...new Set(all().map(kind))];
		})()`)
		if len(kinds) == 0 {
			t.Errorf("%s: there is nothing to point at", page)
		}
		kinds = slices.DeleteFunc(kinds, func(kind string) bool { return seen[kind] })
		for _, kind := range kinds {
			seen[kind] = true
		}
		for _, theme := range []string{"light", "dark"} {
			b.media(map[string]string{"prefers-color-scheme": theme})
			for _, kind := range kinds {
				e := element("ofKind(" + quote(kind) + ")")
				var at []float64
				until(t, page+": something to point at", func() (bool, error) {
					var err error
					at, err = tryEval[[]float64](b, e.point(true))
					return len(at) == 2, err
				})
				b.mouse(input.DispatchMouseEventTypeMouseMoved, input.MouseButtonNone, at[0], at[1])
				b.await(e.is(":hover"))
				if got := eval[float64](b, e.do(contrast)); got < 4.5 {
					t.Errorf("%s, %s, under the pointer: contrast %.1f: %s", page, theme, got, eval[string](b, string(e)+".outerHTML"))
				}
				b.mouse(input.DispatchMouseEventTypeMouseMoved, input.MouseButtonNone, 0, 0)
				b.press(kb.Shift) // after a key, the focus is shown
				b.focus(e)
				if got := eval[float64](b, e.do(contrast)); got < 4.5 {
					t.Errorf("%s, %s, in focus: contrast %.1f: %s", page, theme, got, eval[string](b, string(e)+".outerHTML"))
				}
			}
		}
	}
	check("room")
	b.click(tick("Carol"))
	b.await(css("#tick-bar").shows("1 ticked"))
	check("room, one ticked")
	b.openDialog("Bob")
	check("dialog")
	for _, path := range []string{"/rooms", "/people", "/arrivals", "/jobs", "/plans/new", "/standing", "/audit", "/operators", "/account", escapedRoomPath(s.room) + "/lock"} {
		b.open(path)
		check(path)
	}
}

// In colours of one's own, too, a line is below the page that one is on, and below
// no other.
func TestCurrentPageInForcedColours(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	b := s.signIn(t, desktop, "/audit")
	b.media(map[string]string{"forced-colors": "active"})
	got := eval[[]string](b, `[...document.querySelectorAll(".top :is(a, button), .halves a")].filter((e) =>
		getComputedStyle(e).borderBottomColor !== getComputedStyle(document.body).backgroundColor).map((e) => e.innerText)`)
	if want := []string{"Audit", "Kicks"}; !slices.Equal(got, want) {
		t.Errorf("got lines below %q, want %q", got, want)
	}
}
