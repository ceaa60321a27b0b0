package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/store"
)

// Old attempts go, however many there are, except those that are under way.
func TestPurgeAttempts(t *testing.T) {
	const many = 1200 // more than two transactions take
	onEach(t, func(t *testing.T, url string) {
		clock := newClock()
		s := open(t, store.Options{URL: url, Now: clock.Now, KeepAudit: 48 * time.Hour})
		attempt := func(outcome store.Outcome) store.AttemptID {
			id, err := s.Intend(t.Context(), intent())
			if err != nil {
				t.Fatal(err)
			}
			if outcome != store.Pending {
				if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: outcome}); err != nil {
					t.Fatal(err)
				}
			}
			return id
		}
		for range many {
			attempt(store.Kicked)
		}
		pending := attempt(store.Pending)
		clock.advance(24 * time.Hour)
		young := attempt(store.Unknown)
		clock.advance(24*time.Hour + time.Second)

		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []store.AttemptID
		for attempt, err := range s.EachAttempt(t.Context(), store.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, attempt.ID)
		}
		if diff := cmp.Diff([]store.AttemptID{young, pending}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
