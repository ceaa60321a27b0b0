//go:build unix

package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"muckick/web/store"
	"muckick/xmpp"
)

// TestShutdownEndsInTime shuts a store down whose database does not answer any
// more: the outcome that is under way is lost, and the log says so.
func TestShutdownEndsInTime(t *testing.T) {
	const patience, atMost = 300 * time.Millisecond, 3 * time.Second
	onEachServerOrFile(t, func(t *testing.T, url string) {
		var logs syncBuffer
		s := open(t, store.Options{URL: url, Logger: slog.New(slog.NewTextHandler(&logs, nil))})
		id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		if strings.HasPrefix(url, "sqlite:") {
			open(t, store.Options{URL: url, NoAudit: true}).Hold(t, `SELECT 1`)
		} else {
			freezePostgres(t, url)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Conclude(gone, id, store.Conclusion{Outcome: xmpp.Done})
		if !errors.Is(err, store.ErrMaybeStored) {
			t.Fatalf("Conclude: %v, want ErrMaybeStored", err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		began := time.Now()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v, want %v", err, context.DeadlineExceeded)
		}
		if took := time.Since(began); took > atMost {
			t.Errorf("took %v, want %v", took, patience)
		}
		if got, want := logs.String(), `outcomes lost, their attempts end as unknown" attempts=1`; strings.Count(got, want) != 1 {
			t.Errorf("the log does not say once %q:\n%s", want, got)
		}
	})
}

// freezePostgres stops the processes that serve the connections to a database
// until the test ends. It must be called after the stores are opened that are
// to end only then.
func freezePostgres(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT pid FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	if err != nil {
		t.Fatal(err)
	}
	processes, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	for _, process := range processes {
		if err := syscall.Kill(process, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := syscall.Kill(process, syscall.SIGCONT); err != nil {
				t.Error(err)
			}
		})
	}
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu      sync.Mutex
	content bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.content.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.content.String()
}
