package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// A flusher makes commits durable while their callers go on. All that asks
// while one flush is under way shares the next, so under load one flush serves
// many kicks.
//
// A flush that the disk refused is final: what the system has thrown away by
// then is not written by another flush, although that may succeed. So every later
// one fails with the same error until the store is opened anew.
type flusher struct {
	// sync makes everything durable that was committed before the call. An error
	// that matches errFlushLost is final.
	sync func() error

	mu      sync.Mutex
	next    *flush               // that begins when the present one has ended
	intents map[AttemptID]*flush // that are not known to be durable yet
	working bool
	failure error
	running sync.WaitGroup
}

// errFlushLost says that a flush failed so that what was to be flushed may be lost.
var errFlushLost = errors.New("the disk refused it, and what it did not take may be lost")

// A flush is one call of sync, shared by all who wait for it.
type flush struct {
	ids  []AttemptID
	done chan struct{}
	err  error // set before done is closed
}

func newFlusher(sync func() error) *flusher {
	return &flusher{sync: sync, intents: make(map[AttemptID]*flush)}
}

// begin asks for a flush of all that is committed by now, the given intents
// among it, and returns at once.
func (f *flusher) begin(intents ...AttemptID) *flush {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		f.next = &flush{done: make(chan struct{})}
	}
	f.next.ids = append(f.next.ids, intents...)
	for _, id := range intents {
		f.intents[id] = f.next
	}
	next := f.next
	if !f.working {
		f.working = true
		f.running.Go(f.work)
	}
	return next
}

// work flushes until nobody asks for more.
func (f *flusher) work() {
	for {
		f.mu.Lock()
		now, failure := f.next, f.failure
		f.next = nil
		f.working = now != nil
		f.mu.Unlock()
		if now == nil {
			return
		}
		if failure == nil {
			if err := f.sync(); err != nil {
				failure = fmt.Errorf("store: flush: %w", err)
			}
		}
		f.end(now, failure)
	}
}

// end tells all who wait for the flush how it ended.
func (f *flusher) end(now *flush, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now.err = err
	if errors.Is(err, errFlushLost) {
		f.failure = err
	}
	for _, id := range now.ids {
		delete(f.intents, id)
	}
	close(now.done)
}

// wait waits until the flush has ended.
func (now *flush) wait(ctx context.Context) error {
	select {
	case <-now.done:
		return now.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// intent waits until an intent that was committed is durable.
func (f *flusher) intent(ctx context.Context, id AttemptID) error {
	f.mu.Lock()
	flush, failure := f.intents[id], f.failure
	f.mu.Unlock()
	if flush == nil {
		return failure
	}
	return flush.wait(ctx)
}

// broken returns why nothing can be made durable any more, or nil.
func (f *flusher) broken() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failure
}

// close waits for the flush under way. None may be asked for after it.
func (f *flusher) close() { f.running.Wait() }
