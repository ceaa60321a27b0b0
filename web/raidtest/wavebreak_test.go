package raidtest

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A breakage is what goes wrong while a wave is cleared.
type breakage struct {
	name      string
	kinds     []xmpp.ActionKind // how the wave is hit, one after the other
	short     []string          // the servers, unless the long run was asked for
	ownServer bool              // on which muckick's account is no admin
	options   []xmpptest.Option // of that
	apart     bool              // other processes do the jobs
	postgres  bool

	// strike makes a plan a job, and breaks something. What it returns mends that
	// once the job has ended.
	strike func(t *testing.T, w *wave, plan moderation.Plan) (mend func(*testing.T))

	// expect looks at the outcomes of the jobs, beside what the bots saw.
	expect func(t *testing.T, w *wave, jobs []struck)
}

func breakages() []breakage {
	kick, ban := []xmpp.ActionKind{xmpp.ActionKick}, []xmpp.ActionKind{xmpp.ActionBan}
	both := slices.Concat(kick, ban)
	return []breakage{
		{name: "nothing", kinds: both, short: xmpptest.Releases()[1:], strike: breakNothing, expect: expectAllDone},
		{name: "server killed in kicks", kinds: kick, short: []string{xmpptest.Prosody13, xmpptest.Ejabberd24}, ownServer: true, strike: killServer, expect: expectBroken},
		{name: "server killed in bans", kinds: ban, short: []string{xmpptest.Prosody, xmpptest.Ejabberd}, ownServer: true, strike: killServer, expect: expectBroken},
		{name: "muckick killed in kicks", kinds: kick, short: []string{xmpptest.Prosody13}, apart: true, strike: killMuckick, expect: expectBroken},
		{name: "muckick killed in bans", kinds: ban, short: []string{xmpptest.Ejabberd}, apart: true, strike: killMuckick, expect: expectBroken},
		{name: "replica killed", kinds: ban, short: []string{xmpptest.Mucserver}, apart: true, postgres: true, strike: killReplica, expect: expectBroken},
		{name: "rights lost", kinds: both, short: []string{xmpptest.Prosody13, xmpptest.Ejabberd24}, ownServer: true, strike: takeRights, expect: expectRefused},
		{name: "second moderator", kinds: both, short: []string{xmpptest.Prosody13, xmpptest.Ejabberd24}, strike: bothModerators, expect: expectNoneTwice},
		{name: "rate limit", kinds: kick, short: []string{xmpptest.Prosody}, ownServer: true, options: []xmpptest.Option{xmpptest.WithRateLimit(10)},
			strike: breakNothing, expect: expectAllDone},
	}
}

// isLong reports whether waves of full size were asked for.
func isLong() bool { return os.Getenv(longEnv) != "" }

func (b breakage) servers() []string {
	switch {
	case !isLong():
		return b.short
	case len(b.options) > 0:
		return xmpptest.Releases()[1:] // real ones
	}
	return xmpptest.Releases()
}

func (b breakage) database(t testing.TB) store.Options {
	t.Helper()
	o := store.Options{NoAudit: b.apart, Create: true}
	if b.postgres {
		o.URL = storetest.Postgres(t)
	} else {
		o.URL = storetest.SQLite(t)
	}
	return o
}

func nothingToMend(*testing.T) {}

func breakNothing(t *testing.T, w *wave, plan moderation.Plan) func(*testing.T) {
	t.Helper()
	w.start(t, w.by, plan)
	return nothingToMend
}

// holdAtThird starts a job, and lets it do a third of the plan.
func (w *wave) holdAtThird(t *testing.T, plan moderation.Plan) {
	t.Helper()
	w.r.gate.let(w.third)
	id := w.start(t, w.by, plan)
	w.r.awaitSettled(t, w.by, id, w.third)
}

// killServer lets the chat server hang when a third is done and the bots have seen
// it, and kills it when the next steps are on their way.
func killServer(t *testing.T, w *wave, plan moderation.Plan) func(*testing.T) {
	t.Helper()
	w.holdAtThird(t, plan)
	w.compare(t)
	w.server.Settle(t)
	w.server.Pause(t)
	close(w.r.gate.open)
	await(t, "more is on its way", func() bool { return w.r.gate.under.Load() >= 4 })
	w.server.Kill(t)
	w.server.Start(t)
	w.comeBack(t)
	return nothingToMend
}

// killMuckick lets the process that does the job kill itself when a third is done,
// and others go on.
func killMuckick(t *testing.T, w *wave, plan moderation.Plan) func(*testing.T) {
	t.Helper()
	w.startVictim(t, string(plan.Kind)+" "+strconv.Itoa(w.third))
	dying := w.victim
	w.start(t, w.by, plan)
	if err := dying.Wait(); err == nil || dying.ProcessState.Exited() {
		t.Fatalf("the process was not killed: %v", err)
	}
	expireLeases(t, w.url)
	w.startVictim(t, "")
	return nothingToMend
}

