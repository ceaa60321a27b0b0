package browsertest

import "testing"

// A room is locked from its page, says so to all who look at it, and is unlocked.
func TestLock(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		other := s.openRoom(t, phone)
		b.click(link("Lock"))
		b.await(css("main").shows("2 of 4 occupants"))
		b.fill(css("#newcomers-reason"), "a wave")
		b.click(button("Lock: newcomers cannot talk"))
		b.awaitPage(roomPath(s.room))
		for _, page := range []*tab{b, other} {
			page.await(css("#room .locked").shows("Locked: newcomers cannot talk."))
			page.await(css("#room .locked").shows("a wave"))
		}
		dave := s.peers.Connect(t, "dave", "a peer's password")
		dave.Join(t, s.room, "Dave")
		b.await(row("Dave").is("[data-role=visitor]"))
		other.click(link("Unlock…"))
		other.await(css("main").shows("1 person who came while it was locked gets their voice back."))
		other.click(button("Unlock: newcomers can talk"))
		other.awaitPage(roomPath(s.room))
		other.await(css(".flash").shows("Unlocked"))
		b.await(css("#room .locked").none())
		b.await(row("Dave").is("[data-role=participant]"))
		dave.Say(t, s.room, "Hello")
	})
}
