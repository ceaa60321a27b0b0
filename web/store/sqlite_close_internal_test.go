package store

import (
	"database/sql/driver"
	"errors"
	"path/filepath"
	"testing"

	"muckick/xmpp"
)

// The store closes in good order also when the pool has given up the connection
// that the statements of commits were prepared on.
func TestCloseAfterALostConnection(t *testing.T) {
	s, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "store.db")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Intend(t.Context(), Intent{Action: xmpp.ActionKick, Room: "snuggery@chat.example.org", Nick: "Bob"}); err != nil {
		t.Fatal(err)
	}
	conn, err := s.backend.writer().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
		t.Fatalf("got %v, want that the pool gives the connection up", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
