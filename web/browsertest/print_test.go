package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"

	"muckick/xmpp/xmpptest"
)

// paper makes the page look as it is printed.
func (b *tab) paper() {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
}

// On paper is what can be read, whole, and nothing that can only be pressed.
func TestPrint(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	local, nick := strings.Repeat("w", 70), strings.Repeat("a long nick ", 15)+"end"
	s.peers.Connect(t, local, "a peer's password").Join(t, s.room, nick)
	b := s.openRoom(t, desktop)
	b.await(string(row(nick)))
	b.kick("Bob", strings.Repeat("a long reason ", 30))
	b.await(css("#results [data-outcome=done]").shows("Bob"))
	b.click(tick("Alice"))
	b.await(css("#tick-bar").shows("1 ticked"))
	b.openDialog(nick)
	b.press(kb.Enter) // in the field of the reason
	b.await(row(nick).none())
	s.peers.Connect(t, local, "a peer's password").Join(t, s.room, nick)
	b.await(string(row(nick)))
	papers := []struct {
		name          string
		width, height int64
	}{{"portrait", 718, 1047}, {"landscape", 1047, 718}} // A4 within Chromium's margins
	pages := []struct {
		path string
		want []string // what can be read there
	}{
		{escapedRoomPath(s.room), []string{local, nick, "Alice", "moderator"}},
		{"/audit", []string{local, nick, "Bob", strings.Repeat("a long reason ", 30)}},
		{"/rooms", []string{s.room}},
	}
	for _, tt := range pages {
		if tt.path != b.path() {
			b.open(tt.path)
		}
		for _, p := range papers {
			b.emulate(device{name: p.name, width: p.width, height: p.height})
			b.paper()
			// Who prints cannot scroll, or press what opens.
			for _, cut := range eval[[]string](b, `[...document.querySelectorAll("main *")].filter((e) => {
				const style = getComputedStyle(e);
				const cuts = (style.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1) || (style.overflowY !== "visible" && e.scrollHeight > e.clientHeight + 1);
				return e.checkVisibility() && style.clipPath === "none" && cuts;
			}).map((e) => e.outerHTML.slice(0, 200))`) {
				t.Errorf("%s, %s: it is cut: %s", tt.path, p.name, cut)
			}
			for _, shown := range eval[[]string](b, `[...document.querySelectorAll("button, input, select, .notices, .top, .skip, #tick-tools, #tick-bar")].filter((e) =>
				e.checkVisibility()).map((e) => e.outerHTML.slice(0, 200))`) {
				t.Errorf("%s, %s: it is of no use on paper: %s", tt.path, p.name, shown)
			}
			read := eval[string](b, `document.querySelector("main").innerText.replace(/\s+/g, " ")`)
			for _, text := range tt.want {
				if !strings.Contains(read, strings.TrimSpace(text)) {
					t.Errorf("%s, %s: %q cannot be read in %q", tt.path, p.name, text, read)
				}
			}
			if wide := eval[float64](b, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
				t.Errorf("%s, %s: %v pixels are beyond the paper", tt.path, p.name, wide)
			}
		}
		b.media(nil)
		b.emulate(desktop)
	}
}
