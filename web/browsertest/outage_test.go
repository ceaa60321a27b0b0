package browsertest

import (
	"testing"
)

// While the chat server is down every page says so, nothing can be kicked, and
// all is well again by itself once the server is back.
func TestChatServerDown(t *testing.T) {
	t.Parallel()
	eachOwn(t, func(t *testing.T, s *scene) {
		room := s.openRoom(t, desktop)
		tabs := []*tab{room}
		for _, path := range []string{"/rooms", "/audit", "/account"} {
			b := room.another(phone)
			b.open(path)
			tabs = append(tabs, b)
		}
		// Another browser, since one has six connections for all its tabs.
		asking := s.openRoom(t, phone)
		asking.openDialog("Carol")
		tabs = append(tabs, asking)
		for _, b := range tabs {
			b.await(css("#chat [data-chat=online]").do("() => true"))
			b.mark()
		}

		s.chat.Stop(t)
		for _, b := range tabs {
			b.await(css("#chat").shows("The chat server cannot be reached."))
		}
		room.await(row("Bob").in("button.kick").is(":disabled"))
		room.await("!" + css("#live").is("[data-state=live]"))
		asking.await(button("Kick").is("dialog *:disabled"))

		// Pages can be opened meanwhile, and say the same.
		late := asking.another(desktop)
		late.open("/rooms")
		late.await(css("#chat").shows("The chat server cannot be reached."))
		late.mark()

		s.chat.Start(t)
		bob := s.peers.Connect(t, "bob", "a peer's password")
		bob.Join(t, s.room, "Bob")
		for _, b := range append(tabs, late) {
			b.await("!" + css("#chat").shows("The chat server cannot be reached."))
			b.checkMark()
		}
		room.awaitLive()
		room.await(row("Bob").in("button.kick").is(":enabled"))
		room.kick("Bob", "back")
		checkKicked(t, bob, s.room, "back")
		room.await(row("Bob").none())
		room.checkMark()
	})
}

// A panel outlives a restart of muckick: still signed in, and the list is as
// it is by then.
func TestRestart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, phone)
		b.mark()
		s.here.stop(t)
		b.await(css("#live").is("[data-state=lost]"))
		s.carol.Leave(t, s.room)
		s.here.start(t)
		b.awaitLive()
		b.await(row("Carol").none())
		b.checkMark()
		b.kick("Bob", "after the restart")
		checkKicked(t, s.bob, s.room, "after the restart")
		b.await(row("Bob").none())
	})
}
