package raidtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A wave is banned, and the bans are taken back: everybody has the affiliation that
// they had before.
func TestUndo(t *testing.T) {
	eachServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		s := newScene(t, server, 2, 5)
		r := newReplica(t, db, chatOptions(server))
		by := operator(t, db, "nurse", moderation.Everything())
		r.work(t)
		banned := r.start(t, by, r.plan(t, by, moderation.Wish{
			Kind: xmpp.ActionBan, Reason: "Raid", Selection: moderation.Selection{
				Where: scopes(t, s.rooms), Members: true, Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
			},
		}))
		job := r.awaitEnd(t, by, banned)
		if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: 12}, job.Outcomes); diff != "" {
			t.Fatalf("bans (-want +got):\n%s", diff)
		}
		outcasts := func(room string) int {
			t.Helper()
			list, err := r.chat.Affiliations(t.Context(), parse(t, room), xmpp.AffiliationOutcast)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		for _, room := range s.rooms {
			if got := outcasts(room); got != 6 {
				t.Errorf("%d outcasts in %s, want 6", got, room)
			}
		}
		// One was lifted by hand meanwhile, by the same desk as everybody uses.
		effects, err := db.Effects(t.Context(), moderation.EffectFilter{Job: banned}, 100)
		if err != nil || len(effects) != 12 {
			t.Fatalf("%d effects, error %v, want 12", len(effects), err)
		}
		if _, err := r.desk.Lift(t.Context(), r.desk.Lifting(by, "", effects[0]), effects[0]); err != nil {
			t.Fatal(err)
		}

		plan, err := r.planner.Undo(t.Context(), by, banned)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := []int{plan.WillDo(), plan.AlreadySo()}, []int{11, 1}; !cmp.Equal(got, want) {
			t.Errorf("will do, already so: got %d, want %d", got, want)
		}
		undone := r.awaitEnd(t, by, r.start(t, by, plan))
		if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: 11}, undone.Outcomes); diff != "" {
			t.Errorf("unbans (-want +got):\n%s", diff)
		}
		if undone.Purpose != moderation.ToUndo || undone.Of != banned {
			t.Errorf("got %q of %s, want that it undoes %s", undone.Purpose, undone.Of, banned)
		}
		for _, room := range s.rooms {
			if got := outcasts(room); got != 0 {
				t.Errorf("%d outcasts in %s, want none", got, room)
			}
			affiliation, err := r.chat.Affiliation(t.Context(), parse(t, room), s.member.BareJID())
			if err != nil || affiliation != xmpp.AffiliationMember {
				t.Errorf("who was a member of %s is %q, error %v", room, affiliation, err)
			}
			for _, bot := range s.bots {
				bot.WaitGone(t, room)
				bot.Join(t, room, bot.User)
			}
		}
		again, err := r.planner.Undo(t.Context(), by, banned)
		if err != nil || again.WillDo() != 0 || again.AlreadySo() != 12 {
			t.Errorf("undone again: %d to do, %d already so, error %v", again.WillDo(), again.AlreadySo(), err)
		}
	})
}

// What was cancelled is tried again by another plan, and a kick cannot be undone.
func TestRetry(t *testing.T) {
	eachServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		s := newScene(t, server, 2, 10)
		r := newReplica(t, db, chatOptions(server))
		operator(t, db, "administrator", moderation.Everything())
		by, stranger := operator(t, db, "nurse", moderator(t, s.rooms...)), operator(t, db, "doctor", moderation.Grants{})
		id := r.start(t, by, r.plan(t, by, moderation.Wish{Kind: xmpp.ActionKick, Reason: "Raid", Selection: moderation.Selection{
			Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
		}}))
		if err := r.jobs.Stop(t.Context(), by, id); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if job := r.awaitEnd(t, by, id); job.Outcomes[xmpp.Cancelled] != 20 || job.State != moderation.JobStopped {
			t.Errorf("stopped before it began: got %s, %v", job.State, job.Outcomes)
		}
		s.bots[0].Leave(t, s.rooms[0])
		r.awaitNick(t, s.rooms[0], s.bots[0].User, "")

		if _, err := r.planner.Retry(t.Context(), stranger, id); err != moderation.ErrNoJob {
			t.Errorf("who may see nothing: got %v, want ErrNoJob", err)
		}
		plan, err := r.planner.Retry(t.Context(), by, id)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := []int{plan.WillDo(), plan.AlreadySo()}, []int{19, 1}; !cmp.Equal(got, want) {
			t.Errorf("will do, already so: got %d, want %d", got, want)
		}
		again := r.start(t, by, plan)
		if job := r.awaitEnd(t, by, again); job.Outcomes[xmpp.Done] != 19 || job.Reason != "Raid" {
			t.Errorf("tried again: got %v because of %q", job.Outcomes, job.Reason)
		}
		undo, err := r.planner.Undo(t.Context(), by, again)
		if err != nil || undo.WillDo() != 0 || len(undo.Targets) != 19 || undo.Targets[0].Verdict != moderation.CannotDo {
			t.Errorf("undo of kicks: %d targets, error %v", len(undo.Targets), err)
		}
	})
}
