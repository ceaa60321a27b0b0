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
)

// A window bounds how many steps of all jobs are under way. It finds the number
// that keeps the chat server busy without a queue before it, in which single
// actions would wait: it grows while steps take as long as the quickest ones, and
// shrinks when they take longer, as TCP Vegas does with segments.
type window struct {
	mu       sync.Mutex
	size     float64
	inFlight int
	quickest time.Duration // of late: it fades, since rooms differ
	freed    chan struct{} // closed when there may be room
}

// patience is by how many times a step may exceed the quickest one before the
// window shrinks.
const patience = 4

// fading is after how many steps the quickest one counts as twice as long, or so.
const fading = 512

func newWindow() *window {
	return &window{size: 2 * minWindow, freed: make(chan struct{})}
}

// enter takes a place, or returns a channel that is closed when there may be one.
// With narrow one place is all there is.
func (w *window) enter(narrow bool) (entered bool, freed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	size := int(w.size)
	if narrow {
		size = 1
	}
	if w.inFlight < size {
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
	w.quickest += w.quickest / fading
	if w.quickest == 0 || took < w.quickest {
		w.quickest = took
	}
	switch {
	case took > patience*w.quickest:
		w.size = max(w.size-1/w.size, minWindow)
	case full:
		w.size = min(w.size+2/w.size, maxWindow)
	}
}
