package moderation

import (
	"slices"
	"sync"
	"time"
)

const (
	// maxWindow is how many steps of all jobs are under way at most, and minWindow how
	// many may be at least while no single actions come.
	maxWindow = 64
	minWindow = 2

	// patience is by how many times a step may exceed the quickest one before the
	// window shrinks, and calmDelay how long it may take at least.
	patience  = 2
	calmDelay = 300 * time.Millisecond

	// calm is after which time without single actions no more are expected.
	calm = 300 * time.Millisecond

	// overdue is after which time a step holds up no other.
	overdue = 50 * time.Millisecond
)

// A window bounds how many steps of all jobs are under way. While no single actions
// come, it finds the number that keeps the chat server busy with a short queue before
// it, as chat servers and the audit trail do more in the same time then: it grows
// while steps take as long as the quickest ones, and shrinks when they take longer, as
// TCP Vegas does with segments. The first single action waits for that queue. While
// they come, one step is under way at a time: a server that answers all that it has
// read at once makes each single action wait for all of them.
type window struct {
	mu    sync.Mutex
	size  float64
	steps []time.Time   // when each of those under way was let in, in order
	freed chan struct{} // closed when there may be room

	quickest time.Duration // step since there was none; zero if none has ended
	single   time.Time     // when a single action was seen last
	now      func() time.Time
}

func newWindow(now func() time.Time) *window {
	return &window{size: 2 * minWindow, now: now, freed: make(chan struct{})}
}

// enter lets a step in, and returns when, or a channel that is closed when there may
// be a place; another try is worth it after overdue, too. With single, a single action
// is under way.
func (w *window) enter(single bool) (began time.Time, freed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if single {
		w.size = min(w.size, 2*minWindow)
		w.single = now
	}
	if len(w.steps) >= int(w.size) || !w.isCalm(now) && w.isBusy(now) {
		return time.Time{}, w.freed
	}
	if len(w.steps) == 0 {
		w.quickest = 0 // what waits for nobody tells how quick steps are now
	}
	w.steps = append(w.steps, now)
	return now, nil
}

// leave says that a step which was let in then has ended, and whether it tells how
// long steps take.
func (w *window) leave(began time.Time, counts bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, full := w.now(), len(w.steps) >= int(w.size)
	at := slices.Index(w.steps, began)
	w.steps = slices.Delete(w.steps, at, at+1)
	if counts && w.isCalm(now) {
		w.learn(now.Sub(began), full)
	}
	close(w.freed)
	w.freed = make(chan struct{})
}

func (w *window) learn(took time.Duration, full bool) {
	if w.quickest == 0 || took < w.quickest {
		w.quickest = took
	}
	longest := max(patience*w.quickest, calmDelay)
	switch {
	case took > longest:
		w.size = max(w.size-w.size/maxWindow, minWindow)
	case full && took <= longest/2: // as it may take twice as long with twice as many
		w.size = min(w.size+1, maxWindow)
	}
}

func (w *window) isCalm(now time.Time) bool { return now.Sub(w.single) >= calm }

// isBusy reports whether a step is under way that is not overdue.
func (w *window) isBusy(now time.Time) bool {
	return len(w.steps) > 0 && now.Sub(w.steps[len(w.steps)-1]) < overdue
}
