package faulttest

import (
	"slices"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

const (
	// shortRun is how long the long run lasts unless MUCKICK_LONG says otherwise.
	shortRun = 15 * time.Second

	// reportEvery is how often a long run says what muckick holds.
	reportEvery = time.Minute
)

// Kicks and open pages while one fault follows the other: every answer is
// true, and what muckick holds does not grow.
func TestLongRun(t *testing.T) {
	duration, _ := long(t)
	if duration == 0 {
		t.Logf("SHORT: only %v; %s=30m runs for half an hour", shortRun, longEnv)
		duration = shortRun
	}
	for _, server := range []string{xmpptest.Prosody, xmpptest.Ejabberd} {
		t.Run(server, func(t *testing.T) { runLong(t, server, duration/2) })
	}
}

// mixed allows what any of the faults of a long run does.
var mixed = fault{name: "mixed", quickPing: true, offline: true}

// passing are the faults that leave the rig as it was.
func passing() []fault {
	return slices.DeleteFunc(faults(), func(f fault) bool {
		return f.plain || f.tls || f.destroys || f.lingers > 0
	})
}

func runLong(t *testing.T, server string, duration time.Duration) {
	r := newRig(t, xmpptest.Start(t, server), mixed)
	r.site.addOperator(t)
	open := r.openPages(t)
	from := &kicker{site: r.site}
	nothing := fault{name: "nothing", inject: func(testing.TB, *rig) {}, end: func(testing.TB, *rig) {}}
	r.cycle(t, from, open, nothing)
	before := r.settled(t)
	t.Logf("at first: %v", before)

	start, reported := time.Now(), time.Now()
	kicks, cycles := 0, 0
	for all := passing(); time.Since(start) < duration && !t.Failed(); cycles++ {
		kicks += r.cycle(t, from, open, all[cycles%len(all)])
		if time.Since(reported) >= reportEvery {
			reported = time.Now()
			t.Logf("after %v, %d faults, %d kicks: %v", time.Since(start).Round(time.Second), cycles+1, kicks, r.settled(t))
		}
	}
	after := r.verifyFootprint(t, before)
	t.Logf("after %v, %d faults, %d kicks, %d events on pages: %v",
		time.Since(start).Round(time.Second), cycles, kicks, open.events.Load(), after)
}

// cycle lets one fault happen amid kicks and open pages, checks all answers,
// forgets them, and returns how many there were.
func (r *rig) cycle(t *testing.T, from *kicker, open *pages, f fault) int {
	t.Helper()
	begun, heard := time.Now(), open.events.Load()
	steady := r.startLoad(t, from)
	pause(t.Context(), calm)
	f.inject(t, r)
	pause(t.Context(), f.hold)
	f.end(t, r)
	recovered := r.recover(t, from, time.Now())
	if recovered > recoveryLimit {
		t.Errorf("%s: recovered after %v, want at most %v", f.name, recovered, recoveryLimit)
	}
	steady.end()
	eventually(t, "an event on a page", func() bool { return open.events.Load() > heard })
	kicks := from.take()
	r.verify(t, mixed, kicks, begun)
	for _, s := range append(r.seats, r.probe) {
		s.forget()
	}
	return len(kicks)
}
