package browsertest

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// Everything can be done without a script.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	eachOwn(t, func(t *testing.T, s *scene) {
		b := newTab(t, s.here.url, phone)
		b.scripts(false)
		b.open("/")
		b.awaitPage("/login")
		b.signIn(operator, password)
		b.awaitPage("/rooms")

		b.fill(field("Search rooms"), s.room)
		b.click(button("Search"))
		b.await("location.search === " + quote("?q="+url.QueryEscape(s.room)))
		b.await("document.querySelectorAll('ul.rooms li').length === 1")
		b.click(roomEntry(s.room).in("a"))
		b.awaitPage(roomPath(s.room))

		b.fill(css("#filter"), "BOB@") // what no resource contains
		b.click(button("Filter"))
		b.await(row("Carol").none())
		b.click(row("Bob").in("button.kick"))
		b.await(css("h1").shows("Kick Bob"))
		b.fill(field("Reason"), "no script was needed")
		b.click(button("Kick"))
		checkKicked(t, s.bob, s.room, "no script was needed")
		b.awaitPage(roomPath(s.room))
		b.await(css(".flash").shows("Bob"))
		b.await(css(".flash [data-tone=good]").shows(""))
		b.await(row("Bob").none())

		// Enter means those who are ticked, not who stands first.
		b.click(tick("Carol"))
		b.fill(css("#tick-reason"), "Enter was pressed")
		b.press(kb.Enter)
		b.await(css("h1").shows("Kick 1 person"))
		b.await(css("main").shows("Carol"))

		b.click(link("Audit"))
		b.await(css("#audit").shows("no script was needed"))
		b.click(button("Filter"))
		b.fill(field("Nick"), "Carol")
		b.click(css(".filters button"))
		b.await(css("#audit").shows("Nothing matches."))

		b.click(button("Sign out"))
		b.awaitPage("/login")
	})
}
