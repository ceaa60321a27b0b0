package store

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestFlushesAreShared: what asks while a flush is under way waits for the next
// one, together, since the one under way may have begun too early.
func TestFlushesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		syncs, release := 0, make(chan struct{})
		f := newFlusher(func() error { syncs++; <-release; return nil })
		first := f.begin()
		synctest.Wait() // the first is under way
		second, third := f.begin("a"), f.begin("b")
		if first == second || second != third {
			t.Error("want the second and the third to share a flush of their own")
		}
		release <- struct{}{}
		synctest.Wait()
		select {
		case <-first.done:
		default:
			t.Error("the first flush has not ended")
		}
		select {
		case <-second.done:
			t.Error("the second flush ended with the first")
		default:
		}
		release <- struct{}{}
		for _, id := range []AttemptID{"a", "b"} {
			if err := f.intent(t.Context(), id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		f.close()
		if syncs != 2 || len(f.intents) != 0 {
			t.Errorf("got %d flushes and %d intents left, want 2 and 0", syncs, len(f.intents))
		}
	})
}

// TestRefusedFlushIsFinal: after the disk refused a flush no intent is accepted,
// even if it takes the next one.
func TestRefusedFlushIsFinal(t *testing.T) {
	other := errors.New("no such file")
	for _, tt := range []struct {
		name  string
		err   error
		final bool
	}{
		{"lost", errFlushLost, true},
		{"not begun", other, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var failing atomic.Bool
			s, err := Open(t.Context(), Options{URL: "sqlite::memory:", syncing: func(func() error) error {
				if failing.Load() {
					return tt.err
				}
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			failing.Store(true)
			if err := s.flusher.begin().wait(t.Context()); !errors.Is(err, tt.err) {
				t.Fatalf("flush: got %v, want %v", err, tt.err)
			}
			failing.Store(false)
			_, err = s.Intend(t.Context(), Intent{})
			if got := errors.Is(err, ErrNotStored); got != tt.final {
				t.Errorf("intent after it: got %v, want refused: %v", err, tt.final)
			}
			err = s.Ping(t.Context())
			if got := errors.Is(err, ErrNotStored); got != tt.final {
				t.Errorf("ping after it: got %v, want not ready: %v", err, tt.final)
			}
		})
	}
}
