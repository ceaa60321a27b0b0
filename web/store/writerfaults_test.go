package store

import (
	"log/slog"
	"slices"
	"testing"

	"muckick/xmpp"

	"github.com/google/go-cmp/cmp"
)

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
