package raidtest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Bots that joined several rooms are thrown out of all of them, and nobody else
// is: every outcome is what the bots saw.
func TestRaid(t *testing.T) {
	eachServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		const rooms, bots = 3, 10
		s := newScene(t, server, rooms, bots)
		r := newReplica(t, db, chatOptions(server))
		operator(t, db, "administrator", moderation.Everything())
		by := operator(t, db, "nurse", moderator(t, s.rooms...))
		r.work(t)

		plan := r.plan(t, by, moderation.Wish{
			Kind: xmpp.ActionKick, Reason: "Raid",
			Selection: moderation.Selection{
				Where:  append(scopes(t, s.rooms), moderation.InService(server.Service)),
				Traits: moderation.Traits{Nicks: nicks(t, "SPAM*")},
			},
		})
		if got, want := []int{plan.WillDo(), plan.Protected(), plan.Expect}, []int{rooms * bots, rooms, rooms * bots}; !cmp.Equal(got, want) {
			t.Errorf("will do, protected, expected: got %d, want %d; unseen %v", got, want, plan.Unseen)
		}
		var expect *moderation.ExpectError
		if _, err := r.jobs.Start(t.Context(), by, "", plan.ID, plan.Hash, 7); !errors.As(err, &expect) || expect.Want != rooms*bots {
			t.Errorf("with another number: got %v, want an ExpectError", err)
		}
		id := r.start(t, by, plan)
		job := r.awaitEnd(t, by, id)
		if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: rooms * bots}, job.Outcomes); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if job.State != moderation.JobDone || job.Began.IsZero() || job.Ended.IsZero() {
			t.Errorf("got %+v, want it done", job)
		}
		for _, room := range s.rooms {
			for _, bot := range s.bots {
				if end := bot.WaitGone(t, room); !end.Has(307) {
					t.Errorf("%s saw %+v, want a kick", bot.User, end)
				}
			}
			if !s.member.Ping(t, room) || !s.owner.Ping(t, room) {
				t.Errorf("somebody else was thrown out of %s", room)
			}
		}
		expectTrail(t, r, id, map[xmpp.Outcome]int{xmpp.Done: rooms * bots})
		var used *moderation.PlanUsedError
		if _, err := r.jobs.Start(t.Context(), by, "", plan.ID, plan.Hash, plan.Expect); !errors.As(err, &used) || used.Job != id {
			t.Errorf("the plan again: got %v, want that it is %s", err, id)
		}
	})
}

// expectTrail expects the audit trail to have so many outcomes of a job.
func expectTrail(t *testing.T, r *replica, id moderation.JobID, want map[xmpp.Outcome]int) {
	t.Helper()
	got := make(map[xmpp.Outcome]int)
	for attempt, err := range r.store.EachAttempt(t.Context(), store.Filter{Job: id}) {
		if err != nil {
			t.Fatal(err)
		}
		got[attempt.Outcome]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the audit trail (-want +got):\n%s", diff)
	}
}

// Of two moderators whose plans overlap, the second hits nobody twice.
func TestOverlap(t *testing.T) {
	eachServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		s := newScene(t, server, 2, 6)
		r := newReplica(t, db, chatOptions(server))
		operator(t, db, "administrator", moderation.Everything())
		first, second := operator(t, db, "nurse", moderator(t, s.rooms...)), operator(t, db, "doctor", moderator(t, s.rooms...))
		wish := moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
			Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
		}}
		one, two := r.plan(t, first, wish), r.plan(t, second, wish)
		a, b := r.start(t, first, one), r.start(t, second, two)
		r.work(t)
		done := r.awaitEnd(t, first, a).Outcomes[xmpp.Done] + r.awaitEnd(t, second, b).Outcomes[xmpp.Done]
		gone := r.awaitEnd(t, first, a).Outcomes[xmpp.Gone] + r.awaitEnd(t, second, b).Outcomes[xmpp.Gone]
		if done != 12 || gone != 12 {
			t.Errorf("got %d kicks and %d targets gone, want 12 and 12", done, gone)
		}
	})
}

