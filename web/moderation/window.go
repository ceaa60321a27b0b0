package moderation

import (
	"sync"
	"time"
)

const (
	// maxWindow is how many steps of all jobs are under way at most, and minWindow
	// at least while no single action waits.
	maxWindow = 64
	minWindow = 4

	// patience is by how many times a step may exceed the quickest one before the
	// window shrinks.
	patience = 4

	// calm is after which time without single actions no more are expected, and
	// calmDelay how long a step may take then before the window shrinks.
	calm      = 300 * time.Millisecond
	calmDelay = 50 * time.Millisecond

	// probing is after how many steps one is let in alone, to learn how quick a step
	// is that waits for no other, since rooms differ; the first time it is after
	// firstProbing. Where steps take longer than probeDelay, as those that give voice to
	// hundreds do, none is: the others would wait too long for it.
	probing      = 256
	firstProbing = 32
	probeDelay   = 250 * time.Millisecond
)

// A window bounds how many steps of all jobs are under way. It finds the number
// that keeps the chat server busy without a queue before it, in which single
// actions would wait: it grows while steps take as long as the quickest ones, and
// shrinks when they take longer, as TCP Vegas does with segments. While no single
// actions come, a short queue is allowed, since chat servers and the audit trail do
// more in the same time then; the first one that comes waits for it.
type window struct {
	mu       sync.Mutex
	size     float64
	inFlight int
	freed    chan struct{} // closed when there may be room

	quickest time.Duration // step of late
	alone    bool          // the step that began last had no other beside it
	unprobed int           // steps before one is let in alone again
	probes   bool          // the next one is let in alone
	single   time.Time     // when a single action was seen last
	now      func() time.Time
}

func newWindow(now func() time.Time) *window {
	return &window{size: 2 * minWindow, unprobed: firstProbing, now: now, freed: make(chan struct{})}
}

// enter takes a place, or returns a channel that is closed when there may be one.
// With narrow one place is all there is.
func (w *window) enter(narrow bool) (entered bool, freed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if narrow {
		if w.isCalm() {
			w.size = min(w.size, 2*minWindow)
		}
		w.single = w.now()
	}
	size := int(w.size)
	if narrow || w.probes {
		size = 1
	}
	if w.inFlight < size {
		w.alone = w.inFlight == 0
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
	if w.alone {
		w.unprobed = probing
	}
	w.unprobed--
	w.probes = w.unprobed <= 0 && took <= probeDelay
	if counts {
		w.learn(took, full)
	}
	close(w.freed)
	w.freed = make(chan struct{})
}

func (w *window) learn(took time.Duration, full bool) {
	if w.alone || w.quickest == 0 || took < w.quickest {
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
	case full:
		w.size = min(w.size+2/w.size, maxWindow)
	}
}

func (w *window) isCalm() bool { return w.now().Sub(w.single) >= calm }
