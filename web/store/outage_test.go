package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// TestConnectionsLost cuts the connections to Postgres while kicks are under
// way, and checks that each row ends with what was reported of it.
func TestConnectionsLost(t *testing.T) {
	const cuts = 10
	url := storetest.Postgres(t)
	s := open(t, store.Options{URL: url})
	axe := open(t, store.Options{URL: url, NoAudit: true})

	var stop atomic.Bool
	var mu sync.Mutex
	confirmed := map[string]bool{} // by Intend, and reported to Conclude as kicked
	lost := 0
	var group sync.WaitGroup
	for range inFlight {
		group.Go(func() {
			for !stop.Load() {
				id, err := s.Intend(t.Context(), intent())
				if err != nil {
					if !errors.Is(err, store.ErrNotStored) {
						t.Errorf("Intend: %v, want ErrNotStored", err)
					}
					mu.Lock()
					lost++
					mu.Unlock()
					continue
				}
				mu.Lock()
				confirmed[string(id)] = true
				mu.Unlock()
				err = s.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done})
				if err != nil && !errors.Is(err, store.ErrMaybeStored) {
					t.Errorf("Conclude: %v, want ErrMaybeStored", err)
				}
			}
		})
	}
	for range cuts {
		mu.Lock()
		before := len(confirmed)
		mu.Unlock()
		until(t, "kicks go on", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(confirmed) > before+inFlight
		})
		tamper(t, axe, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	}
	stop.Store(true)
	group.Wait()

	reader := open(t, store.Options{URL: url, NoAudit: true})
	until(t, "every row ends as it was reported", func() bool {
		stored := outcomes(t, reader)
		for id := range confirmed {
			if stored[id] != xmpp.Done {
				return false
			}
		}
		for id, outcome := range stored {
			if !confirmed[id] && outcome != xmpp.NotSent {
				return false
			}
		}
		return true
	})
	t.Logf("%d kicks, %d intents lost, %d rows", len(confirmed), lost, len(outcomes(t, reader)))
	if lost == 0 {
		t.Error("no cut was noticed")
	}
}
