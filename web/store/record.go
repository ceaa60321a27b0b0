package store

import (
	"fmt"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// record is one row to write: an intent, or a conclusion when that is nil.
type record struct {
	id         AttemptID
	intent     *intentRow
	conclusion Conclusion
	// settlements is how many more times to try a conclusion whose intent may
	// not be there; zero for any other record.
	settlements int

	// place is where in recent_attempts the row is, or 0 when that is not known:
	// set by commit for an intent, and before it for a conclusion.
	place   int64
	matched bool          // set by commit
	done    chan struct{} // closed when err is final; nil when nobody waits
	err     error

	// Guarded by writer.mu.
	state recordState
}

type recordState int

const (
	queued recordState = iota
	committing
	abandoned // committing, and the caller has left
	finished
)

func (w *writer) succeed(r *record) {
	if r.intent == nil && !r.matched && r.place != 0 {
		w.again(r)
		return
	}
	var err error
	if r.intent == nil && !r.matched {
		err = errUnmatched
	}
	before, closed := w.answer(r, err)
	switch {
	case before == finished:
	case before == abandoned:
		w.settle(r)
	case err != nil && r.settlements > 1 && !closed:
		r.settlements--
		w.keep(r)
	case err != nil && r.settlements == 0 && r.done == nil:
		w.log.Warn("audit: outcome not taken", "attempt", r.id, "outcome", r.conclusion.Outcome)
	}
}

// again queues a conclusion whose row is no more where it began: another replica,
// which took this one for dead, has settled and moved it.
func (w *writer) again(r *record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.state == committing {
		r.state = queued
		w.queue = append(w.queue, r)
	}
}

// fail answers a record that was not stored, or not for certain. A conclusion
// is kept for another try unless the database refuses the row itself.
func (w *writer) fail(r *record, cause error, kind fault) {
	if r.intent != nil {
		if kind == faultUnsure {
			w.answer(r, fmt.Errorf("%w: %w", ErrMaybeStored, cause))
			w.settle(r)
			return
		}
		if kind == faultDuplicate && r.intent.Step > 0 {
			cause = fmt.Errorf("%w: %w", moderation.ErrStepTaken, cause)
		}
		w.answer(r, fmt.Errorf("%w: %w", ErrNotStored, cause))
		return
	}
	if kind == faultRow || kind == faultDuplicate {
		w.log.Error("audit: outcome refused", "attempt", r.id, "outcome", r.conclusion.Outcome, "error", cause)
		w.answer(r, fmt.Errorf("%w: %w", ErrNotStored, cause))
		return
	}
	if r.done != nil { // the first time
		w.log.Warn("audit: outcome not stored yet", "attempt", r.id, "outcome", r.conclusion.Outcome, "error", cause)
	}
	w.keep(r)
	w.answer(r, fmt.Errorf("%w: %w", ErrMaybeStored, cause))
}

// settle makes sure that an intent which was not confirmed to its caller, and
// so was never sent, does not stay pending if it is stored after all.
func (w *writer) settle(r *record) {
	w.keep(&record{id: r.id, settlements: settleTries, conclusion: Conclusion{
		Outcome: xmpp.NotSent,
		Detail:  "not sent: the intent was not confirmed in time",
	}})
}

// keep puts a conclusion aside for another try.
func (w *writer) keep(r *record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.retries) == maxRetries {
		w.log.Error("audit: outcome given up", "attempt", r.id, "outcome", r.conclusion.Outcome)
		return
	}
	w.retries = append(w.retries, &record{id: r.id, conclusion: r.conclusion, settlements: r.settlements})
}

// answer ends a record, unless lose did. It returns the state that the record was
// in, and whether the writer was closed.
func (w *writer) answer(r *record, err error) (before recordState, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before = r.state
	if before != finished {
		r.finish(err)
	}
	return before, w.closed
}

// finish tells whoever waits how the record ended. The caller holds writer.mu.
func (r *record) finish(err error) {
	r.state, r.err = finished, err
	if r.done != nil {
		close(r.done)
	}
}