// killReplica does the same while another replica stands by, which takes the job
// over.
func killReplica(t *testing.T, w *wave, plan moderation.Plan) func(*testing.T) {
	t.Helper()
	w.startVictim(t, string(plan.Kind)+" "+strconv.Itoa(w.third))
	dying := w.victim
	id := w.start(t, w.by, plan)
	await(t, "the job is under way", func() bool {
		job, err := w.r.jobs.Job(t.Context(), w.by, id)
		return err == nil && job.State == moderation.JobRunning
	})
	w.victim = victim(t, w.url, w.server, "")
	if err := dying.Wait(); err == nil || dying.ProcessState.Exited() {
		t.Fatalf("the process was not killed: %v", err)
	}
	expireLeases(t, w.url)
	openStore(t, store.Options{URL: w.url}) // which notices at once that a lease ran out
	return nothingToMend
}

// startVictim lets a process do the jobs from now on, instead of the former one.
func (w *wave) startVictim(t *testing.T, death string) {
	t.Helper()
	if w.victim != nil && w.victim.ProcessState == nil {
		if err := w.victim.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = w.victim.Wait() // killed, as it was meant to be
		expireLeases(t, w.url)
	}
	w.victim = victim(t, w.url, w.server, death)
}

// takeRights makes muckick's account nobody in half of the rooms when a third is
// done.
func takeRights(t *testing.T, w *wave, plan moderation.Plan) func(*testing.T) {
	t.Helper()
	w.holdAtThird(t, plan)
	affiliate := func(t *testing.T, affiliation string) {
		t.Helper()
		for _, room := range w.powerless() {
			w.owner.SetAffiliation(t, room, w.server.JID(w.server.Kicker.User), affiliation, "")
		}
	}
	affiliate(t, "none")
	close(w.r.gate.open)
	return func(t *testing.T) {
		t.Helper()
		affiliate(t, "owner")
	}
}

// powerless are the rooms in which muckick loses its rights.
func (w *wave) powerless() []string { return w.rooms[:len(w.rooms)/2] }

// bothModerators lets a second moderator confirm what is partly the same.
func bothModerators(t *testing.T, w *wave, plan moderation.Plan) func(*testing.T) {
	t.Helper()
	wish := w.wish(t, plan.Kind, "Raid, too: "+string(plan.Kind))
	wish.Selection.Where = wish.Selection.Where[1:]
	other := w.r.plan(t, w.other, wish)
	w.start(t, w.by, plan)
	w.start(t, w.other, other)
	return nothingToMend
}

// outcomes counts those of jobs.
func (w *wave) outcomes(t *testing.T, jobs []struck) map[xmpp.Outcome]int {
	t.Helper()
	counts := make(map[xmpp.Outcome]int)
	for _, s := range jobs {
		for _, target := range w.r.targets(t, w.administrator, s.id) {
			counts[target.Outcome]++
		}
	}
	return counts
}

func expectAllDone(t *testing.T, w *wave, jobs []struck) {
	t.Helper()
	if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: len(w.bots) * len(w.rooms)}, w.outcomes(t, jobs)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// expectBroken expects that a third was done before something broke, and that
// something was left by it.
func expectBroken(t *testing.T, w *wave, jobs []struck) {
	t.Helper()
	got := w.outcomes(t, jobs)
	if got[xmpp.Done] < w.third {
		t.Errorf("got %v, want %d done at least", got, w.third)
	}
	if got[xmpp.Unknown]+got[xmpp.NotSent] == 0 {
		t.Errorf("got %v, want some that are not known or were not sent", got)
	}
}

// expectRefused expects refusals, all of them where the rights were lost.
func expectRefused(t *testing.T, w *wave, jobs []struck) {
	t.Helper()
	refused := 0
	for _, s := range jobs {
		for _, target := range w.r.targets(t, w.administrator, s.id) {
			switch target.Outcome {
			case xmpp.Done:
				continue
			case xmpp.Refused:
				refused++
			default:
				t.Errorf("%s in %s: got %s (%s), want done or refused", target.Action.Target.Nick, target.Action.Room, target.Outcome, target.Detail)
			}
			if !slices.Contains(w.powerless(), target.Action.Room.String()) {
				t.Errorf("%s in %s: got %s (%s), where the rights were not lost", target.Action.Target.Nick, target.Action.Room, target.Outcome, target.Detail)
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// expectNoneTwice expects that whom both moderators meant was banned by one of them.
// Who was kicked comes back, so a kick by each is right.
func expectNoneTwice(t *testing.T, w *wave, jobs []struck) {
	t.Helper()
	got := w.outcomes(t, jobs)
	all, shared := len(w.bots)*len(w.rooms), len(w.bots)*(len(w.rooms)-1)
	if sum := got[xmpp.Done] + got[xmpp.Already] + got[xmpp.Gone]; sum != all+shared || got[xmpp.Done] < all {
		t.Errorf("got %v, want %d done at least, and the rest of %d already so or gone", got, all, all+shared)
	}
	for _, b := range w.bots {
		for _, room := range b.rooms {
			bans := 0
			for e, count := range b.sees(room).ends {
				if e.Status == xmpptest.StatusBanned {
					bans += count
				}
			}
			if bans > 1 {
				t.Errorf("%s was banned from %s %d times", b.user, room, bans)
			}
		}
	}
}
