package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"muckick/web"
	"muckick/web/store/storetest"
)

// A flood of strangers who sign in is refused without the store, and an operator
// gets in where they were before.
func TestManySignIns(t *testing.T) {
	database := storetest.Postgres(t)
	began := time.Now()
	var later atomic.Int64
	here := serveFrom(t, newEmbedded(t).connect(t), database+"&pool_max_conns=40", func(o *web.Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		o.Now = func() time.Time { return began.Add(time.Duration(later.Load())) }
	})
	signIn(t, here) // from 127.0.0.1
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE operators"); err != nil {
		t.Fatal(err)
	}
	login := url.Values{"username": {operatorName}, "password": {operatorPassword}}
	post := func(address string) page {
		return newBrowser(t, here).do(t, http.MethodPost, "/login", login, "X-Forwarded-For", address)
	}
	var waiting sync.WaitGroup
	refused := make(chan page, 100)
	for i := range cap(refused) {
		waiting.Go(func() {
			if got := post(fmt.Sprintf("192.0.2.%d", i)); got.status == 503 {
				refused <- got
			}
		})
	}
	const admitted = 20 - 1 // besides the one before
	for range cap(refused) - admitted {
		if got := <-refused; got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "Too many people are signing in") {
			t.Errorf("got %.300s, want a page that says when to try again", got.body)
		}
	}
	known := make(chan page)
	go func() { known <- post("127.0.0.1") }()
	awaitBlocked(t, conn, admitted+1)
	if _, err := conn.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if got := <-known; got.status != 303 {
		t.Errorf("an operator from where they were before: got %d, want 303", got.status)
	}
	waiting.Wait()
	later.Store(int64(time.Second))
	if got := post("198.51.100.1"); got.status != 303 {
		t.Errorf("after a second: got %d, want 303", got.status)
	}
}

// awaitBlocked waits until so many statements wait for a lock in the database of
// the connection.
func awaitBlocked(t *testing.T, conn *pgx.Conn, count int) {
	t.Helper()
	waitFor(t, fmt.Sprintf("%d statements to wait for a lock", count), func() bool {
		var blocked int
		err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&blocked)
		if err != nil {
			t.Fatal(err)
		}
		return blocked >= count
	})
}
