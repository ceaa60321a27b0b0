package moderation

import (
	"sync"
	"time"
)

const (
	// maxWindow is how many steps of all jobs are under way at most, and minWindow how
	// many may be at least while no single action waits.
	maxWindow = 64
	minWindow = 2

	// patience is by how many times a step may exceed the quickest one before the
	// window shrinks.
	patience = 2

	// calm is after which time without single actions no more are expected, and
	// calmDelay how long a step may take at least then before the window shrinks.
	calm      = 300 * time.Millisecond
	calmDelay = 200 * time.Millisecond
)

// A window bounds how many steps of all jobs are under way. It finds the number
// that keeps the chat server busy without a queue before it, in which single
// actions would wait: it grows while steps take as long as the quickest ones, and
// shrinks when they take longer, as TCP Vegas does with segments. While no single
// actions come, a short queue is allowed, since chat servers and the audit trail do
// more in the same time then; the first one that comes waits for it. While they do
// come, there are four steps at most: a server that answers all that it has read at
// once makes each of them seem as slow as all.
type window struct {
	mu       sync.Mutex
	size     float64
	inFlight int
	freed    chan struct{} // closed when there may be room

	quickest time.Duration // step since there was none; zero if none has ended
	single   time.Time     // when a single action was seen last
	now      func() time.Time
}

func newWindow(now func() time.Time) *window {
	return &window{size: 2 * minWindow, now: now, freed: make(chan struct{})}
}

// enter takes a place, or returns a channel that is closed when there may be one.
// With narrow one place is all there is.
func (w *window) enter(narrow bool) (entered bool, freed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if narrow {
		w.size = min(w.size, 2*minWindow)
		w.single = w.now()
	}
	size := int(w.size)
	if narrow {
		size = 1
	}
	if w.inFlight < size {
		if w.inFlight == 0 {
			w.quickest = 0 // what waits for nobody tells how quick steps are now
		}
		w.inFlight++
		return true, nil
	}
	return false, w.freed
}

// leave gives a place back after a step that took so long.
func (w *window) leave(took time.Duration, counts bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	full := w.inFlight >= int(w.size)
	w.inFlight--
	if counts {
		w.learn(took, full)
	}
	close(w.freed)
	w.freed = make(chan struct{})
}

func (w *window) learn(took time.Duration, full bool) {
	if w.quickest == 0 || took < w.quickest {
		w.quickest = took
	}
	longest, less := patience*w.quickest, 1/w.size
	if w.isCalm() {
		longest, less = max(longest, calmDelay), w.size/maxWindow
	}
	switch {
	case took > longest:
		w.size = max(w.size-less, minWindow)
	case full && w.isCalm() && took <= longest/2: // as it may take twice as long with twice as many
		w.size = min(w.size+1, maxWindow)
	case full && !w.isCalm():
		w.size = min(w.size+2/w.size, 2*minWindow)
	}
}

func (w *window) isCalm() bool { return w.now().Sub(w.single) >= calm }
