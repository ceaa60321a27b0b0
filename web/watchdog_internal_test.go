package web

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
)

// What outlives its request ends with the session, and when the store cannot
// say.
func TestWhileSignedIn(t *testing.T) {
	tests := []struct {
		name string
		end  func(t *testing.T, db *store.Store, session store.Session)
	}{
		{"signed out", func(t *testing.T, db *store.Store, session store.Session) {
			if err := db.EndSession(t.Context(), session.Operator, session.ID); err != nil {
				t.Fatal(err)
			}
		}},
		{"operator disabled", func(t *testing.T, db *store.Store, session store.Session) {
			if err := db.SetDisabled(t.Context(), session.Operator.Name, true); err != nil {
				t.Fatal(err)
			}
		}},
		{"granted something else", func(t *testing.T, db *store.Store, session store.Session) {
			_, err := db.ChangeGrants(t.Context(), session.Operator.Name, func(moderation.Grants) (moderation.Grants, error) {
				return moderation.Grants{}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}},
		{"a new password", func(t *testing.T, db *store.Store, session store.Session) {
			if err := db.SetPassword(t.Context(), session.Operator.Name, "good night Romeo"); err != nil {
				t.Fatal(err)
			}
		}},
		{"removed", func(t *testing.T, db *store.Store, session store.Session) {
			if err := db.RemoveOperator(t.Context(), session.Operator.Name); err != nil {
				t.Fatal(err)
			}
		}},
		{"store closed", func(t *testing.T, db *store.Store, _ store.Session) {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db, err := store.Open(t.Context(), store.Options{URL: storetest.SQLite(t), Hashing: store.Hashing{Memory: 64, Passes: 1, Lanes: 1}})
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				if _, err := db.AddOperator(t.Context(), "matron", "correct horse battery", moderation.Everything()); err != nil {
					t.Fatal(err) // the last administrator is not disabled
				}
				operator, err := db.AddOperator(t.Context(), "alice", "correct horse battery", moderation.Everything())
				if err != nil {
					t.Fatal(err)
				}
				secret, session, err := db.StartSession(t.Context(), operator, store.Client{})
				if err != nil {
					t.Fatal(err)
				}
				cut := make(chan error, 1)
				s := &Server{store: db, sessionCheck: sessionCheck}
				ctx, stop := s.whileSignedIn(t.Context(), secret, operator.Grants, func(err error) { cut <- err })
				defer stop()
				time.Sleep(10*sessionCheck + time.Millisecond) // it was asked just now
				if err := ctx.Err(); err != nil || len(cut) != 0 {
					t.Fatalf("cut before the end: %v", err)
				}
				tt.end(t, db, session)
				ended := time.Now()
				if err := <-cut; err != errEnded || context.Cause(ctx) != errEnded {
					t.Errorf("got %v, %v, want the end of the session", err, context.Cause(ctx))
				}
				// The rest of the two seconds is the store's, to say so.
				if took := time.Since(ended); took > 2*time.Second-sessionAnswer {
					t.Errorf("it went on for %v", took)
				}
			})
		})
	}
}

// Pages of one session ask the store once for all, and one that is closed
// meanwhile takes no answer from the others.
func TestSessionsAreAskedForTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		ask := func(ctx context.Context, secret string) (store.Session, error) {
			asked.Add(1)
			select {
			case <-ctx.Done():
				return store.Session{}, ctx.Err()
			case <-time.After(sessionAnswer / 2):
				return store.Session{ID: "of " + secret}, nil
			}
		}
		var a sessionsAsked
		leaving, leave := context.WithCancel(t.Context())
		var pages sync.WaitGroup
		pages.Go(func() {
			if _, err := a.session(leaving, "alice", ask); !errors.Is(err, context.Canceled) {
				t.Errorf("the page that is closed got %v", err)
			}
		})
		synctest.Wait()
		for range 100 {
			pages.Go(func() {
				if got, err := a.session(t.Context(), "alice", ask); err != nil || got.ID != "of alice" {
					t.Errorf("got %q, %v", got.ID, err)
				}
			})
		}
		pages.Go(func() {
			if got, err := a.session(t.Context(), "bob", ask); err != nil || got.ID != "of bob" {
				t.Errorf("got %q, %v", got.ID, err)
			}
		})
		synctest.Wait()
		leave()
		pages.Wait()
		// Alice's first page, all others of hers, and Bob's.
		if got, want := asked.Load(), int32(3); got != want {
			t.Errorf("the store was asked %d times, want %d", got, want)
		}
		began := time.Now()
		slow := func(ctx context.Context, _ string) (store.Session, error) {
			<-ctx.Done()
			return store.Session{}, ctx.Err()
		}
		if _, err := a.session(t.Context(), "alice", slow); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a store that does not answer: got %v", err)
		}
		if took := time.Since(began); took > 2*time.Second-sessionCheck {
			t.Errorf("a store that does not answer was waited for %v", took)
		}
	})
}
