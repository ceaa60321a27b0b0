package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

func jobRoom(t testing.TB, address string) xmpp.RoomJID {
	t.Helper()
	room, err := xmpp.ParseRoom(address)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// somePlan kicks so many people, leaves one alone, and has hostile text in it.
func somePlan(t testing.TB, people int) moderation.Plan {
	t.Helper()
	p := moderation.Plan{
		By: store.Actor{Kind: store.ByOperator, Name: "nurse", ID: "1"}, Made: start, Expires: start.Add(10 * time.Minute),
		Kind: xmpp.ActionKick, Reason: "Time for bed\n\"now\" <b> \u2028", Hash: "abc", Expect: people,
		Until:  start.Add(time.Hour),
		Unseen: []moderation.UnseenRoom{{Room: jobRoom(t, "hidden@chat.example.org"), Problem: `no\x00`}},
	}
	for n := range people + 1 {
		target := moderation.PlannedTarget{
			Action: xmpp.Action{
				Kind: xmpp.ActionKick, Room: jobRoom(t, fmt.Sprintf("room%d@chat.example.org", n%3)), Reason: p.Reason,
				Target: xmpp.Target{Nick: fmt.Sprintf("Bob \\x00 🙂 %d", n), RealJID: "bob@example.org/x", OccupantID: "o", Since: start.Add(time.Nanosecond)},
			},
			Role: xmpp.RoleParticipant, Affiliation: xmpp.AffiliationNone, Verdict: moderation.WillDo,
		}
		if n == 1 {
			target.Verdict, target.Protection, target.Note = moderation.Protected, moderation.ProtectedExempt, "my sister"
		}
		if n == 2 {
			stayer := moderation.Stayer{Account: "rosa@example.org", Nick: "Rosa \\x00 \u2028", Role: xmpp.RoleVisitor}
			target.People = []moderation.Bystander{
				{Stayer: stayer, Fate: moderation.Stays, Protection: moderation.ProtectedExempt},
				{Stayer: moderation.Stayer{Nick: "bot"}, Fate: moderation.Goes},
			}
		}
		p.Targets = append(p.Targets, target)
	}
	return p
}

func someJob(plan moderation.Plan) moderation.Job {
	return moderation.Job{
		Plan: plan.ID, By: plan.By, Address: "192.0.2.7", Kind: plan.Kind, Reason: plan.Reason, Until: plan.Until,
		State: moderation.JobWaiting, Created: start,
	}
}

// addJob makes a plan and a job of it.
func addJob(t testing.TB, s *store.Store, people int) moderation.JobID {
	t.Helper()
	plan := somePlan(t, people)
	plan.ID = must[moderation.PlanID](t)(s.AddPlan(t.Context(), plan))
	return must[moderation.JobID](t)(s.AddJob(t.Context(), plan, someJob(plan)))
}

func TestPlanIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, Now: newClock().Now})
		want := somePlan(t, 5)
		want.ID = must[moderation.PlanID](t)(s.AddPlan(t.Context(), want))
		got := must[moderation.Plan](t)(s.Plan(t.Context(), want.ID))
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(xmpp.RoomJID{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := s.Plan(t.Context(), "nothing"); !errors.Is(err, moderation.ErrNoPlan) {
			t.Errorf("unknown id: got %v, want ErrNoPlan", err)
		}
	})
}

