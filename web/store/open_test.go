package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muckick/web/store"
)

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, url, want string }{
		{"nothing", "", "sqlite:"},
		{"a path", "muckick.db", "sqlite:"},
		{"another scheme", "mysql://localhost/db", "sqlite:"},
		{"no path", "sqlite:", "sqlite:PATH"},
		{"an unknown setting", "sqlite:x.db?cache=shared", "sqlite:PATH"},
		{"a pragma", "sqlite:x.db?_pragma=synchronous(0)", "sqlite:PATH"},
		{"a missing folder", "sqlite:" + folder + "/missing/x.db", "no such file"},
		{"a missing file to read", "sqlite:" + folder + "/missing.db?mode=ro", "SQLite"},
		{"a folder", "sqlite:" + folder, "SQLite"},
		{"no database", "sqlite:" + garbage, "no SQLite database"},
		{"no server", "postgres://user:sesame@127.0.0.1:1/db?connect_timeout=5", "Postgres"},
		{"a bad Postgres URL", "postgres://user:sesame@[::1/db", "Postgres"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			s, err := store.Open(ctx, store.Options{URL: tt.url})
			if err == nil {
				t.Fatal(s.Close())
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want it to mention %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Errorf("error %q holds the password", err)
			}
		})
	}
}

func TestOpenAgain(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping: %v", err)
		}
		for range 2 {
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if err := s.Ping(t.Context()); !errors.Is(err, store.ErrClosed) {
			t.Errorf("Ping after Close: %v, want ErrClosed", err)
		}
		expectAttempts(t, open(t, store.Options{URL: url}), id)
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		tamper(t, s, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999999, $1)`, true)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), store.Options{URL: url}); !errors.Is(err, store.ErrSchema) {
			t.Errorf("error %v, want ErrSchema", err)
		}
	})
}

func TestFileIsPrivate(t *testing.T) {
	folder := t.TempDir()
	s := open(t, store.Options{URL: "sqlite:" + folder + "/a #%41ü.db"})
	must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has permissions %v", entry.Name(), info.Mode().Perm())
		}
	}
	if len(names) != 4 {
		t.Errorf("files %q, want the database, its log, its index and its lock", names)
	}
}

func TestNothingRunsAfterClose(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		before := goleak.IgnoreCurrent()
		s := open(t, store.Options{URL: url})
		must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		goleak.VerifyNone(t, before)
	})
}
