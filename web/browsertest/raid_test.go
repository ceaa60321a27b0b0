package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"muckick/xmpp/xmpptest"
)

// People are selected by a rule, seen, and banned by a job that is followed live;
// it is undone afterwards.
func TestPlanAndJob(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		planAndJob(t, s, func(*tab, string) {})
	})
}

// Every page on the way of a plan is accessible.
func TestAccessibilityOfPlans(t *testing.T) {
	t.Parallel()
	axe := newAxe(t)
	planAndJob(t, newScene(t, xmpptest.Shared(t, xmpptest.Mucserver)), axe.check)
}

// planAndJob looks at each page on the way by check.
func planAndJob(t *testing.T, s *scene, check func(b *tab, page string)) {
	t.Helper()
	b := s.signIn(t, desktop, "/jobs")
	check(b, "no jobs")
	b.open("/plans/new")
	check(b, "selection")
	b.fill(css("#where"), s.room)
	b.fill(css("#nicks"), "bo?\ncar*")
	b.await(css("#action").do("e => { e.value = 'ban'; return true }"))
	b.fill(field("Reason"), "raid")
	b.click(button("Show who that is"))
	b.await(css("h1").shows("Ban 2 people"))
	check(b, "plan")
	b.fill(css("#expect"), "3")
	b.click(button("Ban 2 people"))
	b.await(css("[role=alert]").shows("Nothing was begun"))
	b.await(css("#expect").do("e => e === document.activeElement"))
	check(b, "plan, wrong number")
	b.fill(css("#expect"), "2")
	b.click(button("Ban 2 people"))
	for _, peer := range []*xmpptest.Peer{s.bob, s.carol} {
		if end := peer.WaitGone(t, s.room); !end.Has(xmpptest.StatusBanned) || end.Reason != "raid" {
			t.Errorf("%s heard %+v, want 301 with the reason", peer.User, end)
		}
	}
	b.await(css("#progress").shows("every step has its outcome"))
	b.await(css("#targets").shows("Banned"))
	check(b, "job")
	b.open("/jobs")
	check(b, "jobs")
	b.open("/people/" + s.bob.BareJID())
	b.await(css("main").shows("raid"))
	check(b, "person")
	b.open("/people/" + s.alice.BareJID())
	b.click(button("By a plan, in any number of rooms"))
	check(b, "person in a room")
	b.open("/people?q=alice")
	b.await(css("#people").shows("Alice"))
	check(b, "people")
	b.open("/standing")
	b.click(css("#standing summary"))
	check(b, "standing")
	b.open("/exempt")
	check(b, "nobody exempt")
	b.click(button("Exempt accounts"))
	b.fill(css("#account"), "*@staff.example.org")
	b.fill(field("Why"), "they work here")
	check(b, "exempting")
	b.click(button("Exempt"))
	b.await(css("#exempt").shows("they work here"))
	check(b, "exempt list")
	b.open(escapedRoomPath(s.room) + "/bans")
	b.click(button("Ban an account"))
	check(b, "bans")

	b.open("/jobs")
	b.click(css("#jobs a"))
	b.click(button("Undo…"))
	b.await(css("h1").shows("Undo: 2 steps"))
	b.click(button("Undo: 2 steps"))
	b.await(css("#progress").shows("every step has its outcome"))
	for _, peer := range []*xmpptest.Peer{s.bob, s.carol} {
		peer.Join(t, s.room, peer.User)
	}

	// Bob is evicted, and banned when he comes back.
	b.open("/plans/new")
	b.fill(css("#where"), s.room)
	b.fill(css("#nicks"), "bo?")
	b.click(css("#way-evict"))
	b.click(button("Show who that is"))
	b.await(css("main").shows("between the last look and the closing"))
	check(b, "plan that evicts")
	b.click(button("Kick 1 person"))
	s.bob.WaitGone(t, s.room)
	b.await(css("#job-actions").is("[data-ended]")) // after that the page stays
	check(b, "job that evicted")
	b.await(css("#job-actions [name=by]").do("e => { e.value = 'ban'; return true }"))
	b.click(button("Keep them out"))
	b.await(css(".flash").shows("banned for the rest of that time"))
	comeBack := "<presence to='" + s.room + "/Robert'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
	s.bob.Send(t, comeBack)
	until(t, "Bob to be banned", func() (bool, error) {
		b.open("/standing")
		return eval[bool](b, css("#bars").shows("came back 1 time, banned 1 time")), nil
	})
	check(b, "kept out")
	if _, refused := s.bob.TryJoin(t, s.room, "Bob"); refused == nil {
		t.Error("Bob is in again")
	}
}

// From the selection to the end of its job, everything can be done by the keyboard.
func TestPlanByKeyboard(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.signIn(t, desktop, "/plans/new")
		b.tabTo(css("#where"))
		b.write(s.room)
		b.tabTo(css("#nicks"))
		b.write("bo?")
		b.tabTo(css("#action"))
		b.press("k")
		b.tabTo(field("Reason"))
		b.write("typed")
		b.tabTo(css("#way-each"))
		b.tabTo(button("Show who that is"))
		b.press(kb.Enter)
		b.await(css("h1").shows("Kick 1 person"))
		b.await(css("main").shows("Bob"))
		b.tabTo(button("Kick 1 person"))
		b.press(kb.Enter)
		checkKicked(t, s.bob, s.room, "typed")
		b.await(css("#job-actions").is("[data-ended]")) // after that the page stays
		b.tabTo(css("#job-actions [name=for]"))
		b.tabTo(button("Keep them out"))
		b.press(kb.Enter)
		b.await(css(".flash").shows("Kept out: 1 person of a room"))
		if !s.carol.Ping(t, s.room) {
			t.Error("somebody else is out")
		}
	})
}

// A job's page shows its end, and what can be done then, without being loaded anew: the
// focus stays, or goes to what says how far the job is.
func TestJobEndsUnderOnesEyes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		focus element
		want  element
	}{
		{"where the focus can stay", link("CSV"), link("CSV")},
		{"on what goes", button("Stop"), css("#progress")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, xmpptest.Start(t, xmpptest.Mucserver))
			b := s.signIn(t, desktop, "/plans/new")
			b.fill(css("#where"), s.room)
			b.fill(css("#nicks"), "bo?")
			b.await(css("#action").do("e => { e.value = 'kick'; return true }"))
			b.click(button("Show who that is"))
			b.await(css("h1").shows("Kick 1 person"))
			s.chat.Pause(t)
			b.click(button("Kick 1 person"))
			b.await(css("#progress progress").do("e => true"))
			b.await(css("#targets").shows("Bob"))
			b.focus(tt.focus)
			b.mark()
			s.chat.Resume(t)
			checkKicked(t, s.bob, s.room, "")
			b.await(css("#job-actions").is("[data-ended]"))
			b.await(css("#targets").shows("Kicked"))
			b.await(string(button("Undo…")))
			b.checkMark()
			b.await(tt.want.do("e => e === document.activeElement"))
		})
	}
}
