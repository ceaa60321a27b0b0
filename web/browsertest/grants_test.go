package browsertest

import "testing"

// An administrator adds an operator, limits them, and makes a token, in the panel.
func TestOperatorsPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.signIn(t, phone, "/rooms")
		b.click(link("Operators"))
		b.awaitPage("/operators")
		b.click(button("Add an operator"))
		b.fill(css("#add-name"), "newcomer")
		b.fill(field("First password"), password)
		b.fill(css("#add-where"), s.room)
		b.click(button("Add"))
		b.await(css("main").shows("moderator in " + s.room))

		other := newTab(t, s.here.url, desktop)
		other.open("/login")
		other.signIn("newcomer", password)
		other.awaitPage("/rooms")
		other.await(link("Operators").none())
		other.open(escapedRoomPath(s.room))
		other.awaitLive()

		b.click(button("Change newcomer"))
		b.fill(css("#operator-1-where"), s.room)
		b.click(css("details[open] [value=revoke]"))
		b.await(css("main").shows("may do nothing"))
		other.await(css("main").shows("There is no room"))
	})
}

// Who may only look is offered nothing else, and an open page follows what an
// administrator grants and revokes.
func TestGrants(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		s.here.run(t, password, "operator", "add", "visitor", "--as", "viewer", "--in", s.room)
		b := newTab(t, s.here.url, desktop)
		b.open("/login")
		b.signIn("visitor", password)
		b.awaitPage("/rooms")
		b.await(link("Audit").none())
		b.open("/account")
		b.await(css("main").shows("viewer in " + s.room))

		b.open(escapedRoomPath(s.room))
		b.awaitLive()
		b.mark()
		kick, history := row("Bob").in("button.kick"), row("Bob").in("a.history")
		const hidden = "e => e.getClientRects().length === 0"
		const shown = "e => e.getClientRects().length > 0"
		b.await(kick.do(hidden))
		b.await(history.do(hidden))

		s.here.run(t, "", "operator", "grant", "visitor", "moderator", "--in", s.room)
		b.await(kick.do(shown))
		b.await(history.do(hidden))
		b.checkMark()
		b.kick("Bob", "")
		b.await(css("#results").shows("Kicked"))

		s.here.run(t, "", "operator", "revoke", "visitor", "kick", "--in", s.room)
		b.await(css("#kick-dialog [value=kick]").do("e => getComputedStyle(e).display === 'none'"))
		b.await(row("Carol").in("button.kick").do(shown)) // for what else the dialog offers
		s.here.run(t, "", "operator", "revoke", "visitor", "mute", "ban", "--in", s.room)
		b.await(row("Carol").in("button.kick").do(hidden))
		b.checkMark()

		s.here.run(t, "", "operator", "revoke", "visitor", "see", "lock")
		b.await(css("main").shows("There is no room"))
		b.await(row("Carol").none())
	})
}
