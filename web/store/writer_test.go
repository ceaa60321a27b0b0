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

func TestWriterWhenOneRowIsBad(t *testing.T) {
	for _, kind := range []fault{faultRow, faultDuplicate, faultFull} {
		db := &fakeDB{hold: make(chan struct{}), kind: kind}
		withWriter(t, db, func(t *testing.T, w *writer) {
			db.fails = func(batch []*record) (bool, error) {
				if slices.ContainsFunc(batch, func(r *record) bool { return r.id == "bad" }) {
					return false, errFake
				}
				return false, nil
			}
			first := submit(t.Context(), w, intentOf("a"))
			good := submit(t.Context(), w, intentOf("b"))
			bad := submit(t.Context(), w, intentOf("bad"))
			for range 4 { // a; b and bad; b; bad
				db.hold <- struct{}{}
			}
			expectError(t, <-first)
			expectError(t, <-good)
			expectError(t, <-bad, ErrNotStored, errFake)
			db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Pending, "b": xmpp.Pending})
		})
	}
}

func TestWriterWhenTheDatabaseIsAway(t *testing.T) {
	tests := []struct {
		name    string
		kind    fault
		written bool // by the commit that fails
		intent  []error
		want    map[AttemptID]xmpp.Outcome
	}{
		{"nothing written", faultStore, false, []error{ErrNotStored, errFake},
			map[AttemptID]xmpp.Outcome{"a": xmpp.Done}},
		{"read-only", faultReadOnly, false, []error{ErrNotStored, errFake},
			map[AttemptID]xmpp.Outcome{"a": xmpp.Done}},
		{"not sure, and not written", faultUnsure, false, []error{ErrMaybeStored, ErrNotStored, errFake},
			map[AttemptID]xmpp.Outcome{"a": xmpp.Done}},
		{"not sure, and written", faultUnsure, true, []error{ErrMaybeStored, ErrNotStored, errFake},
			map[AttemptID]xmpp.Outcome{"a": xmpp.Done, "b": xmpp.NotSent}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := &fakeDB{kind: tt.kind}
			withWriter(t, db, func(t *testing.T, w *writer) {
				expectError(t, <-submit(t.Context(), w, intentOf("a")))
				db.fail(func([]*record) (bool, error) { return tt.written, errFake })
				expectError(t, <-submit(t.Context(), w, intentOf("b")), tt.intent...)
				expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Done)), ErrMaybeStored, errFake)

				db.fail(nil)
				waitRetry(t)
				db.expect(t, tt.want)
			})
		})
	}
}

