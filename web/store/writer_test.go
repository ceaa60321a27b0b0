package store

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muckick/xmpp"

	"github.com/google/go-cmp/cmp"
)

// fakeDB is a committer whose commits a test holds back and makes fail.
type fakeDB struct {
	mu      sync.Mutex
	batches [][]AttemptID
	rows    map[AttemptID]xmpp.Outcome

	hold  chan struct{} // when set, each commit receives from it first
	fails func(batch []*record) (written bool, err error)
	kind  fault
}

var errFake = errors.New("fake failure")

func (db *fakeDB) commit(_ context.Context, batch []*record) error {
	if db.hold != nil {
		<-db.hold
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	var ids []AttemptID
	for _, r := range batch {
		ids = append(ids, r.id)
	}
	db.batches = append(db.batches, ids)
	if db.fails != nil {
		if written, err := db.fails(batch); err != nil {
			if written {
				db.write(batch)
			}
			return err
		}
	}
	db.write(batch)
	return nil
}

func (db *fakeDB) write(batch []*record) {
	for _, r := range batch {
		before, found := db.rows[r.id]
		switch {
		case r.intent != nil:
			db.rows[r.id] = xmpp.Pending
		case found && (before == xmpp.Pending || before == xmpp.Unknown || before == r.conclusion.Outcome):
			db.rows[r.id] = r.conclusion.Outcome
			r.matched = true
		}
	}
}

// appear adds the row of an intent whose commit was under way when its
// connection was lost.
func (db *fakeDB) appear(id AttemptID) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.rows[id] = xmpp.Pending
}

func (db *fakeDB) fault(error) fault { return db.kind }

func (db *fakeDB) fail(fails func([]*record) (bool, error)) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.fails = fails
}

// expect checks the rows.
func (db *fakeDB) expect(t *testing.T, want map[AttemptID]xmpp.Outcome) {
	t.Helper()
	db.mu.Lock()
	defer db.mu.Unlock()
	if diff := cmp.Diff(want, db.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// withWriter runs a test with a writer on a fake database, in a bubble whose
// clock stands still while anything can run.
func withWriter(t *testing.T, db *fakeDB, test func(t *testing.T, w *writer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if db.hold != nil {
			db.hold = make(chan struct{})
		}
		db.rows = map[AttemptID]xmpp.Outcome{}
		w := newWriter(db, newFlusher(func() error { return nil }), slog.New(slog.DiscardHandler))
		var running sync.WaitGroup
		running.Go(w.run)
		test(t, w)
		w.close()
		if db.hold != nil {
			close(db.hold)
		}
		running.Wait()
	})
}

func intentOf(id AttemptID) *record { return &record{id: id, intent: &intentRow{}} }

func conclusionOf(id AttemptID, outcome xmpp.Outcome) *record {
	return &record{id: id, conclusion: Conclusion{Outcome: outcome}}
}

// submit calls do in the background and returns where its error will arrive.
func submit(ctx context.Context, w *writer, r *record) <-chan error {
	result := make(chan error, 1)
	go func() { result <- w.do(ctx, r) }()
	synctest.Wait()
	return result
}

// waitRetry lets the time pass after which the writer tries again.
func waitRetry(t *testing.T) {
	t.Helper()
	select {
	case <-time.After(retryInterval + time.Millisecond):
	case <-t.Context().Done():
	}
	synctest.Wait()
}

func expectError(t *testing.T, got error, want ...error) {
	t.Helper()
	for _, err := range want {
		if !errors.Is(got, err) {
			t.Errorf("error %v, want it to match %v", got, err)
		}
	}
	if len(want) == 0 && got != nil {
		t.Errorf("error %v, want none", got)
	}
	if errors.Is(got, ErrMaybeStored) && !slices.Contains(want, ErrMaybeStored) {
		t.Errorf("error %v, want certainty", got)
	}
}

func TestWriterGroupsWhatArrivesDuringACommit(t *testing.T) {
	db := &fakeDB{hold: make(chan struct{})}
	withWriter(t, db, func(t *testing.T, w *writer) {
		var results []<-chan error
		for _, id := range []AttemptID{"a", "b", "c", "d"} {
			results = append(results, submit(t.Context(), w, intentOf(id)))
		}
		db.hold <- struct{}{}
		db.hold <- struct{}{}
		for _, result := range results {
			expectError(t, <-result)
		}
		if diff := cmp.Diff([][]AttemptID{{"a"}, {"b", "c", "d"}}, db.batches); diff != "" {
			t.Errorf("commits (-want +got):\n%s", diff)
		}
	})
}

func TestWriterBoundsABatch(t *testing.T) {
	db := &fakeDB{}
	w := newWriter(db, newFlusher(func() error { return nil }), slog.New(slog.DiscardHandler))
	for range 2*maxBatch + 1 {
		w.queue = append(w.queue, intentOf(AttemptID(newID(firstTime))))
	}
	var got []int
	for range 4 {
		batch, _ := w.take()
		got = append(got, len(batch))
	}
	if diff := cmp.Diff([]int{maxBatch, maxBatch, 1, 0}, got); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func TestWriterTakesOneConclusionOfAnAttemptAtATime(t *testing.T) {
	db := &fakeDB{hold: make(chan struct{})}
	withWriter(t, db, func(t *testing.T, w *writer) {
		first := submit(t.Context(), w, intentOf("a"))
		unknown := submit(t.Context(), w, conclusionOf("a", xmpp.Unknown))
		kicked := submit(t.Context(), w, conclusionOf("a", xmpp.Done))
		for _, result := range []<-chan error{first, unknown, kicked} {
			db.hold <- struct{}{}
			expectError(t, <-result)
		}
		db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Done})
	})
}

