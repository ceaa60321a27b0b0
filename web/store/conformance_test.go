package store_test

import (
	"os"
	"sync"
	"testing"
	"time"

	"muckick/web/store"
	"muckick/web/store/storetest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(victimURL); url != "" {
		beVictim(url)
		return
	}
	storetest.Main(m)
}

// start is when the tests' clocks begin.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// cheap makes password hashes that cost next to nothing.
var cheap = store.Hashing{Memory: 64, Passes: 1, Lanes: 1, Concurrent: 4}

// onEach runs a test on every kind of database.
func onEach(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { test(t, "sqlite::memory:") })
	onEachServerOrFile(t, test)
}

// onEachServerOrFile runs a test on every kind of database that can be opened
// more than once.
func onEachServerOrFile(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, storetest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, storetest.Postgres(t)) })
}

// open opens a store and closes it after the test.
func open(t testing.TB, opts store.Options) *store.Store {
	t.Helper()
	if opts.Hashing == (store.Hashing{}) {
		opts.Hashing = cheap
	}
	s, err := store.Open(t.Context(), opts)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// clock is a clock that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: start} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// tamper runs a statement on the database behind the store's back.
func tamper(t testing.TB, s *store.Store, statement string, args ...any) {
	t.Helper()
	if _, err := s.Exec(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// must returns the value of a call that has to succeed.
func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// until waits for a condition that something else brings about.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("timed out: %s", what)
		case <-poll.C:
		}
	}
}
