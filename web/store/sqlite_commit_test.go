package store

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
)

// TestConnectionThatDoesNotFlushIsClosed: a connection that was to write
// outcomes without waiting for the disk, and then cannot be told to wait again,
// stores no intent.
func TestConnectionThatDoesNotFlushIsClosed(t *testing.T) {
	const full = 2
	ctx := t.Context()
	s, err := Open(ctx, Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "store.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id, err := s.Intend(ctx, Intent{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := s.backend.writer().Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := setSynchronous(ctx, conn, syncLater); err != nil {
		t.Fatal(err)
	}
	// SQLite refuses to change it within a transaction.
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		t.Fatal(err)
	}
	if err := resumeFlushing(ctx, conn); err == nil {
		t.Fatal("no error, want SQLite's")
	}
	if err := conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		t.Errorf("close: got %v, want %v", err, sql.ErrConnDone)
	}
	if got := s.Synchronous(t); got != full {
		t.Errorf("got synchronous %d, want %d", got, full)
	}
	if err := s.Conclude(ctx, id, Conclusion{Outcome: Kicked}); err != nil {
		t.Error(err)
	}
	if _, err := s.Intend(ctx, Intent{}); err != nil {
		t.Error(err)
	}
}