// A job that is stopped sends nothing more, and says what it did not do.
func TestStop(t *testing.T) {
	eachServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		s := newScene(t, server, 2, 12)
		r := newReplica(t, db, chatOptions(server))
		by := operator(t, db, "nurse", moderation.Everything())
		plan := r.plan(t, by, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
			Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
		}})
		id := r.start(t, by, plan)
		r.gate.let(5)
		r.work(t)
		r.awaitSettled(t, by, id, 5)
		if err := r.jobs.Stop(t.Context(), by, id); err != nil {
			t.Fatal(err)
		}
		// What is under way is waited for; nothing else is begun.
		await(t, "the rest is cancelled", func() bool {
			job, err := r.jobs.Job(t.Context(), by, id)
			return err == nil && job.Outcomes[xmpp.Cancelled] > 0
		})
		close(r.gate.open)
		job := r.awaitEnd(t, by, id)
		if sum := job.Outcomes[xmpp.Done] + job.Outcomes[xmpp.Cancelled]; sum != 24 || job.Outcomes[xmpp.Cancelled] == 0 || job.State != moderation.JobStopped {
			t.Errorf("got %v, want kicks and cancelled ones, 24 in all", job.Outcomes)
		}
		kicked := 0
		for _, target := range r.targets(t, by, id) {
			for _, bot := range s.bots {
				if bot.User != target.Action.Target.Nick {
					continue
				}
				there := bot.Ping(t, target.Action.Room.String())
				if !there {
					kicked++
				}
				if there != (target.Outcome == xmpp.Cancelled) {
					t.Errorf("%s in %s: %s, and is there: %v", bot.User, target.Action.Room, target.Outcome, there)
				}
			}
		}
		t.Logf("%d of 24 were kicked before the stop", kicked)
	})
}

// What is granted counts at every step. One whose rights end in the middle of a job
// does no more where they ended.
func TestRightsEnd(t *testing.T) {
	eachServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		s := newScene(t, server, 2, 4)
		r := newReplica(t, db, chatOptions(server))
		operator(t, db, "administrator", moderation.Everything())
		by := operator(t, db, "nurse", moderator(t, s.rooms...))
		plan := r.plan(t, by, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
			Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
		}})
		id := r.start(t, by, plan)
		_, err := db.ChangeGrants(t.Context(), "nurse", func(g moderation.Grants) (moderation.Grants, error) {
			return g.Remove([]moderation.Capability{moderation.Kick}, moderation.InRoom(parse(t, s.rooms[0])))
		})
		if err != nil {
			t.Fatal(err)
		}
		r.work(t)
		job := r.awaitEnd(t, by, id)
		if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: 4, xmpp.NotSent: 4}, job.Outcomes); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		for _, bot := range s.bots {
			if !bot.Ping(t, s.rooms[0]) {
				t.Errorf("%s was thrown out by somebody who may not", bot.User)
			}
		}
	})
}

// A nick that changed hands between plan and step hits nobody.
func TestNickSwapped(t *testing.T) {
	eachServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		s := newScene(t, server, 1, 1)
		r := newReplica(t, db, chatOptions(server))
		by := operator(t, db, "nurse", moderation.Everything())
		plan := r.plan(t, by, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
			Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam0*")},
		}})
		s.bots[0].SetNick(t, s.rooms[0], "innocent")
		bystander := s.peers.Connect(t, "bystander", "pw")
		bystander.Join(t, s.rooms[0], "spam00")
		r.awaitNick(t, s.rooms[0], "spam00", bystander.BareJID())
		id := r.start(t, by, plan)
		r.work(t)
		job := r.awaitEnd(t, by, id)
		if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Gone: 1}, job.Outcomes); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if !bystander.Ping(t, s.rooms[0]) {
			t.Error("a bystander was thrown out")
		}
	})
}

// A plan holds for ten minutes, is for who made it, and does only what was shown.
func TestPlanRefused(t *testing.T) {
	server := xmpptest.Shared(t, xmpptest.Mucserver)
	s := newScene(t, server, 1, 2)
	db := openStore(t, store.Options{URL: "sqlite::memory:"})
	r := newReplica(t, db, chatOptions(server))
	administrator := operator(t, db, "administrator", moderation.Everything())
	by, other := operator(t, db, "nurse", moderator(t)), operator(t, db, "doctor", moderator(t))
	plan := r.plan(t, by, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
		Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
	}})
	late := moderation.NewJobs(moderation.JobsOptions{Store: db, Plans: db, Now: func() time.Time { return plan.Expires }})
	tests := []struct {
		name string
		jobs *moderation.Jobs
		by   moderation.Principal
		id   moderation.PlanID
		hash string
		want error
	}{
		{"another moderator", r.jobs, other, plan.ID, plan.Hash, moderation.ErrNoPlan},
		{"no such plan", r.jobs, by, "nothing", plan.Hash, moderation.ErrNoPlan},
		{"another hash", r.jobs, by, plan.ID, "abc", moderation.ErrPlanChanged},
		{"after ten minutes", late, by, plan.ID, plan.Hash, moderation.ErrPlanExpired},
		{"an administrator", r.jobs, administrator, plan.ID, plan.Hash, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.jobs.Start(t.Context(), tt.by, "", tt.id, tt.hash, plan.Expect); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
