package browsertest

import (
	"testing"

	"muckick/xmpp/xmpptest"
)

// Somebody is banned from the kick's dialog, is told so, and let in again from the
// page of what stands.
func TestBan(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.await(string(row("Bob")))
		b.openDialog("Bob")
		b.fill(field("Reason"), "Crumbs")
		b.click(css("dialog summary"))
		b.await(css("dialog [name=for]").do("e => { e.selectedIndex = 1; return true }"))
		b.click(button("Ban"))
		if end := s.bob.WaitGone(t, s.room); !end.Has(xmpptest.StatusBanned) || end.Reason != "Crumbs" {
			t.Errorf("Bob heard %+v, want 301 with the reason", end)
		}
		b.await(css("#results [data-outcome=done]").shows("Banned"))
		b.await(css("#results [data-outcome=done]").shows("It ends by itself"))
		b.await(row("Bob").none())
		if _, refused := s.bob.TryJoin(t, s.room, "Bob"); refused == nil {
			t.Error("Bob came in again")
		}

		b.open(escapedRoomPath(s.room) + "/bans")
		b.await(css("#bans").shows("Crumbs"))
		b.open("/standing")
		b.await(css("#standing").shows("Crumbs"))
		b.click(css("#standing summary"))
		b.click(css("#standing [action$=lift] button"))
		b.await(css("main").shows("Unbanned"))
		b.await(css(".flash").do("e => e === document.activeElement"))
		s.bob.Join(t, s.room, "Bob")
	})
}
