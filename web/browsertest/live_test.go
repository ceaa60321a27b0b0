package browsertest

import (
	"strings"
	"testing"
)

// The list of occupants follows the room without being loaded anew.
func TestLive(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, phone)
		b.mark()
		dave := s.peers.Connect(t, "dave", "a peer's password")
		dave.Join(t, s.room, "Dave")
		b.await(row("Dave").shows("participant"))
		b.await(css("#room").shows("5 occupants")) // with muckick
		s.alice.SetRole(t, s.room, "Dave", "visitor", "")
		b.await(row("Dave").shows("may only listen"))
		s.alice.SetAffiliation(t, s.room, dave.BareJID(), "admin", "")
		b.await(row("Dave").shows("looks after it"))
		dave.SetNick(t, s.room, "David")
		b.await(row("Dave").none())
		b.await(string(row("David")))
		dave.Leave(t, s.room)
		b.await(row("David").none())
		b.checkMark()
	})
}

// The filter holds for those who come while it is set.
func TestFilterOccupants(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.mark()
		b.await(css("#shown").shows("4 listed")) // with muckick
		filter := css("#filter")
		b.fill(filter, "ARO")
		b.await(css("#shown").shows("1 of 4 listed"))
		b.await(row("Bob").do("e => e.hidden"))
		b.await(row("Carol").do("e => !e.hidden"))

		dave := s.peers.ConnectMany(t, []string{"dave", "erin"}, "a peer's password")
		dave[0].Join(t, s.room, "Dave")
		dave[1].Join(t, s.room, "Caroline")
		b.await(row("Caroline").do("e => !e.hidden"))
		b.await(row("Dave").do("e => e.hidden"))
		b.await(css("#shown").shows("2 of 6 listed"))

		// What the protocol's words mean is found as well as the words.
		s.alice.SetRole(t, s.room, "Dave", "visitor", "")
		b.await(row("Dave").do(`e => e.dataset.role === "visitor"`))
		for _, tt := range []struct {
			filter string
			want   string // who is shown
		}{
			{"can talk", "Bob Carol Caroline"},
			{"VISITOR", "Dave"},
			{"may only listen", "Dave"},
			{"moderator", "Alice muckick"},
			{"(", ""},
		} {
			b.fill(filter, tt.filter)
			shown := `[...document.querySelectorAll("#occupants tbody tr")].filter((row) => !row.hidden).map((row) => row.dataset.nick).join(" ")`
			b.await(shown + " === " + quote(tt.want))
		}

		b.fill(filter, "nobody")
		b.await(css("#nobody").shows("No occupant matches the filter."))
		b.fill(filter, "")
		b.await(css("#shown").shows("6 listed"))

		b.click(link("Role"))
		b.await(`document.querySelector("#occupants tbody tr").dataset.role === "moderator"`)
		b.await(link("Role").do("e => e.closest('th').matches('[aria-sort]')"))
		b.checkMark()
	})
}

// The filter is there again after a reload, and for who comes back; ticks are not.
func TestFilterIsInTheAddress(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		filter := css("#filter")
		address := func(query string) string {
			return "location.pathname + location.search === " + quote(escapedRoomPath(s.room)+query)
		}
		b.click(link("Role"))
		b.fill(filter, "CAR & participant+")
		b.await(address("?sort=role&filter=CAR+%26+participant%2B"))
		b.fill(filter, "ARO")
		b.await(address("?sort=role&filter=ARO"))
		b.click(tick("Carol"))
		b.await(ticked("Carol"))

		check := func() {
			t.Helper()
			b.awaitLive()
			b.await(filter.do("e => e.value === 'ARO'"))
			b.await(ticked())
			b.await(link("Role").do("e => e.closest('th').ariaSort === 'ascending'"))
			b.await(css("#shown").shows("1 of 4 listed"))
			b.await(row("Carol").do("e => !e.hidden"))
			b.await(row("Bob").do("e => e.hidden"))
		}
		b.mark()
		eval[bool](b, "(location.reload(), true)")
		b.await("!window.marked")
		check()
		b.click(row("Carol").in("a.history"))
		b.awaitPage("/audit")
		eval[bool](b, "(history.back(), true)")
		b.awaitPage(roomPath(s.room))
		check()

		// From there on the list is live.
		came := s.peers.ConnectMany(t, []string{"dave", "erin"}, "a peer's password")
		came[0].Join(t, s.room, "Dave")
		came[1].Join(t, s.room, "Caroline")
		b.await(row("Caroline").do("e => !e.hidden"))
		b.await(row("Dave").do("e => e.hidden"))
		b.await(css("#shown").shows("2 of 6 listed"))
		b.fill(filter, "Dave")
		b.click(row("Dave").in("a.history")) // at once
		b.awaitPage("/audit")
		eval[bool](b, "(history.back(), true)")
		b.awaitPage(roomPath(s.room))
		b.await(filter.do("e => e.value === 'Dave'"))
		b.awaitLive()
		b.fill(filter, strings.Repeat("é", 200))
		b.await(css("#nobody").shows("No occupant matches the filter."))
		b.await(address("?sort=role")) // no server reads any length
		b.fill(filter, "")
		b.await(css("#shown").shows("6 listed"))
		b.await(address("?sort=role"))
	})
}

