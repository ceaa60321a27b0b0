package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"
)

const (
	// maxBatch bounds one commit, so that no caller waits for a huge one.
	maxBatch = 256
	// commitTimeout bounds one commit to a database across a network.
	commitTimeout = 10 * time.Second
	// retryInterval is how often outcomes that could not be stored are tried again.
	retryInterval = 2 * time.Second
	// maxRetries bounds the outcomes kept for another try.
	maxRetries = 10_000
	// settleTries is how often a settlement that finds no row is tried, since
	// the database may still be at work on a commit whose connection was lost.
	settleTries = 5
)

// errUnmatched says that a conclusion found no attempt that may take it.
var errUnmatched = errors.New("store: conclusion matches no attempt")

// committer is the part of a database that the writer needs.
type committer interface {
	// commit stores all records in one transaction, or none, and sets matched on
	// the conclusions that changed a row. A conclusion whose place is known is
	// sought only there. What it stored is safe from the end of
	// this process when it returns, and durable after the next flush.
	commit(ctx context.Context, batch []*record) error
	fault(err error) fault
}

// writer groups records into commits: what arrives while a commit is under way
// shares the next one. So under load a flush to disk serves many kicks, and
// without load nothing waits for company. One goroutine, run, does all commits.
//
// Callers wait for outcomes as for intents. That costs time, but no throughput
// where the chat server is what limits it: outcomes of earlier kicks ride with
// the intents of later ones, while the server works on others.
type writer struct {
	db      committer
	flusher *flusher
	log     *slog.Logger

	mu     sync.Mutex
	queue  []*record
	batch  []*record // what take returned last
	closed bool
	wake   chan struct{} // holds one token when the queue or closed changed

	// retries are conclusions without a waiter. Only run changes them.
	retries []*record

	// open are the places of the intents that were stored and not concluded. Only
	// run uses it.
	open map[AttemptID]int64

	// wrote hears how each commit ended; nil when nobody wants to.
	wrote func(error)

	// ended hears how many attempts each commit concluded; nil when nobody wants to.
	ended func(int)

	// commits is the context of every commit, and abort ends it.
	commits context.Context
	abort   context.CancelFunc
	losing  sync.Once
}

func newWriter(db committer, f *flusher, log *slog.Logger) *writer {
	w := &writer{db: db, flusher: f, log: log, wake: make(chan struct{}, 1), open: make(map[AttemptID]int64)}
	w.commits, w.abort = context.WithCancel(context.Background())
	return w
}

// do queues r and waits until it is stored, refused or given up.
func (w *writer) do(ctx context.Context, r *record) error {
	r.done = make(chan struct{})
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return fmt.Errorf("%w: %w", ErrNotStored, ErrClosed)
	}
	if err := ctx.Err(); err != nil && r.intent != nil {
		w.mu.Unlock()
		return fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	w.queue = append(w.queue, r)
	w.mu.Unlock()
	w.signal()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return w.leave(r, ctx.Err())
	}
}

// leave is called for a caller who gives up waiting for r.
//
// If callers waited for the end of their commit, neither this nor settle would be
// needed; but each would be held beyond its own deadline, for up to commitTimeout when
// the database hangs, and with them their connections and the end of the program.
func (w *writer) leave(r *record, cause error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case r.state == finished:
		return r.err
	case r.intent == nil:
		// What happened is recorded even when nobody waits for it.
		return fmt.Errorf("%w: %w", ErrMaybeStored, cause)
	case r.state == queued:
		w.queue = slices.DeleteFunc(w.queue, func(other *record) bool { return other == r })
		return fmt.Errorf("%w: %w", ErrNotStored, cause)
	default:
		r.state = abandoned
		return fmt.Errorf("%w: %w", ErrMaybeStored, cause)
	}
}

func (w *writer) signal() {
	wake(w.wake)
}

// close makes run store what is queued and return.
func (w *writer) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.signal()
}

// run commits what is queued until the writer is closed and the queue empty.
func (w *writer) run() {
	retry := time.NewTicker(retryInterval)
	defer retry.Stop()
	for {
		batch, closed := w.take()
		switch {
		case len(batch) > 0:
			w.write(batch)
			select {
			case <-retry.C:
				w.requeue(maxBatch)
			default:
			}
		case closed:
			w.flush()
			return
		default:
			select {
			case <-w.wake:
				runtime.Gosched() // who is about to queue shares the commit
			case <-retry.C:
				w.requeue(maxBatch)
			}
		}
	}
}

