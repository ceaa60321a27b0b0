package store_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"muckick/web/store"
	"muckick/web/store/storetest"
)

// relay passes connections on to an address until it is closed, and then ends
// those that there are.
func relay(t *testing.T, to string) (address string, end func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn
	var work sync.WaitGroup
	work.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			mu.Lock()
			open = append(open, near, far)
			mu.Unlock()
			work.Go(func() { io.Copy(far, near); far.Close() })
			work.Go(func() { io.Copy(near, far); near.Close() })
		}
	})
	end = sync.OnceFunc(func() {
		l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			c.Close()
		}
	})
	t.Cleanup(func() { end(); work.Wait() })
	return l.Addr().String(), end
}

// Ping tells one trouble from another.
func TestPingNamesTheTrouble(t *testing.T) {
	database := storetest.Postgres(t)
	admin := open(t, store.Options{URL: database, NoAudit: true, Create: true})
	parsed, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("no connection", func(t *testing.T) {
		through := *parsed
		var end func()
		through.Host, end = relay(t, parsed.Host)
		s := open(t, store.Options{URL: through.String(), NoAudit: true})
		if err := s.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		end()
		until(t, "it is noticed", func() bool { return errors.Is(s.Ping(t.Context()), store.ErrUnreachable) })
	})
	t.Run("login refused", func(t *testing.T) {
		tamper(t, admin, `CREATE ROLE guest SUPERUSER LOGIN`)
		as := *parsed
		as.User = url.User("guest")
		s := open(t, store.Options{URL: as.String(), NoAudit: true})
		tamper(t, admin, `ALTER ROLE guest NOLOGIN`)
		tamper(t, admin, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guest'`)
		until(t, "it is noticed", func() bool { return errors.Is(s.Ping(t.Context()), store.ErrLogin) })
	})
}
