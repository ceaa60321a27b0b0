package store

import (
	"testing"
	"testing/synctest"
	"time"

	"muckick/xmpp"

	"github.com/google/go-cmp/cmp"
)

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
