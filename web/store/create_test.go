package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"muckick/web/store"
	"muckick/web/store/storetest"
)

// A store that is opened beside a server makes no database unless it is told to, and
// no store makes its tables in a file of another program.
func TestWhoMakesADatabase(t *testing.T) {
	const foreign = `CREATE TABLE songs (title TEXT)`
	tests := []struct {
		name       string
		statements string // that make the file; "" for one that is empty, "-" for none
		options    store.Options
		want       error
	}{
		{"foreign, beside a server", foreign, store.Options{NoAudit: true}, store.ErrForeign},
		{"foreign, to create", foreign, store.Options{NoAudit: true, Create: true}, store.ErrForeign},
		{"foreign, to serve", foreign, store.Options{}, store.ErrForeign},
		{"of another program that counts migrations", foreign + `; CREATE TABLE goose_db_version (version_id INTEGER, is_applied INTEGER);
			INSERT INTO goose_db_version VALUES (9, 1)`, store.Options{}, store.ErrForeign},
		{"of another program with attempts", `CREATE TABLE attempts (id TEXT)`, store.Options{}, store.ErrForeign},
		{"a view alone", `CREATE VIEW v AS SELECT 1`, store.Options{}, store.ErrForeign},
		{"empty, beside a server", "", store.Options{NoAudit: true}, store.ErrNoTables},
		{"empty, to create", "", store.Options{NoAudit: true, Create: true}, nil},
		{"empty, to serve", "", store.Options{}, nil},
		{"no tables, beside a server", `PRAGMA user_version = 1`, store.Options{NoAudit: true}, store.ErrNoTables},
		{"no tables, to serve", `PRAGMA user_version = 1`, store.Options{}, nil},
		{"none, beside a server", "-", store.Options{NoAudit: true}, fs.ErrNotExist},
		{"none, to create", "-", store.Options{NoAudit: true, Create: true}, nil},
		{"none, to serve", "-", store.Options{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "db")
			switch tt.statements {
			case "-":
			case "":
				if err := os.WriteFile(path, nil, 0o644); err != nil {
					t.Fatal(err)
				}
			default:
				makeSQLite(t, path, tt.statements)
			}
			before, _ := os.ReadFile(path)
			o := tt.options
			o.URL = "sqlite:" + path
			s, err := store.Open(t.Context(), o)
			if err == nil {
				defer s.Close()
			}
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if tt.want == nil {
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				if len(before) == 0 && info.Mode().Perm() != 0o600 {
					t.Errorf("the file has permissions %v", info.Mode().Perm())
				}
				return
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			files, err := os.ReadDir(folder)
			if want := 1; err != nil || tt.statements == "-" && len(files) != 0 || tt.statements != "-" && len(files) != want {
				t.Errorf("files %v, %v, want what was there", files, err)
			}
		})
	}
}

// A file of one byte is none of SQLite's, although SQLite takes it for empty.
func TestOneByteIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []store.Options{{}, {NoAudit: true}, {NoAudit: true, Create: true}} {
		o.URL = "sqlite:" + path
		if s, err := store.Open(t.Context(), o); !errors.Is(err, store.ErrNoDatabase) {
			if err == nil {
				s.Close()
			}
			t.Errorf("got %v, want ErrNoDatabase", err)
		}
	}
}

// An empty database on Postgres is left empty by what only works beside a server.
func TestWhoMakesTablesOnPostgres(t *testing.T) {
	url := storetest.Postgres(t)
	if s, err := store.Open(t.Context(), store.Options{URL: url, NoAudit: true}); !errors.Is(err, store.ErrNoTables) {
		if err == nil {
			s.Close()
		}
		t.Fatalf("got %v, want ErrNoTables", err)
	}
	s := open(t, store.Options{URL: url, NoAudit: true, Create: true})
	if operators := must[[]store.Operator](t)(s.Operators(t.Context())); len(operators) != 0 {
		t.Errorf("got %v", operators)
	}
	open(t, store.Options{URL: url, NoAudit: true})
}

// makeSQLite makes a database by SQLite alone.
func makeSQLite(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
}