// A plan becomes one job, whose targets are claimed, settled and read.
func TestJob(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		clock := newClock()
		s := open(t, store.Options{URL: url, Now: clock.Now})
		const people = 1203 // more than two statements take
		plan := somePlan(t, people)
		plan.ID = must[moderation.PlanID](t)(s.AddPlan(t.Context(), plan))
		id := must[moderation.JobID](t)(s.AddJob(t.Context(), plan, someJob(plan)))
		var used *moderation.PlanUsedError
		if _, err := s.AddJob(t.Context(), plan, someJob(plan)); !errors.As(err, &used) || used.Job != id {
			t.Errorf("the plan again: got %v, want that it is %s", err, id)
		}
		if got := must[moderation.Plan](t)(s.Plan(t.Context(), plan.ID)); got.Job != id {
			t.Errorf("the plan says it is job %q, want %q", got.Job, id)
		}
		job, claimed, err := s.ClaimJob(t.Context())
		if err != nil || !claimed || job.ID != id || job.State != moderation.JobRunning || job.Total != people {
			t.Fatalf("claim: got %+v, %v, error %v", job, claimed, err)
		}
		if _, again, err := s.ClaimJob(t.Context()); again || err != nil {
			t.Errorf("claimed twice: %v, error %v", again, err)
		}

		targets := must[[]moderation.JobTarget](t)(s.Unsettled(t.Context(), id))
		if len(targets) != people {
			t.Fatalf("%d targets, want %d", len(targets), people)
		}
		want := moderation.JobTarget{N: 1, Action: plan.Targets[2].Action, Keep: plan.Targets[2].Keep(), Outcome: xmpp.Pending}
		if diff := cmp.Diff(want, targets[1], cmpopts.EquateComparable(xmpp.RoomJID{})); diff != "" {
			t.Errorf("target (-want +got):\n%s", diff)
		}
		for i := range targets {
			targets[i].Outcome, targets[i].At = xmpp.Done, start
			if i%3 == 0 {
				targets[i].Outcome, targets[i].Detail = xmpp.Refused, "not\x00 allowed"
			}
		}
		if err := s.Settle(t.Context(), id, targets[:10]); err != nil {
			t.Fatal(err)
		}
		if err := s.Settle(t.Context(), id, targets[10:]); err != nil {
			t.Fatal(err)
		}
		// What has an outcome keeps it.
		late := targets[0]
		late.Outcome = xmpp.Unknown
		if err := s.Settle(t.Context(), id, []moderation.JobTarget{late}); err != nil {
			t.Fatal(err)
		}
		if left := must[[]moderation.JobTarget](t)(s.Unsettled(t.Context(), id)); len(left) != 0 {
			t.Errorf("%d are left, want none", len(left))
		}
		got := must[moderation.Job](t)(s.Job(t.Context(), id))
		if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Refused: 401, xmpp.Done: 802}, got.Outcomes); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if len(got.Rooms) != 3 {
			t.Errorf("got %d rooms, want 3", len(got.Rooms))
		}
		page := must[[]moderation.JobTarget](t)(s.JobTargets(t.Context(), id, moderation.TargetFilter{BySettled: true, Settled: 1200}, 100))
		if len(page) != 3 || page[0].Settled != 1201 || page[2].N != 1202 {
			t.Errorf("settled after 1200: got %+v", page)
		}
		page = must[[]moderation.JobTarget](t)(s.JobTargets(t.Context(), id, moderation.TargetFilter{Outcome: xmpp.Refused, After: 4}, 1))
		if len(page) != 1 || page[0].N != 6 || page[0].Detail != `not\x00 allowed` {
			t.Errorf("refused from 4 on: got %+v", page)
		}
		for _, tt := range []struct {
			within        []moderation.Scope
			targets, jobs int
		}{
			{nil, 10, 1},
			{[]moderation.Scope{}, 0, 0},
			{[]moderation.Scope{moderation.InRoom(jobRoom(t, "room2@chat.example.org"))}, 10, 1},
			{[]moderation.Scope{moderation.InRoom(jobRoom(t, "room3@chat.example.org")), moderation.InService("chat.example.org")}, 10, 1},
			{[]moderation.Scope{moderation.InRoom(jobRoom(t, "room3@chat.example.org"))}, 0, 0},
			{[]moderation.Scope{moderation.Everywhere}, 10, 1},
		} {
			targets := must[[]moderation.JobTarget](t)(s.JobTargets(t.Context(), id, moderation.TargetFilter{Within: tt.within}, 10))
			jobs := must[[]moderation.Job](t)(s.Jobs(t.Context(), moderation.JobFilter{Within: tt.within}, 10))
			if len(targets) != tt.targets || len(jobs) != tt.jobs {
				t.Errorf("within %v: got %d targets of %d jobs, want %d of %d", tt.within, len(targets), len(jobs), tt.targets, tt.jobs)
			}
		}

		clock.advance(time.Minute)
		if err := s.EndJob(t.Context(), id, moderation.JobDone, "somebody else"); err != nil {
			t.Fatal(err)
		}
		if err := s.StopJob(t.Context(), id, plan.By); err != nil {
			t.Fatal(err)
		}
		got = must[moderation.Job](t)(s.Job(t.Context(), id))
		if got.State != moderation.JobDone || got.Note != "somebody else" || got.Ended.Sub(got.Began) != time.Minute {
			t.Errorf("got %s (%q), %s to %s, want it done in a minute, with the note", got.State, got.Note, got.Began, got.Ended)
		}
		if _, err := s.Job(t.Context(), "nothing"); !errors.Is(err, moderation.ErrNoJob) {
			t.Errorf("unknown id: got %v, want ErrNoJob", err)
		}
	})
}