func TestWriterDropsAnIntentGivenUpInTheQueue(t *testing.T) {
	db := &fakeDB{hold: make(chan struct{})}
	withWriter(t, db, func(t *testing.T, w *writer) {
		ctx, cancel := context.WithCancel(t.Context())
		first := submit(t.Context(), w, intentOf("a"))
		second := submit(ctx, w, intentOf("b"))
		third := submit(t.Context(), w, intentOf("c"))
		cancel()
		expectError(t, <-second, ErrNotStored, context.Canceled)
		db.hold <- struct{}{}
		db.hold <- struct{}{}
		expectError(t, <-first)
		expectError(t, <-third)
		db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Pending, "c": xmpp.Pending})
	})
}

func TestWriterSettlesAnIntentGivenUpDuringItsCommit(t *testing.T) {
	db := &fakeDB{hold: make(chan struct{})}
	withWriter(t, db, func(t *testing.T, w *writer) {
		ctx, cancel := context.WithCancel(t.Context())
		result := submit(ctx, w, intentOf("a"))
		cancel()
		expectError(t, <-result, ErrMaybeStored, ErrNotStored, context.Canceled)
		db.hold <- struct{}{}
		db.hold <- struct{}{}
		synctest.Wait()
		db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.NotSent})
	})
}

func TestWriterStoresAnOutcomeThatNobodyWaitsFor(t *testing.T) {
	db := &fakeDB{hold: make(chan struct{})}
	withWriter(t, db, func(t *testing.T, w *writer) {
		intent := submit(t.Context(), w, intentOf("a"))
		db.hold <- struct{}{}
		expectError(t, <-intent)

		other := submit(t.Context(), w, intentOf("b"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		expectError(t, <-submit(ctx, w, conclusionOf("a", xmpp.Done)), ErrMaybeStored, context.Canceled)
		db.hold <- struct{}{}
		expectError(t, <-other)
		db.hold <- struct{}{}
		synctest.Wait()
		db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Done, "b": xmpp.Pending})
	})
}
