package store_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// junkRate is how many requests of strangers come in a second.
const junkRate = 1200

// BenchmarkKickUnderJunk measures how long an intent and its outcome take, alone
// and while strangers guess names, from one address or from ever new ones, and
// send tokens that are none.
func BenchmarkKickUnderJunk(b *testing.B) {
	kinds := map[string]func(b *testing.B, s *store.Store, i int64){
		"none": nil,
		"logins from one address": func(b *testing.B, s *store.Store, i int64) {
			must[time.Duration](b)(s.AdmitLogin(b.Context(), fmt.Sprint("guess", i), "192.0.2.1"))
		},
		"logins from anywhere": func(b *testing.B, s *store.Store, i int64) {
			must[time.Duration](b)(s.AdmitLogin(b.Context(), fmt.Sprint("guess", i), fmt.Sprintf("2001:db8:%x:%x::1", i>>16, i&0xffff)))
		},
		"tokens": func(b *testing.B, s *store.Store, i int64) {
			if _, err := s.Token(b.Context(), fmt.Sprint(store.TokenPrefix, "guess", i)); err == nil {
				b.Error("a guess was right")
			}
		},
	}
	databases := map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres}
	for database, url := range databases {
		for kind, junk := range kinds {
			b.Run(database+"/"+kind, func(b *testing.B) {
				s := open(b, store.Options{URL: url(b)})
				var stop atomic.Bool
				var group sync.WaitGroup
				if junk != nil {
					group.Go(func() { flood(b, s, &stop, junk) })
				}
				var times []time.Duration
				for b.Loop() {
					began := time.Now()
					id := must[store.AttemptID](b)(s.Intend(b.Context(), intent()))
					if err := s.Conclude(b.Context(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
						b.Fatal(err)
					}
					times = append(times, time.Since(began))
				}
				stop.Store(true)
				group.Wait()
				slices.Sort(times)
				b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-us")
				b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-us")
			})
		}
	}
}

// flood does junk at junkRate, however long each takes.
func flood(b *testing.B, s *store.Store, stop *atomic.Bool, junk func(*testing.B, *store.Store, int64)) {
	var group sync.WaitGroup
	defer group.Wait()
	began := time.Now()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for done := int64(0); !stop.Load(); <-tick.C {
		for ; done < int64(time.Since(began).Seconds()*junkRate); done++ {
			n := done
			group.Go(func() { junk(b, s, n) })
		}
	}
}