// Whoever asks for a pause gets one: nothing moves until it ends, and how much
// waits is said.
func TestPause(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.mark()
		b.click(button("Pause"))
		b.await(css("#live").shows("Paused"))
		dave := s.peers.Connect(t, "dave", "a peer's password")
		dave.Join(t, s.room, "Dave")
		b.await(css("#live").shows("Paused: 1 change waits"))
		s.bob.Leave(t, s.room)
		b.await(css("#live").shows("Paused: 2 changes wait"))
		if !eval[bool](b, string(row("Bob"))+" && "+row("Dave").none()) {
			t.Error("the list moved during the pause")
		}
		// What was said about Bob is not held back.
		b.openDialog("Bob")
		b.await(css("[data-kick=gone]").do("e => e.checkVisibility()"))
		b.click(button("Cancel"))

		b.click(button("Resume"))
		b.await(row("Bob").none())
		b.await(string(row("Dave")))
		b.awaitLive()
		b.await(string(button("Pause")))
		b.checkMark()
	})
}

// A column that is asked for once more is ordered the other way; its arrow, its
// address and whoever joins go along.
func TestReverseOrder(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.mark()
		steps := []struct{ column, sorted, arrow, query, nicks string }{
			{"Nick", "descending", "↓", "?sort=-nick", "muckick Carol Bob Alice"},
			{"Nick", "ascending", "↑", "?sort=nick", "Alice Bob Carol muckick"},
			{"Role", "ascending", "↑", "?sort=role", "Alice muckick Bob Carol"},
			{"Role", "descending", "↓", "?sort=-role", "Bob Carol Alice muckick"},
		}
		nicks := `[...document.querySelectorAll("#occupants tbody tr")].map((row) => row.dataset.nick).join(" ")`
		for _, tt := range steps {
			b.click(link(tt.column))
			b.await(link(tt.column).do("e => e.closest('th').ariaSort === " + quote(tt.sorted) + " && getComputedStyle(e, '::after').content.includes(" + quote(tt.arrow) + ")"))
			if got := eval[string](b, nicks); got != tt.nicks {
				t.Errorf("%s %s: got %s, want %s", tt.column, tt.sorted, got, tt.nicks)
			}
			if got, want := b.path(), escapedRoomPath(s.room)+tt.query; got != want {
				t.Errorf("%s %s: the address is %s, want %s", tt.column, tt.sorted, got, want)
			}
			if got := eval[int](b, "document.querySelectorAll('[aria-sort]').length"); got != 1 {
				t.Errorf("%d columns say that the list is ordered by them", got)
			}
		}
		dave := s.peers.Connect(t, "dave", "a peer's password")
		dave.Join(t, s.room, "Dave")
		b.await(nicks + ` === "Bob Carol Dave Alice muckick"`)
		b.checkMark()
		b.open(b.path()) // as a reload does, or who is sent the address
		b.await(nicks + ` === "Bob Carol Dave Alice muckick"`)
	})
}

// muckick's own occupant is marked and cannot be kicked.
func TestOwnOccupant(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.await(row("muckick").shows("this is muckick"))
		b.await(row("muckick").in("button.kick").is(":disabled"))
	})
}

// Pages in the background leave the browser's few connections to the one that
// is looked at, and catch up when it is their turn.
func TestManyTabs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		first := s.openRoom(t, desktop)
		first.mark()
		b := first
		for range 6 {
			b.hide(true)
			b = first.another(phone)
			b.open(escapedRoomPath(s.room))
			b.awaitLive()
		}
		b.kick("Bob", "in the last tab")
		checkKicked(t, s.bob, s.room, "in the last tab")
		b.await(row("Bob").none())

		b.hide(true)
		first.hide(false)
		first.await(row("Bob").none())
		first.awaitLive()
		first.checkMark()
	})
}
