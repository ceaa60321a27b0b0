package store

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muckick/web/store/storetest"
	"muckick/xmpp"
)

func TestPace(t *testing.T) {
	tests := []struct {
		name       string
		statement  time.Duration
		kicks      int64 // that come while it runs
		wantRested time.Duration
	}{
		{"no kicks", 2 * time.Millisecond, 0, 0},
		{"kicks", 2 * time.Millisecond, 1, restFactor * 2 * time.Millisecond},
		{"kicks beside a slow statement", time.Second, 1000, maxRest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var kicks atomic.Int64
				p := newPace(1, kicks.Load)
				err := p.run(t.Context(), func() error {
					time.Sleep(tt.statement)
					kicks.Add(tt.kicks)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				ended := time.Now()
				var rested time.Duration
				err = p.run(t.Context(), func() error {
					rested = time.Since(ended)
					return nil
				})
				if err != nil || rested != tt.wantRested {
					t.Errorf("the next statement began after %v (%v), want %v", rested, err, tt.wantRested)
				}
			})
		})
	}
}

// Each connection has a turn of its own, and rests by itself.
func TestPaceTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kicks atomic.Int64
		p := newPace(2, kicks.Load)
		began := time.Now()
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				_ = p.run(t.Context(), func() error {
					time.Sleep(time.Millisecond)
					kicks.Add(1)
					return nil
				})
			})
		}
		group.Wait()
		if got, want := time.Since(began), (1+restFactor+1)*time.Millisecond; got != want {
			t.Errorf("four statements on two connections took %v, want %v", got, want)
		}
	})
}

// The pages of rooms do not wait while a search rests, and searches, events and
// exports do.
func TestRoomsDoNotWaitForSearches(t *testing.T) {
	s, err := Open(t.Context(), Options{URL: storetest.SQLite(t), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.searches = newPace(0, s.commits.Load) // nobody's turn comes
	room, err := xmpp.ParseRoom("snuggery@chat.example.org")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.KickedFrom(t.Context(), room, time.Time{}, 10); err != nil {
		t.Errorf("who was kicked from a room: %v", err)
	}
	if _, err := s.KicksByRoom(t.Context(), time.Time{}, 10); err != nil {
		t.Errorf("kicks by room: %v", err)
	}
	waits := map[string]func(context.Context) error{
		"attempts": func(ctx context.Context) error {
			_, _, err := s.Attempts(ctx, Filter{Nick: "Bob"}, Page{})
			return err
		},
		"events": func(ctx context.Context) error {
			_, _, err := s.Events(ctx, EventFilter{}, Page{})
			return err
		},
		"export": func(ctx context.Context) error {
			return WriteCSV(io.Discard, s.EachAttempt(ctx, Filter{}))
		},
	}
	for name, search := range waits {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		if err := search(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want %v", name, err, context.DeadlineExceeded)
		}
		cancel()
	}
}

// Who leaves while it waits gives its turn back, and the rest is as long as it was.
func TestPaceLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kicks atomic.Int64
		p := newPace(1, kicks.Load)
		failure := errors.New("no such table")
		err := p.run(t.Context(), func() error {
			time.Sleep(2 * time.Millisecond)
			kicks.Add(1)
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatalf("got %v, want %v", err, failure)
		}
		ended := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		var group sync.WaitGroup
		for range 2 { // one waits for the rest to end, the other for its turn
			group.Go(func() {
				err := p.run(ctx, func() error { t.Error("a statement ran for somebody who had left"); return nil })
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
				}
			})
		}
		group.Wait()
		if err := p.run(t.Context(), func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(ended), restFactor*2*time.Millisecond; got != want {
			t.Errorf("the next statement began after %v, want %v", got, want)
		}
	})
}
