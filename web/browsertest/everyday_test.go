package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// signInAs signs an operator in who is new, and may do one thing in the scene's
// room alone.
func (s *scene) signInAs(t *testing.T, d device, name, preset string) *tab {
	t.Helper()
	s.here.run(t, password, "operator", "add", name, "--as", preset, "--in", s.room)
	b := s.newTab(t, d)
	b.open("/login")
	b.signIn(name, password)
	b.awaitPage("/rooms")
	return b
}

// A moderator of one room kicks, mutes, bans for an hour, sees that it stands, and
// lets in again: by mouse, and on a phone.
func TestEveryday(t *testing.T) {
	t.Parallel()
	for _, d := range []device{desktop, phone} {
		t.Run(d.name, func(t *testing.T) {
			each(t, func(t *testing.T, s *scene) {
				b := s.signInAs(t, d, "visitor", "moderator")
				b.await(link("Audit").none() + " && " + link("Operators").none())
				b.open(escapedRoomPath(s.room))
				b.awaitLive()
				b.kick("Bob", "Crumbs")
				checkKicked(t, s.bob, s.room, "Crumbs")
				b.await(css("#results [data-outcome=done]").shows("Kicked"))
				s.bob.Join(t, s.room, "Bob")

				b.openDialog("Carol")
				b.click(css("dialog summary"))
				b.click(button("Mute"))
				s.carol.WaitPresence(t, s.room, "Carol", func(p xmpptest.Presence) bool { return p.Role == string(xmpp.RoleVisitor) })
				b.await(css("#results").shows("Muted"))

				b.openDialog("Bob")
				b.click(css("dialog summary"))
				b.await(css("dialog [name=for]").do("e => { e.selectedIndex = 1; return /hour/.test(e.selectedOptions[0].textContent) }"))
				b.click(button("Ban"))
				if end := s.bob.WaitGone(t, s.room); !end.Has(xmpptest.StatusBanned) {
					t.Errorf("Bob heard %+v, want 301", end)
				}
				b.await(css("#results").shows("Banned"))

				b.open("/standing")
				b.await(css("#standing").shows(s.bob.BareJID()))
				b.await(css("#standing").shows(s.carol.BareJID()))
				b.open(escapedRoomPath(s.room) + "/bans")
				b.await(css("#bans").shows(s.bob.BareJID()))
				b.click(css("#bans button[aria-label^=Unban]"))
				b.await(css("main").shows("Unbanned"))
				s.bob.Join(t, s.room, "Bob")
			})
		})
	}
}

// The same by keyboard alone.
func TestEverydayByKeyboard(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.signInAs(t, desktop, "visitor", "moderator")
		b.open(escapedRoomPath(s.room))
		b.awaitLive()
		choose := func(nick, what string) {
			t.Helper()
			b.tabTo(row(nick).in("button.kick"))
			b.press(kb.Enter)
			b.await(field("Reason").do("e => e === document.activeElement"))
			b.tabTo(css("dialog summary"))
			b.press(kb.Enter)
			if what == "Ban" {
				b.tabTo(css("dialog [name=for]"))
				b.press(kb.ArrowDown)
			}
			b.tabTo(button(what))
			b.press(kb.Enter)
		}
		choose("Carol", "Mute")
		s.carol.WaitPresence(t, s.room, "Carol", func(p xmpptest.Presence) bool { return p.Role == string(xmpp.RoleVisitor) })
		choose("Bob", "Ban")
		if end := s.bob.WaitGone(t, s.room); !end.Has(xmpptest.StatusBanned) {
			t.Errorf("Bob heard %+v, want 301", end)
		}
		b.await(css("#results").shows("It ends by itself"))
		b.open("/standing")
		b.tabTo(css("#standing summary"))
		b.press(kb.Enter)
		b.tabTo(css("#standing [action$=lift] button"))
		b.press(kb.Enter)
		b.await(css("main").shows("Unbanned"))
		s.bob.Join(t, s.room, "Bob")
	})
}