// requeue queues up to count conclusions that could not be stored before.
func (w *writer) requeue(count int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	count = min(count, len(w.retries))
	w.queue = append(w.queue, w.retries[:count]...)
	w.retries = w.retries[count:]
}

// flush tries a last time to store what could not be stored before, until that
// fails again.
func (w *writer) flush() {
	w.requeue(len(w.retries))
	for len(w.retries) == 0 {
		batch, _ := w.take()
		if len(batch) == 0 {
			return
		}
		w.write(batch)
	}
	w.lose()
}

// lose gives up what is not stored: whoever waits for it is told that it may be,
// and the log how many attempts have outcomes that are not. It does so once.
func (w *writer) lose() {
	w.losing.Do(func() {
		w.mu.Lock()
		lost := make(map[AttemptID]bool)
		for _, r := range slices.Concat(w.queue, w.batch, w.retries) {
			if r.state == finished {
				continue
			}
			if r.intent == nil {
				lost[r.id] = true
			}
			r.finish(fmt.Errorf("%w: %w", ErrMaybeStored, ErrClosed))
		}
		w.mu.Unlock()
		if len(lost) > 0 {
			w.log.Error("audit: outcomes lost, their attempts end as unknown", "attempts", len(lost))
		}
	})
}

// take removes the next batch from the queue. A second conclusion of one
// attempt waits for the next batch, because one statement applies only one.
func (w *writer) take() (batch []*record, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	concluded := make(map[AttemptID]bool, len(w.queue))
	var later []*record
	for _, r := range w.queue {
		if len(batch) == maxBatch || concluded[r.id] {
			later = append(later, r)
			continue
		}
		if r.intent == nil {
			concluded[r.id] = true
		}
		r.state = committing
		batch = append(batch, r)
	}
	w.queue, w.batch = later, batch
	return batch, w.closed
}

// write commits the batch and answers each record. When one row may be to
// blame for a failure, each is committed alone, so that it fails alone.
func (w *writer) write(batch []*record) {
	for _, r := range batch {
		if r.intent == nil {
			r.place = w.open[r.id]
		}
	}
	err := w.commit(batch)
	w.note(err)
	if err == nil {
		w.flushIntents(batch)
		w.remember(batch)
		for _, r := range batch {
			w.succeed(r)
		}
		return
	}
	switch kind := w.db.fault(err); kind {
	case faultRow, faultDuplicate, faultFull:
		if len(batch) > 1 {
			for _, r := range batch {
				w.write([]*record{r})
			}
			return
		}
		w.fail(batch[0], err, kind)
	default:
		for _, r := range batch {
			w.fail(r, err, kind)
		}
	}
}

// flushIntents begins to make the batch's intents durable.
func (w *writer) flushIntents(batch []*record) {
	var intents []AttemptID
	for _, r := range batch {
		if r.intent != nil {
			intents = append(intents, r.id)
		}
	}
	if len(intents) > 0 {
		w.flusher.begin(intents...)
	}
}

// remember keeps the places of the batch's intents until they are concluded.
func (w *writer) remember(batch []*record) {
	ended := 0
	for _, r := range batch {
		switch {
		case r.intent == nil:
			delete(w.open, r.id)
			if r.matched {
				ended++
			}
		case r.place != 0:
			w.open[r.id] = r.place
		}
	}
	if ended > 0 && w.ended != nil {
		w.ended(ended)
	}
}

// note tells how a commit ended, unless a row was to blame.
func (w *writer) note(err error) {
	if w.wrote == nil {
		return
	}
	if err != nil {
		if kind := w.db.fault(err); kind == faultRow || kind == faultDuplicate {
			return
		}
		err = fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	w.wrote(err)
}

// commit stores a batch. What the database undoes because of another transaction is
// tried again within the same time: nothing that was queued later overtakes it, and
// no caller waits longer than for one commit.
func (w *writer) commit(batch []*record) (err error) {
	ctx, cancel := context.WithTimeout(w.commits, commitTimeout)
	defer cancel()
	for range conflictTries {
		for _, r := range batch {
			r.matched = false // by a try that was undone
		}
		err = w.db.commit(ctx, batch)
		if err == nil || w.db.fault(err) != faultConflict || ctx.Err() != nil {
			return err
		}
	}
	return err
}
