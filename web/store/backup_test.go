package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// expectFiles checks which files a folder has, hidden ones included.
func expectFiles(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// A backup beside a server that writes holds what was confirmed before it
// began, and comes back.
func TestBackupAndRestore(t *testing.T) {
	url, folder := storetest.SQLite(t), t.TempDir()
	backup := filepath.Join(folder, "backup.db")
	s := open(t, store.Options{URL: url})
	addOperator(t, s, "nurse")
	before := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
	if err := s.Conclude(t.Context(), before, store.Conclusion{Outcome: xmpp.Done}); err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for !stop.Load() {
				if _, err := s.Intend(t.Context(), intent()); err != nil {
					t.Errorf("Intend: %v", err)
				}
			}
		})
	}
	err := store.Backup(t.Context(), url, backup)
	stop.Store(true)
	group.Wait()
	if err != nil {
		t.Fatal(err)
	}
	expectFiles(t, folder, "backup.db")
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("permissions %v, %v, want those of its owner only", info.Mode(), err)
	}
	if err := store.Backup(t.Context(), url, backup); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Backup over a file: %v, want fs.ErrExist", err)
	}

	if _, err := store.Restore(t.Context(), backup, url); !errors.Is(err, store.ErrInUse) {
		t.Errorf("Restore under a server: %v, want ErrInUse", err)
	}
	later := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	former := must[string](t)(store.Restore(t.Context(), backup, url))

	restored := open(t, store.Options{URL: url})
	expectOutcome(t, restored, before, xmpp.Done)
	if _, err := restored.Attempt(t.Context(), later); !errors.Is(err, store.ErrNoAttempt) {
		t.Errorf("what came after the backup: %v, want ErrNoAttempt", err)
	}
	if _, err := restored.Authenticate(t.Context(), "nurse", password); err != nil {
		t.Errorf("Authenticate: %v", err)
	}
	kept := open(t, store.Options{URL: "sqlite:" + former, NoAudit: true})
	expectOutcome(t, kept, later, xmpp.Unknown)
}

// A database that a crash left with its log is put aside with it.
func TestRestoreWhereThereIsALog(t *testing.T) {
	url, folder := storetest.SQLite(t), t.TempDir()
	path, backup := strings.TrimPrefix(url, "sqlite:"), filepath.Join(folder, "backup.db")
	first := open(t, store.Options{URL: url})
	if err := store.Backup(t.Context(), url, backup); err != nil {
		t.Fatal(err)
	}
	crashed := must[store.AttemptID](t)(first.Intend(t.Context(), intent()))
	place := filepath.Join(folder, "crashed.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(place+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	former := must[string](t)(store.Restore(t.Context(), backup, "sqlite:"+place))
	expectAttempts(t, open(t, store.Options{URL: "sqlite:" + place}))
	expectAttempts(t, open(t, store.Options{URL: "sqlite:" + former}), crashed)
}

func TestBackupRefuses(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newer := filepath.Join(t.TempDir(), "newer.db")
	s := open(t, store.Options{URL: "sqlite:" + newer, NoAudit: true, Create: true})
	tamper(t, s, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999999, TRUE)`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	garbage, empty := write("garbage", strings.Repeat("this is no database\n", 1000)), write("empty", "")
	target := "sqlite:" + write("target", "what there was")

	restore := func(from, to string) error { _, err := store.Restore(t.Context(), from, to); return err }
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"back up Postgres", store.Backup(t.Context(), "postgres://localhost/x", filepath.Join(folder, "to")), "pg_dump"},
		{"back up memory", store.Backup(t.Context(), "sqlite::memory:", filepath.Join(folder, "to")), "only SQLite files"},
		{"back up nothing", store.Backup(t.Context(), "sqlite:"+folder+"/missing", filepath.Join(folder, "to")), "there is no file"},
		{"back up garbage", store.Backup(t.Context(), "sqlite:"+garbage, filepath.Join(folder, "to")), "no SQLite database"},
		{"restore to Postgres", restore(newer, "postgres://localhost/x"), "pg_restore"},
		{"restore nothing", restore(filepath.Join(folder, "missing"), target), "there is no file"},
		{"restore garbage", restore(garbage, target), "no SQLite database"},
		{"restore an empty file", restore(empty, target), "no database of muckick"},
		{"restore a newer one's", restore(newer, target), "newer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
				t.Errorf("error %v, want it to mention %q", tt.err, tt.want)
			}
		})
	}
	if content, err := os.ReadFile(strings.TrimPrefix(target, "sqlite:")); err != nil || string(content) != "what there was" {
		t.Errorf("a refused restore left %q, %v", content, err)
	}
	expectFiles(t, folder, "empty", "garbage", "target")
}