// A step is on record once at most, and who goes on with a job learns of it.
func TestStepOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, Now: newClock().Now})
		id := addJob(t, s, 3)
		step := func(n int) (store.AttemptID, error) {
			i := intent()
			i.Job, i.Step = id, n
			return s.Intend(t.Context(), i)
		}
		done, pending := must[store.AttemptID](t)(step(1)), must[store.AttemptID](t)(step(3))
		if err := s.Conclude(t.Context(), done, store.Conclusion{Outcome: xmpp.Done}); err != nil {
			t.Fatal(err)
		}
		if _, err := step(3); !errors.Is(err, moderation.ErrStepTaken) || !errors.Is(err, store.ErrNotStored) {
			t.Errorf("the step again: got %v, want ErrStepTaken", err)
		}
		var got []string
		for _, target := range must[[]moderation.JobTarget](t)(s.Unsettled(t.Context(), id)) {
			got = append(got, fmt.Sprintf("%d %v %s", target.N, target.Attempted, target.Attempt))
		}
		if diff := cmp.Diff([]string{"0 true done", "1 false ", "2 true pending"}, got); diff != "" {
			t.Errorf("targets (-want +got):\n%s", diff)
		}
		if attempt := must[store.Attempt](t)(s.Attempt(t.Context(), pending)); attempt.Job != id || attempt.Step != 3 {
			t.Errorf("got %+v, want step 3 of the job", attempt.Intent)
		}
	})
}

// Of replicas one works on a job. Another one gets it when it was given up, or when
// the lease ended.
func TestJobIsClaimedOnce(t *testing.T) {
	url := storetest.Postgres(t)
	clock := newClock() // of which the plans are not old
	a, b := open(t, store.Options{URL: url, Now: clock.Now}), open(t, store.Options{URL: url, Now: clock.Now})
	first, second := addJob(t, a, 2), addJob(t, a, 2)
	first, second = min(first, second), max(first, second) // of the same moment, in either order
	claim := func(s *store.Store, want moderation.JobID) {
		t.Helper()
		job, claimed, err := s.ClaimJob(t.Context())
		if err != nil || claimed != (want != "") || job.ID != want {
			t.Errorf("claim: got %q, %v, error %v, want %q", job.ID, claimed, err, want)
		}
	}
	holds := func(s *store.Store, id moderation.JobID, want bool) {
		t.Helper()
		if _, held, err := s.HoldJob(t.Context(), id); err != nil || held != want {
			t.Errorf("holds %s: %v, error %v, want %v", id, held, err, want)
		}
	}
	claim(a, first)
	claim(b, second)
	claim(a, "")
	holds(a, first, true)
	holds(b, first, false)
	if err := b.ReleaseJob(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	claim(a, second)
	tamper(t, a, `UPDATE replicas SET expires = 1 WHERE id = (SELECT replica FROM jobs LIMIT 1)`)
	claim(b, "") // nobody has taken the lease away
	if err := b.Heartbeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	claim(b, first)
	holds(a, first, false)
	holds(b, first, true)
	if err := a.EndJob(t.Context(), first, moderation.JobDone, "somebody else"); err != nil {
		t.Fatal(err)
	}
	if job := must[moderation.Job](t)(b.Job(t.Context(), first)); job.State != moderation.JobRunning {
		t.Errorf("who lost the claim ended the job: %s", job.State)
	}
}

func TestExemptions(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		account, err := moderation.ParseAccountGlob("*@staff.example.org")
		if err != nil {
			t.Fatal(err)
		}
		want := moderation.Exemption{
			Account: account, Scope: moderation.InService("chat.example.org"), Why: "they work here",
			By: store.Actor{Kind: store.ByOperator, Name: "nurse", ID: "1"},
		}
		want = must[moderation.Exemption](t)(s.AddExemption(t.Context(), want))
		got := must[[]moderation.Exemption](t)(s.Exemptions(t.Context()))
		if diff := cmp.Diff([]moderation.Exemption{want}, got, cmpopts.EquateComparable(moderation.Scope{}),
			cmp.Comparer(func(a, b moderation.Glob) bool { return a.String() == b.String() })); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err := s.RemoveExemption(t.Context(), want.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveExemption(t.Context(), want.ID); !errors.Is(err, moderation.ErrNoExemption) {
			t.Errorf("removed twice: got %v, want ErrNoExemption", err)
		}
		for kind, detail := range map[store.EventKind]string{store.ExemptionAdded: "chat.example.org: they work here", store.ExemptionRemoved: "chat.example.org"} {
			events, _, err := s.Events(t.Context(), store.EventFilter{Kind: kind}, store.Page{})
			if err != nil || len(events) != 1 || events[0].Subject != "*@staff.example.org" || events[0].SubjectID != want.ID || events[0].Detail != detail {
				t.Errorf("%s: got %+v, error %v, want one with %q", kind, events, err, detail)
			}
		}
	})
}

