package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// BenchmarkAudit measures the audit of a kick: an intent, awaited until it is
// durable, and its outcome, awaited until Conclude returns.
func BenchmarkAudit(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, s *store.Store, inFlight int) {
		spread(b, inFlight, func() error { return audit(b, s, func() {}) })
	})
}

// BenchmarkKick measures kicks with and without audit at 16 in flight. The
// chat server is played by a loop that takes 300 µs of one core for each kick,
// one at a time, as one room does.
func BenchmarkKick(b *testing.B) {
	var room sync.Mutex
	kick := func() {
		room.Lock()
		defer room.Unlock()
		for begun := time.Now(); time.Since(begun) < 300*time.Microsecond; {
		}
	}
	b.Run("unaudited", func(b *testing.B) {
		spread(b, 16, func() error { kick(); return nil })
	})
	for name, url := range databases {
		b.Run(name, func(b *testing.B) {
			s := open(b, store.Options{URL: url(b)})
			spread(b, 16, func() error { return audit(b, s, kick) })
		})
	}
}

// BenchmarkSession measures the lookup that each request of the panel makes.
func BenchmarkSession(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, s *store.Store, inFlight int) {
		operator := must[store.Operator](b)(s.AddOperator(b.Context(), "nurse", "good night Romeo", moderation.Everything()))
		secret, _, err := s.StartSession(b.Context(), operator, store.Client{})
		if err != nil {
			b.Fatal(err)
		}
		spread(b, inFlight, func() error {
			_, err := s.Session(b.Context(), secret)
			return err
		})
	})
}

var databases = map[string]func(testing.TB) string{
	"sqlite":   storetest.SQLite,
	"postgres": storetest.Postgres,
}

func benchmarkEach(b *testing.B, run func(b *testing.B, s *store.Store, inFlight int)) {
	for name, url := range databases {
		for _, inFlight := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("%s/inflight=%d", name, inFlight), func(b *testing.B) {
				run(b, open(b, store.Options{URL: url(b)}), inFlight)
			})
		}
	}
}

// audit records a kick by a machine as the kick handler does.
func audit(b *testing.B, s *store.Store, kick func()) error {
	id, err := s.Intend(b.Context(), store.Intent{
		Actor: store.Actor{Kind: store.ByAPI}, Address: "192.0.2.7",
		Room: "snuggery@chat.example.org", Nick: "Bob", Reason: "Time for bed.",
	})
	if err != nil {
		return err
	}
	kick()
	return s.Conclude(b.Context(), id, store.Conclusion{Outcome: xmpp.Done, Duration: time.Millisecond})
}

// spread runs b.N calls on so many goroutines and reports calls per second.
func spread(b *testing.B, inFlight int, call func() error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var group sync.WaitGroup
	b.ResetTimer()
	begun := time.Now()
	for range inFlight {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "calls/s")
}