// What the database undoes because of another transaction is committed again, in its
// order and before what came meanwhile, unless that goes on for ever.
func TestWriterTriesAgainAfterAConflict(t *testing.T) {
	tests := []struct {
		name      string
		conflicts int
		intent    []error
		want      [][]AttemptID
	}{
		{"once", 1, nil, [][]AttemptID{{"a"}, {"a", "b"}, {"a", "b"}, {"c"}}},
		{"as often as may be", conflictTries - 1, nil,
			[][]AttemptID{{"a"}, {"a", "b"}, {"a", "b"}, {"a", "b"}, {"a", "b"}, {"a", "b"}, {"c"}}},
		{"for ever", conflictTries, []error{ErrNotStored, errFake},
			[][]AttemptID{{"a"}, {"a", "b"}, {"a", "b"}, {"a", "b"}, {"a", "b"}, {"a", "b"}, {"c"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := &fakeDB{hold: make(chan struct{}), kind: faultConflict}
			withWriter(t, db, func(t *testing.T, w *writer) {
				first := submit(t.Context(), w, intentOf("a"))
				ended := submit(t.Context(), w, conclusionOf("a", xmpp.Done))
				second := submit(t.Context(), w, intentOf("b"))
				db.hold <- struct{}{}
				expectError(t, <-first)
				left := tt.conflicts
				db.fail(func([]*record) (bool, error) {
					if left--; left < 0 {
						return false, nil
					}
					return false, errFake
				})
				db.hold <- struct{}{}
				synctest.Wait()
				third := submit(t.Context(), w, intentOf("c"))
				for range len(tt.want) - 2 {
					select {
					case db.hold <- struct{}{}:
						synctest.Wait()
					default: // no commit is under way
					}
				}
				expectError(t, <-second, tt.intent...)
				if got := <-ended; (got == nil) != (tt.intent == nil) {
					t.Errorf("the conclusion: %v", got)
				}
				expectError(t, <-third)
				if diff := cmp.Diff(tt.want, db.batches); diff != "" {
					t.Errorf("commits (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A conclusion that a commit matched which was undone has not ended for that.
func TestWriterForgetsWhatWasUndone(t *testing.T) {
	db := &fakeDB{kind: faultConflict}
	withWriter(t, db, func(t *testing.T, w *writer) {
		tries := 0
		db.fail(func(batch []*record) (bool, error) {
			tries++
			if tries > 1 {
				return false, nil
			}
			batch[0].matched = true
			return false, errFake
		})
		expectError(t, <-submit(t.Context(), w, conclusionOf("nowhere", xmpp.Done)), errUnmatched)
	})
}

// A conflict that takes long does not outlast the time of one commit.
func TestWriterTriesAgainForSomeTimeOnly(t *testing.T) {
	db := &fakeDB{kind: faultConflict}
	withWriter(t, db, func(t *testing.T, w *writer) {
		db.fail(func([]*record) (bool, error) {
			time.Sleep(commitTimeout - time.Second)
			return false, errFake
		})
		expectError(t, <-submit(t.Context(), w, intentOf("a")), ErrNotStored, errFake)
		if got := len(db.batches); got != 2 {
			t.Errorf("%d commits, want 2", got)
		}
	})
}

func TestWriterGivesUpAnOutcomeThatTheDatabaseRefuses(t *testing.T) {
	db := &fakeDB{kind: faultRow}
	withWriter(t, db, func(t *testing.T, w *writer) {
		expectError(t, <-submit(t.Context(), w, intentOf("a")))
		db.fail(func([]*record) (bool, error) { return false, errFake })
		expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Done)), ErrNotStored, errFake)
		commits := len(db.batches)
		waitRetry(t)
		if got := len(db.batches); got != commits {
			t.Errorf("it was tried again %d times", got-commits)
		}
	})
}

func TestWriterRetriesUnderLoad(t *testing.T) {
	db := &fakeDB{hold: make(chan struct{}), kind: faultStore}
	withWriter(t, db, func(t *testing.T, w *writer) {
		first := submit(t.Context(), w, intentOf("a"))
		db.hold <- struct{}{}
		expectError(t, <-first)
		db.fail(func([]*record) (bool, error) { return false, errFake })
		conclusion := submit(t.Context(), w, conclusionOf("a", xmpp.Done))
		db.hold <- struct{}{}
		expectError(t, <-conclusion, ErrMaybeStored)
		db.fail(nil)

		busy := submit(t.Context(), w, intentOf("b"))
		queued := submit(t.Context(), w, intentOf("c"))
		waitRetry(t)
		db.hold <- struct{}{}
		db.hold <- struct{}{}
		expectError(t, <-busy)
		expectError(t, <-queued)
		if diff := cmp.Diff([]AttemptID{"c", "a"}, db.batches[len(db.batches)-1]); diff != "" {
			t.Errorf("last commit (-want +got):\n%s", diff)
		}
	})
}

func TestWriterCloseStoresWhatIsQueued(t *testing.T) {
	db := &fakeDB{hold: make(chan struct{}), kind: faultStore}
	withWriter(t, db, func(t *testing.T, w *writer) {
		first := submit(t.Context(), w, intentOf("a"))
		second := submit(t.Context(), w, intentOf("b"))
		w.close()
		expectError(t, <-submit(t.Context(), w, intentOf("c")), ErrNotStored, ErrClosed)
		expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Done)), ErrNotStored, ErrClosed)
		db.hold <- struct{}{}
		db.hold <- struct{}{}
		expectError(t, <-first)
		expectError(t, <-second)
	})
	db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Pending, "b": xmpp.Pending})
}

func TestWriterCloseTriesAgainOnce(t *testing.T) {
	db := &fakeDB{kind: faultStore}
	withWriter(t, db, func(t *testing.T, w *writer) {
		expectError(t, <-submit(t.Context(), w, intentOf("a")))
		db.fail(func([]*record) (bool, error) { return false, errFake })
		expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Done)), ErrMaybeStored)
		db.fail(nil)
	})
	db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Done})
}

func TestWriterClosesWhileTheDatabaseIsAway(t *testing.T) {
	db := &fakeDB{kind: faultUnsure}
	withWriter(t, db, func(t *testing.T, w *writer) {
		expectError(t, <-submit(t.Context(), w, intentOf("a")))
		db.fail(func([]*record) (bool, error) { return false, errFake })
		expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Unknown)), ErrMaybeStored)
		expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Done)), ErrMaybeStored)
		expectError(t, <-submit(t.Context(), w, intentOf("b")), ErrMaybeStored)
	})
	db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Pending})
}

func TestWriterSettlesARowThatAppearsLate(t *testing.T) {
	db := &fakeDB{kind: faultUnsure}
	withWriter(t, db, func(t *testing.T, w *writer) {
		db.fail(func([]*record) (bool, error) { return false, errFake })
		expectError(t, <-submit(t.Context(), w, intentOf("a")), ErrMaybeStored)
		db.fail(nil)
		waitRetry(t)
		db.appear("a")
		waitRetry(t)
		db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.NotSent})
	})
}

func TestWriterDoesNotSettleForEver(t *testing.T) {
	db := &fakeDB{kind: faultUnsure}
	withWriter(t, db, func(t *testing.T, w *writer) {
		db.fail(func([]*record) (bool, error) { return false, errFake })
		expectError(t, <-submit(t.Context(), w, intentOf("a")), ErrMaybeStored)
		db.fail(nil)
		for range 2 * settleTries {
			waitRetry(t)
		}
		if got, want := len(db.batches), 1+settleTries; got != want {
			t.Errorf("%d commits, want %d", got, want)
		}
	})
}

func TestWriterBoundsWhatItKeeps(t *testing.T) {
	w := newWriter(&fakeDB{}, newFlusher(func() error { return nil }), slog.New(slog.DiscardHandler))
	for range maxRetries + 10 {
		w.keep(conclusionOf("a", xmpp.Done))
	}
	if got := len(w.retries); got != maxRetries {
		t.Errorf("%d kept, want %d", got, maxRetries)
	}
}
