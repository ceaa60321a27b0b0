package raidtest

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Many bots raid many rooms and come back when they are thrown out. A moderator
// locks the rooms, selects the wave, kicks and bans it, while something breaks.
// Every outcome is what the bots saw; who is protected or was there before is not
// hit; what is left is done by another plan; and when all is taken back, the rooms
// are as they were, and everybody can talk.
func TestWave(t *testing.T) {
	for _, tt := range breakages() {
		t.Run(tt.name, func(t *testing.T) {
			if !isLong() {
				t.Parallel() // much of the time is waiting
			}
			run := func(t *testing.T, server *xmpptest.Server) {
				w := newWave(t, server, tt.ownServer, tt.database(t))
				w.clear(t, tt)
			}
			if tt.ownServer {
				xmpptest.On(t, tt.servers(), run, append(tt.options, xmpptest.WithPlainKicker())...)
			} else {
				xmpptest.OnShared(t, tt.servers(), run)
			}
		})
	}
}

// clear is what a moderator does about the wave.
func (w *wave) clear(t *testing.T, tt breakage) {
	t.Helper()
	if tt.apart {
		w.startVictim(t, "")
	} else {
		w.r.work(t)
	}
	w.flood(t)
	locked := w.ends(t, "lock", w.by, w.r.plan(t, w.by, moderation.Wish{
		Kind: xmpp.ActionLock, Selection: moderation.Selection{Where: scopes(t, w.rooms)},
	}))
	w.come(t, newcomer)
	for _, kind := range tt.kinds {
		w.strike(t, tt, kind)
	}
	w.takeBack(t, locked)
	w.expectAsBefore(t)
}

// strike hits the wave by one kind of action, and what is left of it once more.
func (w *wave) strike(t *testing.T, tt breakage, kind xmpp.ActionKind) {
	t.Helper()
	w.bots.awaitInside(t)
	w.awaitSeen(t, w.bots, newcomer)
	began := time.Now()
	plan := w.r.plan(t, w.by, w.wish(t, kind, "Raid: "+string(kind)))
	t.Logf("%s: planned in %s", kind, time.Since(began))
	if got, want := []int{plan.WillDo(), plan.Protected()}, []int{len(w.bots) * len(w.rooms), 4 * len(w.roomsOf(member))}; !cmp.Equal(got, want) {
		t.Fatalf("%s: will do, protected: got %d, want %d", kind, got, want)
	}
	first := len(w.struck)
	mend := tt.strike(t, w, plan)
	jobs := w.struck[first:]
	for _, s := range jobs {
		job := w.r.awaitEnd(t, s.by, s.id)
		t.Logf("%s: %v in %s", job.Kind, job.Outcomes, job.Ended.Sub(job.Began))
		if job.Outcomes[xmpp.Pending] > 0 {
			t.Errorf("%s: %d have no outcome, and the job has ended", job.Kind, job.Outcomes[xmpp.Pending])
		}
	}
	w.compare(t)
	tt.expect(t, w, jobs)
	mend(t)
	w.awaitSettled(t)
	for _, s := range jobs {
		w.retry(t, s)
	}
	w.compare(t)
	w.expectCleared(t, kind)
}

// start makes a job of a plan that hits bots.
func (w *wave) start(t *testing.T, by moderation.Principal, plan moderation.Plan) moderation.JobID {
	t.Helper()
	id := w.r.start(t, by, plan)
	w.struck = append(w.struck, struck{id, by})
	return id
}

// retry does by another plan what a job left, if it left anything.
func (w *wave) retry(t *testing.T, s struck) {
	t.Helper()
	plan, err := w.r.planner.Retry(t.Context(), s.by, s.id)
	if err != nil {
		t.Fatal(err)
	}
	if plan.WillDo() == 0 {
		return
	}
	job := w.r.awaitEnd(t, s.by, w.start(t, s.by, plan))
	t.Logf("%s again: %d were left; %v in %s", job.Kind, plan.WillDo(), job.Outcomes, job.Ended.Sub(job.Began))
	for outcome := range job.Outcomes {
		if outcome != xmpp.Done && outcome != xmpp.Already && outcome != xmpp.Gone {
			t.Errorf("%s again: got %v", job.Kind, job.Outcomes)
		}
	}
}

