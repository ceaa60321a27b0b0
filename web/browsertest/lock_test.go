package browsertest

import (
	"testing"

	"muckick/xmpp/xmpptest"
)

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

// Who is ticked stays in a room that becomes members-only, and is no member any more
// when it is open again.
func TestLockKeeps(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.signIn(t, phone, escapedRoomPath(s.room)+"/lock")
		keep := func(peer *xmpptest.Peer) element { return css("[name=member][value=" + quote(peer.BareJID()) + "]") }
		b.await(css(".keep legend").shows("2 of 2 ticked"))
		b.checkFits()
		b.click(link("nobody"))
		// Until it is loaded, the page may still move to where its address leads.
		b.await("document.readyState === 'complete' && " + css(".keep legend").shows("0 of 2 ticked"))
		b.click(keep(s.bob))
		b.await(keep(s.bob).is(":checked") + " && !" + keep(s.carol).is(":checked"))
		b.click(button("Lock: members only"))
		s.carol.WaitGone(t, s.room)
		b.awaitPage(roomPath(s.room))
		b.await(css("#room .locked").shows("Locked: members only."))
		b.await(css("#room .locked").shows("1 person is a member for it"))
		if !s.bob.Ping(t, s.room) {
			t.Error("who was ticked is out")
		}
		b.click(link("Unlock…"))
		b.await(css("main").shows("1 person who was made a member for it is none any more then, and not thrown out."))
		b.click(button("Unlock: all can come in"))
		b.await(css(".flash").shows("Unlocked"))
		s.carol.Join(t, s.room, "Carol")
		b.open(escapedRoomPath(s.room))
		b.await(row("Bob").is("[data-affiliation=none]"))
		s.bob.Say(t, s.room, "Still here")
	})
}
