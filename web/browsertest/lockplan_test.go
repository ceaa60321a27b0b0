package browsertest

import (
	"testing"

	"muckick/xmpp/xmpptest"
)

// Rooms are made members-only by a plan, on a phone and without scripts too, and
// everything on the way is accessible.
func TestLockSeveral(t *testing.T) {
	t.Parallel()
	axe := newAxe(t)
	for name, tt := range map[string]struct {
		device  device
		scripts bool
	}{"desktop": {desktop, true}, "phone without scripts": {phone, false}} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
			b := s.newTab(t, tt.device)
			check := func(string) {}
			if tt.scripts {
				check = func(page string) { axe.check(b, page) }
			} else {
				b.scripts(false)
			}
			b.open("/login")
			b.signIn(operator, password)
			b.awaitPage("/rooms")
			b.open("/plans/new")
			check("form")
			b.checkFits()
			b.fill(css("#where"), s.room)
			b.await(css("#action").do("e => { e.value = 'lock'; return true }"))
			b.click(css("#lock-members"))
			b.click(css("[name=before][value=none]"))
			b.click(button("Show who that is"))
			b.await(css("h1").shows("Lock 1 room: 2 people are thrown out"))
			b.await(css("main").shows("Who came in after it was made"))
			check("plan")
			b.checkFits()
			b.fill(css("#expect"), "2")
			b.click(css("#confirm button"))
			for _, peer := range []*xmpptest.Peer{s.bob, s.carol} {
				peer.WaitGone(t, s.room)
			}
			until(t, "the job's end", func() (bool, error) {
				b.open(eval[string](b, "location.pathname"))
				return eval[bool](b, css("#progress").shows("every step has its outcome")), nil
			})
			b.await(css("#targets").shows("members only"))
			check("job")
			b.checkFits()
			b.click(button("Undo…"))
			b.await(css("h1").shows("Undo: 1 step"))
			check("undo")
			b.click(css("#confirm button"))
			until(t, "the room to be open", func() (bool, error) {
				_, refused := s.carol.TryJoin(t, s.room, "Carol")
				return refused == nil, nil
			})
		})
	}
}
