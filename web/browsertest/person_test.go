package browsertest

import "testing"

// What became of a kick from a person's page is read first, and nobody is kicked
// again when the page is loaded again.
func TestKickFromPersonsPage(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		page := "/people/" + s.bob.BareJID()
		b := s.openRoom(t, desktop)
		b.await(string(row("Bob")))
		b.open(page)
		b.fill(field("Reason"), "Crumbs")
		b.click(button("Kick"))
		checkKicked(t, s.bob, s.room, "Crumbs")
		b.await(css(".flash [data-outcome=done]").shows("Kicked"))
		b.await(css(".flash").do("e => e === document.activeElement"))

		if got := eval[string](b, "location.pathname"); got != page {
			t.Errorf("what became of it is at %s, want %s", got, page)
		}
		s.bob.Join(t, s.room, "Bob")
		b.mark()
		eval[bool](b, "location.reload() || true")
		b.await("!window.marked && " + css("#now").shows("Now in"))
		b.await(css("main [data-outcome]").none())
	})
}