// ends carries a plan out, and expects all of it to be done.
func (w *wave) ends(t *testing.T, what string, by moderation.Principal, plan moderation.Plan) moderation.JobID {
	t.Helper()
	id := w.r.start(t, by, plan)
	job := w.r.awaitEnd(t, by, id)
	t.Logf("%s: %v in %s", what, job.Outcomes, job.Ended.Sub(job.Began))
	if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: plan.WillDo()}, job.Outcomes); diff != "" {
		for _, target := range w.r.targets(t, by, id) {
			if target.Outcome != xmpp.Done {
				t.Logf("%s in %s: %s (%s)", target.Action.Target.Nick, target.Action.Room, target.Outcome, target.Detail)
			}
		}
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
	return id
}

// takeBack undoes all bans, and then the locks.
func (w *wave) takeBack(t *testing.T, locked moderation.JobID) {
	t.Helper()
	for _, s := range w.struck {
		plan, err := w.r.planner.Undo(t.Context(), s.by, s.id)
		if err != nil {
			t.Fatal(err)
		}
		job, err := w.r.jobs.Job(t.Context(), s.by, s.id)
		if err != nil {
			t.Fatal(err)
		}
		if job.Kind != xmpp.ActionBan || plan.WillDo() == 0 {
			continue // there is nothing to take back of a kick
		}
		undone := w.r.awaitEnd(t, s.by, w.r.start(t, s.by, plan))
		t.Logf("undo: %v in %s", undone.Outcomes, undone.Ended.Sub(undone.Began))
		for outcome := range undone.Outcomes {
			if outcome != xmpp.Done && outcome != xmpp.Already {
				t.Errorf("undo: got %v", undone.Outcomes)
			}
		}
	}
	plan, err := w.r.planner.Undo(t.Context(), w.by, locked)
	if err != nil {
		t.Fatal(err)
	}
	w.ends(t, "unlock", w.by, plan)
	w.awaitVoices(t)
}

// awaitVoices waits until everybody has their voice back: a step of a job has not
// time for thousands of people.
func (w *wave) awaitVoices(t *testing.T) {
	t.Helper()
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	var keeping sync.WaitGroup
	defer keeping.Wait()
	defer end()
	if w.victim == nil {
		keeping.Go(func() { w.r.desk.KeepEffects(ctx) })
	}
	began := time.Now()
	awaitWithin(t, w.r.patience, "no lock stands", func() bool {
		locks, err := w.db.Effects(t.Context(), moderation.EffectFilter{Action: xmpp.ActionLock}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return len(locks) == 0
	})
	t.Logf("the last voices: after %s more", time.Since(began))
}

// expectAsBefore expects the rooms to be as they were before the wave, and all
// people to be there and able to talk.
func (w *wave) expectAsBefore(t *testing.T) {
	t.Helper()
	for _, user := range append([]string{keeper}, w.people...) {
		peer := w.seats[user]
		for _, room := range w.roomsOf(user) {
			if !peer.Ping(t, room) || !peer.Joined(room) {
				t.Errorf("%s was thrown out of %s", user, room)
				continue
			}
			peer.Say(t, room, "Still here")
		}
	}
	after := w.states(t)
	for _, state := range after {
		maps.DeleteFunc(state.Roles, func(nick, _ string) bool { return nick == newcomer })
	}
	if diff := cmp.Diff(w.before, after); diff != "" {
		t.Errorf("the rooms afterwards (-before +after):\n%s", diff)
	}
	if last := w.bots[len(w.bots)-1]; w.isBanned(last) {
		last.comeAgain(t)
		crowd{last}.awaitInside(t)
	}
}
