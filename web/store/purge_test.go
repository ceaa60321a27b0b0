package store_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// Old attempts go, however many there are, except those that are under way.
func TestPurgeAttempts(t *testing.T) {
	const many = 1200 // more than two transactions take
	onEach(t, func(t *testing.T, url string) {
		clock := newClock()
		s := open(t, store.Options{URL: url, Now: clock.Now, KeepAudit: 48 * time.Hour})
		attempt := func(outcome xmpp.Outcome) store.AttemptID {
			id, err := s.Intend(t.Context(), intent())
			if err != nil {
				t.Fatal(err)
			}
			if outcome != xmpp.Pending {
				if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: outcome}); err != nil {
					t.Fatal(err)
				}
			}
			return id
		}
		for range many {
			attempt(xmpp.Done)
		}
		pending := attempt(xmpp.Pending)
		clock.advance(24 * time.Hour)
		young := attempt(xmpp.Unknown)
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

// A process that never runs for ten minutes deletes as well.
func TestPurgeAtStart(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		clock := newClock()
		s := open(t, store.Options{URL: url, Now: clock.Now})
		old := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		if err := s.Conclude(t.Context(), old, store.Conclusion{Outcome: xmpp.Done}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		clock.advance(49 * time.Hour)
		s = open(t, store.Options{URL: url, Now: clock.Now, KeepAudit: 48 * time.Hour})
		until(t, "the old attempt is gone", func() bool { return len(outcomes(t, s)) == 0 })
	})
}

// A purge that takes long, as the first of millions of attempts does, keeps
// neither Open waiting, nor the renewals of the lease, nor Close.
func TestPurgeThatTakesLong(t *testing.T) {
	url := storetest.Postgres(t)
	other := open(t, store.Options{URL: url, NoAudit: true, Create: true})
	other.Hold(t, `LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE`)
	s := open(t, store.Options{URL: url}.Beating(10*time.Millisecond))
	until(t, "the purge waits", func() bool {
		waiting, err := other.Exec(t.Context(), `SELECT 1 FROM pg_locks WHERE relation = 'sessions'::regclass AND NOT granted`)
		return err == nil && waiting > 0
	})
	before := s.LeaseEnds(t)
	until(t, "the lease is renewed", func() bool { return s.LeaseEnds(t) > before })
}

// What was deleted cannot be read from the file either.
func TestPurgeLeavesNothingInTheFile(t *testing.T) {
	clock := newClock()
	url := storetest.SQLite(t)
	s := open(t, store.Options{URL: url, Now: clock.Now, KeepAudit: 48 * time.Hour})
	for range 100 {
		id := must[store.AttemptID](t)(s.Intend(t.Context(), store.Intent{Nick: "Rumpelstiltskin", Address: "192.0.2.201"}))
		if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
			t.Fatal(err)
		}
	}
	clock.advance(49 * time.Hour)
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Rumpelstiltskin", "192.0.2.201"} {
		if found := bytes.Count(content, []byte(text)); found > 0 {
			t.Errorf("%q is in the file %d times", text, found)
		}
	}
}
