package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// A file that is not where it was opened takes no entries, and /readyz learns
// of it at once. When it is back, so are the entries.
func TestFileMovedAway(t *testing.T) {
	move := func(t *testing.T, from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		do   func(t *testing.T, path string)
		undo func(t *testing.T, path string)
	}{
		{"the database", func(t *testing.T, path string) { move(t, path, path+".away") },
			func(t *testing.T, path string) { move(t, path+".away", path) }},
		{"its log", func(t *testing.T, path string) { move(t, path+"-wal", path+".away") },
			func(t *testing.T, path string) { move(t, path+".away", path+"-wal") }},
		{"the folder", func(t *testing.T, path string) { move(t, filepath.Dir(path), filepath.Dir(path)+".away") },
			func(t *testing.T, path string) { move(t, filepath.Dir(path)+".away", filepath.Dir(path)) }},
		{"replaced by another", func(t *testing.T, path string) {
			move(t, path, path+".away")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, func(t *testing.T, path string) { move(t, path+".away", path) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url := "sqlite:" + filepath.Join(t.TempDir(), "folder", "store.db")
			path := strings.TrimPrefix(url, "sqlite:")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			s := open(t, store.Options{URL: url})
			before := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))

			tt.do(t, path)
			if err := s.Ping(t.Context()); !errors.Is(err, store.ErrMoved) || !errors.Is(err, store.ErrNotStored) {
				t.Errorf("Ping: %v, want ErrMoved", err)
			}
			_, err := s.Intend(t.Context(), intent())
			if !errors.Is(err, store.ErrMoved) || !errors.Is(err, store.ErrNotStored) || errors.Is(err, store.ErrMaybeStored) {
				t.Errorf("Intend: %v, want ErrNotStored for certain, and ErrMoved", err)
			}
			if _, err := s.AddOperator(t.Context(), "nurse", "good night Romeo", moderation.Everything()); !errors.Is(err, store.ErrMoved) {
				t.Errorf("AddOperator: %v, want ErrMoved", err)
			}
			// The kick under way is told of; its outcome waits.
			if err := s.Conclude(t.Context(), before, store.Conclusion{Outcome: xmpp.Done}); !errors.Is(err, store.ErrMaybeStored) {
				t.Errorf("Conclude: %v, want ErrMaybeStored", err)
			}

			tt.undo(t, path)
			after := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
			if err := s.Ping(t.Context()); err != nil {
				t.Errorf("Ping: %v", err)
			}
			until(t, "the outcome is stored", func() bool { return outcome(t, s, before) == xmpp.Done })
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			expectAttempts(t, open(t, store.Options{URL: url, NoAudit: true}), after, before)
		})
	}
}

// Two processes that serve one file would take each other for dead.
func TestFileIsServedOnce(t *testing.T) {
	url := storetest.SQLite(t)
	s := open(t, store.Options{URL: url})
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(strings.TrimPrefix(url, "sqlite:"), link); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{url, "sqlite:" + link} {
		if _, err := store.Open(t.Context(), store.Options{URL: other}); !errors.Is(err, store.ErrInUse) {
			t.Errorf("%s: error %v, want ErrInUse", other, err)
		}
	}
	beside := open(t, store.Options{URL: url, NoAudit: true})
	if _, err := beside.AddOperator(t.Context(), "nurse", "good night Romeo", moderation.Everything()); err != nil {
		t.Errorf("AddOperator beside the server: %v", err)
	}
	open(t, store.Options{URL: url + "?mode=ro"})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, store.Options{URL: url})
}
