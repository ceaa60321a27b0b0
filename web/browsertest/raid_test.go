package browsertest

import (
	"testing"

	"muckick/xmpp/xmpptest"
)

// People are selected by a rule, seen, and banned by a job that is followed live;
// it is undone afterwards. Every page on the way is accessible.
func TestPlanAndJob(t *testing.T) {
	t.Parallel()
	axe := newAxe(t)
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	b := s.signIn(t, desktop, "/jobs")
	axe.check(b, "no jobs")
	b.open("/plans/new")
	axe.check(b, "selection")
	b.fill(css("#where"), s.room)
	b.fill(css("#nicks"), "bo?\ncar*")
	b.await(css("#action").do("e => { e.value = 'ban'; return true }"))
	b.fill(field("Reason"), "raid")
	b.click(button("Show who that is"))
	b.await(css("h1").shows("Ban 2 people"))
	axe.check(b, "plan")
	b.fill(css("#expect"), "3")
	b.click(button("Ban 2 people"))
	b.await(css("[role=alert]").shows("Nothing was begun"))
	axe.check(b, "plan, wrong number")
	b.fill(css("#expect"), "2")
	b.click(button("Ban 2 people"))
	for _, peer := range []*xmpptest.Peer{s.bob, s.carol} {
		if end := peer.WaitGone(t, s.room); !end.Has(xmpptest.StatusBanned) || end.Reason != "raid" {
			t.Errorf("%s heard %+v, want 301 with the reason", peer.User, end)
		}
	}
	b.await(css("#progress").shows("every step has its outcome"))
	b.await(css("#targets").shows("Banned"))
	axe.check(b, "job")
	b.open("/jobs")
	axe.check(b, "jobs")
	b.open("/people/" + s.bob.BareJID())
	b.await(css("main").shows("raid"))
	axe.check(b, "person")
	b.open("/people?q=alice")
	b.await(css("#people").shows("Alice"))
	axe.check(b, "people")
	b.open("/standing")
	b.click(css("#standing summary"))
	axe.check(b, "standing")
	b.open("/exempt")
	axe.check(b, "nobody exempt")
	b.click(button("Exempt accounts"))
	b.fill(css("#account"), "*@staff.example.org")
	b.fill(field("Why"), "they work here")
	axe.check(b, "exempting")
	b.click(button("Exempt"))
	b.await(css("#exempt").shows("they work here"))
	axe.check(b, "exempt list")
	b.open(escapedRoomPath(s.room) + "/bans")
	b.click(button("Ban an account"))
	axe.check(b, "bans")

	b.open("/jobs")
	b.click(css("#jobs a"))
	b.click(button("Undo…"))
	b.await(css("h1").shows("Undo: 2 steps"))
	b.click(button("Undo: 2 steps"))
	b.await(css("#progress").shows("every step has its outcome"))
	for _, peer := range []*xmpptest.Peer{s.bob, s.carol} {
		peer.Join(t, s.room, peer.User)
	}
}
