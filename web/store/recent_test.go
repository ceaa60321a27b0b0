package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/store"
	"muckick/xmpp"
)

// What readers see is the same before and after attempts were moved to where the
// indexes are, and only those that have ended are moved.
func TestIndexedAttemptsStayTheSame(t *testing.T) {
	const ended = 150 // more than two transactions move
	onEach(t, func(t *testing.T, url string) {
		clock := newClock()
		s := open(t, store.Options{URL: url, Now: clock.Now})
		for i := range ended {
			clock.advance(time.Second)
			in := intent()
			in.Nick = []string{"Bob", "Carol"}[i%2]
			id := must[store.AttemptID](t)(s.Intend(t.Context(), in))
			conclude(t, s, id, store.Conclusion{
				Outcome: []xmpp.Outcome{xmpp.Done, xmpp.Refused, xmpp.NotSent}[i%3],
				Detail:  "auth: forbidden", Duration: 1500 * time.Microsecond, RealJID: "bob@example.org/phone",
			})
		}
		clock.advance(time.Second)
		pending := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		queries := map[string]func() any{
			"all":   func() any { return all(t, s, store.Filter{}) },
			"some":  func() any { return all(t, s, store.Filter{Nick: "Carol", Outcome: xmpp.Refused}) },
			"page":  func() any { return page(t, s, store.Filter{RealJID: "bob@example.org"}) },
			"one":   func() any { return must[store.Attempt](t)(s.Attempt(t.Context(), pending)) },
			"kicks": func() any { return must[map[string]int](t)(s.KicksByRoom(t.Context(), start, 100)) },
		}
		before := map[string]any{}
		for name, query := range queries {
			before[name] = query()
		}
		index(t, s, ended)
		if got := s.Rows(t, "recent_attempts"); got != 1 {
			t.Errorf("%d attempts stayed, want the one that is pending", got)
		}
		for name, query := range queries {
			if diff := cmp.Diff(before[name], query()); diff != "" {
				t.Errorf("%s (-before +after):\n%s", name, diff)
			}
		}
	})
}

// Attempts that ended are moved by themselves: what a former process left, what
// ends now, and what another replica left.
func TestAttemptsAreIndexed(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		left := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, store.Options{URL: url})
		until(t, "what was left is moved", func() bool { return s.Rows(t, "attempts") == 1 })
		expectOutcome(t, s, left, xmpp.Unknown)
		conclude(t, s, must[store.AttemptID](t)(s.Intend(t.Context(), intent())), store.Conclusion{Outcome: xmpp.Done})
		until(t, "what ended is moved", func() bool { return s.Rows(t, "attempts") == 2 && s.Rows(t, "recent_attempts") == 0 })
	})
}

// An outcome finds its attempt wherever that is by then.
func TestOutcomeOfAnIndexedAttempt(t *testing.T) {
	tests := map[string]func(t *testing.T, s *store.Store, id store.AttemptID){
		"after a timeout": func(t *testing.T, s *store.Store, id store.AttemptID) {
			conclude(t, s, id, store.Conclusion{Outcome: xmpp.Unknown})
		},
		"after another replica settled it": func(t *testing.T, s *store.Store, id store.AttemptID) {
			tamper(t, s, `UPDATE recent_attempts SET outcome = 'unknown' WHERE id = $1`, string(id))
		},
	}
	for name, settle := range tests {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, url string) {
				s := open(t, store.Options{URL: url})
				id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
				settle(t, s, id)
				index(t, s, 1)
				conclude(t, s, id, store.Conclusion{Outcome: xmpp.Done})
				expectOutcome(t, s, id, xmpp.Done)
				if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Refused}); !errors.Is(err, store.ErrConcluded) {
					t.Errorf("another outcome: error %v, want ErrConcluded", err)
				}
			})
		})
	}
}

// Whoever reads while attempts are moved sees each exactly once.
func TestReadingWhileAttemptsAreIndexed(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		ctx, stop := context.WithCancel(t.Context())
		var working sync.WaitGroup
		working.Go(func() {
			for ctx.Err() == nil {
				if err := s.IndexRecent(ctx); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
		var stored []store.AttemptID
		for range 100 {
			id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
			conclude(t, s, id, store.Conclusion{Outcome: xmpp.Done})
			stored = append(stored, id)
			var got []store.AttemptID
			for _, a := range page(t, s, store.Filter{Outcome: xmpp.Done}) {
				got = append(got, a.ID)
			}
			slices.Reverse(got)
			if diff := cmp.Diff(stored[max(0, len(stored)-len(got)):], got); diff != "" || len(got) < min(50, len(stored)) {
				t.Errorf("%d of %d attempts (-want +got):\n%s", len(got), len(stored), diff)
			}
		}
		stop()
		working.Wait()
	})
}

// A table that cannot take attempts keeps nobody from being kicked, nor readers from
// seeing them, and takes them when it can.
func TestAttemptsThatCannotBeIndexed(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		renamed := `ALTER TABLE attempts RENAME COLUMN detail TO other`
		tamper(t, s, renamed)
		id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		conclude(t, s, id, store.Conclusion{Outcome: xmpp.Done})
		if err := s.IndexRecent(t.Context()); err == nil {
			t.Fatal("the attempt was moved")
		}
		tamper(t, s, strings.NewReplacer("detail", "other", "other", "detail").Replace(renamed))
		expectOutcome(t, s, id, xmpp.Done)
		index(t, s, 1)
	})
}

// index moves attempts until so many are where the indexes are. What the store
// moves by itself at the same time is its own.
func index(t *testing.T, s *store.Store, want int) {
	t.Helper()
	until(t, "attempts are moved", func() bool {
		if err := s.IndexRecent(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s.Rows(t, "attempts") == want
	})
}

func conclude(t *testing.T, s *store.Store, id store.AttemptID, conclusion store.Conclusion) {
	t.Helper()
	if err := s.Conclude(t.Context(), id, conclusion); err != nil {
		t.Fatal(err)
	}
}

// page returns the first page of a search.
func page(t *testing.T, s *store.Store, filter store.Filter) []store.Attempt {
	t.Helper()
	attempts, _, err := s.Attempts(t.Context(), filter, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return attempts
}

// all returns everything that a filter allows.
func all(t *testing.T, s *store.Store, filter store.Filter) []store.Attempt {
	t.Helper()
	var attempts []store.Attempt
	for attempt, err := range s.EachAttempt(t.Context(), filter) {
		if err != nil {
			t.Fatal(err)
		}
		attempts = append(attempts, attempt)
	}
	return attempts
}
