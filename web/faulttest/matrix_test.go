package faulttest

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

const (
	// calm is how long kicks are sent before a fault, and after it.
	calm = 300 * time.Millisecond

	// longHold is how long a connection stays lost when time does not matter:
	// by then muckick waits longest between two attempts.
	longHold = 5 * time.Second
)

// recoveryLimit is when a kick has to work again after the cause has ended. It takes
// 2 s at most where the machine has nothing else to do; how long it took is logged.
const recoveryLimit = 10 * time.Second

// Every fault on every server: no false success, no lost audit row, no stuck
// request, recovery soon, and nothing left over.
func TestFaults(t *testing.T) {
	_, everything := long(t)
	if !everything {
		t.Logf("NOT RUN: each fault of the line on one of the real servers, and long faults; %s=1 runs them", longEnv)
	}
	for _, name := range xmpptest.Releases() {
		t.Run(name, func(t *testing.T) {
			server := xmpptest.Start(t, name)
			for _, f := range chosen(name, everything) {
				if everything && f.offline && f.hold > 0 && f.lingers == 0 {
					f.hold = max(f.hold, longHold)
				}
				t.Run(f.name, func(t *testing.T) { suffer(t, server, f) })
			}
		})
	}
}

// suffer lets one fault happen in the middle of a steady load.
func suffer(t *testing.T, server *xmpptest.Server, f fault) {
	r, start := newRig(t, server, f), time.Now()
	from := &kicker{site: r.site}
	r.runLoad(t, from, calm)
	verifyCalm(t, from.all())
	before := r.settled(t)
	before.files["socket"] += f.lingers

	steady := r.startLoad(t, from)
	eventually(t, "a kick under load", func() bool { return r.site.chat.Load().Waiting > 0 })
	begun := time.Now()
	f.inject(t, r)
	pause(t.Context(), f.hold)
	f.awaitShown(t, begun, from)
	f.end(t, r)
	ended := time.Now()
	recovered := r.recover(t, from, ended)
	steady.end()
	back := time.Now()
	r.runLoad(t, from, calm)
	verifyCalm(t, sentAfter(from.all(), back))

	after := r.verifyFootprint(t, before)
	r.verify(t, f, from.all(), start)
	if recovered > recoveryLimit {
		t.Errorf("recovered %v after the cause had ended, want at most %v", recovered, recoveryLimit)
	}
	t.Logf("%d kicks, answers from the fault on %v; it lasted %v, recovered %v after its end; before: %v; after: %v",
		len(from.all()), statuses(sentAfter(from.all(), begun)), ended.Sub(begun).Round(time.Millisecond), recovered.Round(time.Millisecond), before, after)
}

// recover waits until a kick of a present occupant works, and returns how long
// that took since both the cause had ended and the occupant was back.
func (r *rig) recover(t testing.TB, from *kicker, ended time.Time) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		if !r.probe.await(ctx) {
			t.Fatalf("the occupant did not come back: %v", r.probe.fault)
		}
		if here := time.Now(); r.probe.firstVisitAfter(ended) && here.After(ended) {
			ended = here
		}
		if k := from.kickSeat(r.probe); k.status == http.StatusOK {
			r.awaitSeats(t)
			return k.answered.Sub(ended)
		}
		if !pause(ctx, pollEvery) {
			t.Fatalf("no kick worked within %v; last: %v", patience, from.all()[len(from.all())-1])
		}
	}
}

// verifyCalm checks that without a fault every kick worked.
func verifyCalm(t testing.TB, kicks []kick) {
	t.Helper()
	if len(kicks) == 0 {
		t.Error("no kicks were sent")
	}
	for _, k := range kicks {
		if k.status != http.StatusOK && k.text != absentAnswer {
			t.Errorf("without a fault: %v", k)
		}
	}
}

// awaitShown lets the fault last until it made a difference, since how soon it
// does depends on the machine.
func (f fault) awaitShown(t testing.TB, begun time.Time, from *kicker) {
	t.Helper()
	if f.shows == nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		// A kick that waited when the fault began may be the one that suffers.
		kicks := sentAfter(from.all(), begun.Add(-kickTimeout))
		if slices.ContainsFunc(kicks, f.shows) {
			return
		}
		if !pause(ctx, pollEvery) {
			longest := slices.MaxFunc(kicks, func(a, b kick) int { return cmp.Compare(a.took(), b.took()) })
			t.Errorf("the fault had no effect within %v: got answers %v, the longest after %v", patience, statuses(kicks), longest.took())
			return
		}
	}
}

func sentAfter(kicks []kick, start time.Time) []kick {
	return slices.DeleteFunc(kicks, func(k kick) bool { return k.sent.Before(start) })
}

// statuses counts answers.
func statuses(kicks []kick) map[int]int {
	counts := make(map[int]int)
	for _, k := range kicks {
		counts[k.status]++
	}
	return counts
}