// Who was removed, disabled or revoked may do nothing.
func TestPrincipalOf(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		addOperator(t, s, "administrator")
		nurse := addOperator(t, s, "nurse")
		_, token := addToken(t, s, "ci")
		may := func(actor store.Actor) bool {
			t.Helper()
			p := must[moderation.Principal](t)(s.PrincipalOf(t.Context(), actor))
			if p.Actor != actor {
				t.Errorf("got %+v, want %+v", p.Actor, actor)
			}
			return p.Grants.MayEverywhere(moderation.Kick)
		}
		if !may(nurse.Actor()) || !may(token.Actor()) {
			t.Error("somebody lacks what was granted to them")
		}
		if err := s.SetDisabled(t.Context(), "nurse", true); err != nil {
			t.Fatal(err)
		}
		if err := s.RevokeToken(t.Context(), "ci"); err != nil {
			t.Fatal(err)
		}
		if may(nurse.Actor()) || may(token.Actor()) || may(store.Actor{Kind: store.ByOperator, ID: "nobody"}) || may(store.Actor{}) {
			t.Error("somebody may what was taken away")
		}
	})
}

// Jobs that ended go with the audit trail, with all that belongs to them, and plans
// that nobody used soon.
func TestPurgeJobs(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		clock := newClock()
		s := open(t, store.Options{URL: url, Now: clock.Now, KeepAudit: 48 * time.Hour})
		ended := addJob(t, s, 1203)
		if _, _, err := s.ClaimJob(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.EndJob(t.Context(), ended, moderation.JobStopped, "somebody else"); err != nil {
			t.Fatal(err)
		}
		waiting := addJob(t, s, 2)
		must[moderation.PlanID](t)(s.AddPlan(t.Context(), somePlan(t, 2)))
		rows := func() (counts [3]int) {
			for i, table := range []string{"plans", "jobs", "job_targets"} {
				counts[i] = int(s.Rows(t, table))
			}
			return counts
		}
		for _, tt := range []struct {
			after time.Duration
			want  [3]int
		}{{0, [3]int{3, 2, 1205}}, {2 * time.Hour, [3]int{2, 2, 1205}}, {48 * time.Hour, [3]int{1, 1, 2}}} {
			clock.advance(tt.after)
			if err := s.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := rows(); got != tt.want {
				t.Errorf("plans, jobs and targets %s later: got %v, want %v", tt.after, got, tt.want)
			}
		}
		must[moderation.Job](t)(s.Job(t.Context(), waiting))
	})
}

// BenchmarkAddJob keeps a plan of 4,000 targets and makes a job of it.
func BenchmarkAddJob(b *testing.B) {
	for _, kind := range []string{"sqlite", "postgres"} {
		b.Run(kind, func(b *testing.B) {
			url := storetest.SQLite(b)
			if kind == "postgres" {
				url = storetest.Postgres(b)
			}
			s := open(b, store.Options{URL: url, Now: newClock().Now})
			for b.Loop() {
				addJob(b, s, 4000)
			}
		})
	}
}
