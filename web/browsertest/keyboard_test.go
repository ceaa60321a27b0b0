package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// Everything can be done from the keyboard, and one always sees where one is.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.newTab(t, desktop)
		b.open("/login")
		b.await(field("Name").do("e => e === document.activeElement"))
		b.write(operator)
		b.tabTo(field("Password"))
		b.write(password)
		b.press(kb.Enter)
		b.awaitPage("/rooms")

		b.press(kb.Tab)
		b.await(`document.activeElement.matches(".skip")`)
		b.press(kb.Enter)
		b.await("location.hash === '#main'")
		b.tabTo(field("Search rooms"))
		b.press(strings.Split(s.room, "")...)
		b.await("document.querySelectorAll('ul.rooms li').length === 1")
		b.tabTo(roomEntry(s.room).in("a"))
		b.press(kb.Enter)
		b.awaitPage(roomPath(s.room))
		b.awaitLive()

		b.tabTo(row("Bob").in("button.kick"))
		b.press(kb.Enter)
		b.await(field("Reason").do("e => e === document.activeElement"))
		b.press(kb.Escape)
		b.await("!" + css("#kick-dialog").is("[open]"))
		b.await(row("Bob").in("button.kick").do("e => e === document.activeElement"))

		b.press(" ")
		b.await(field("Reason").do("e => e === document.activeElement"))
		b.write("typed")
		b.tabTo(button("Kick"))
		b.press(kb.Enter)
		checkKicked(t, s.bob, s.room, "typed")
		b.await(row("Bob").none())
		// The focus goes on to the next name in the list, where Enter does nothing.
		b.await(row("Carol").in("th").do("e => e === document.activeElement"))

		b.open(escapedRoomPath(s.room))
		b.tabTo(button("Sign out"))
		b.press(kb.Enter)
		b.awaitPage("/login")
	})
}

// tabTo presses Tab until the element has the focus.
func (b *tab) tabTo(e element) {
	b.t.Helper()
	b.await(string(e))
	for range 60 {
		b.press(kb.Tab)
		if !eval[bool](b, `document.activeElement === document.body || (() => {
			const style = getComputedStyle(document.activeElement);
			return style.outlineStyle !== "none" || style.boxShadow !== "none";
		})()`) {
			b.t.Errorf("one cannot see that %s has the focus", eval[string](b, "document.activeElement.outerHTML"))
		}
		if eval[bool](b, "document.activeElement === "+string(e)) {
			return
		}
	}
	b.t.Fatalf("Tab does not lead to %s", e)
}
