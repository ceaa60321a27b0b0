package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
)

// Exec lets tests run a statement behind the store's back, on the connection
// that the store writes with.
func (s *Store) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return s.exec(ctx, statement, args...)
}

// Heartbeat lets tests renew the lease without waiting for it.
func (s *Store) Heartbeat(ctx context.Context) error { return s.renewLease(ctx) }

// Beating returns options by which the lease is renewed so often.
func (o Options) Beating(heartbeat time.Duration) Options {
	o.heartbeat = heartbeat
	return o
}

// Shared returns options by which several stores serve one SQLite file.
func (o Options) Shared() Options {
	o.shared = true
	return o
}

// Agreeing returns options by which replicas agree on the database's clock, although
// Now is another one.
func (o Options) Agreeing() Options {
	o.agreeing = true
	return o
}

// LeaseEnds returns the time, as stored, when the lease runs out.
func (s *Store) LeaseEnds(t *testing.T) (at int64) {
	t.Helper()
	err := s.backend.reader().QueryRowContext(t.Context(),
		`SELECT expires FROM replicas WHERE id = $1`, s.lease.id).Scan(&at)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Hold begins a transaction with a statement. It lasts until the returned
// function is called, or the test ends.
func (s *Store) Hold(t *testing.T, statement string) func() {
	t.Helper()
	tx, err := s.backend.writer().BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	release := sync.OnceFunc(func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	if _, err := tx.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	return release
}

// Position returns a position in Postgres' log, by the function of that name.
func (s *Store) Position(t *testing.T, function string) (position int64) {
	t.Helper()
	err := s.backend.reader().QueryRowContext(t.Context(), "SELECT "+function+"() - '0/0'::pg_lsn").Scan(&position)
	if err != nil {
		t.Fatal(err)
	}
	return position
}

// HoldSearches takes every connection of searches until the returned function is
// called.
func (s *Store) HoldSearches(t *testing.T) func() {
	t.Helper()
	searches := s.backend.searcher()
	var held []*sql.Conn
	for range searches.Stats().MaxOpenConnections {
		conn, err := searches.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	if len(held) == 0 {
		t.Fatal("searches have no connections of their own")
	}
	return sync.OnceFunc(func() {
		for _, conn := range held {
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// DummyHash is the hash that an unknown operator's password is compared with.
func (s *Store) DummyHash() string { return s.dummyHash }

// StoredHash returns the hash of an operator's password.
func (s *Store) StoredHash(t *testing.T, name string) string {
	t.Helper()
	_, hash, err := s.operator(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// HashCost returns the part of a PHC string that says what the hash costs.
func HashCost(phc string) string {
	parts := strings.Split(phc, "$")
	return strings.Join(parts[:len(parts)-2], "$")
}

// HoldHashing takes every place among the hashes until the returned function is
// called.
func (s *Store) HoldHashing(t *testing.T) func() {
	t.Helper()
	places := s.opts.Hashing.Concurrent
	if err := s.hashing.Acquire(t.Context(), places); err != nil {
		t.Fatal(err)
	}
	return func() { s.hashing.Release(places) }
}

// EndEventWindow makes entries of the counts of events without waiting for it.
func (s *Store) EndEventWindow() { s.trail.endWindow() }

// OpenSchema opens a database of an older release, with which nothing can be
// done but what tests do behind the store's back.
func OpenSchema(t *testing.T, url string, version int64) *Store {
	t.Helper()
	opts := Options{URL: url}.Shared().withDefaults()
	backend, err := openBackend(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(opts, backend)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	dialect, folder := goose.DialectSQLite3, "sqlite"
	if strings.HasPrefix(url, "postgres:") {
		dialect, folder = goose.DialectPostgres, "postgres"
	}
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(dialect, backend.writer(), files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return s
}

// Hash returns the PHC string of a password.
func (h Hashing) Hash(password string) string { return h.hash(password) }

// HashSecret returns what the store keeps of a secret.
func HashSecret(secret string) []byte {
	hash := sha256.Sum256([]byte(secret))
	return hash[:]
}

// IndexRecent moves attempts that ended without waiting for when that is due.
func (s *Store) IndexRecent(ctx context.Context) error { return s.indexRecent(ctx) }

// Rows returns how many rows a table has.
func (s *Store) Rows(t testing.TB, table string) (count int) {
	t.Helper()
	if err := s.backend.reader().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

// Indexes returns the definitions of a table's indexes except its key, by name.
func (s *Store) Indexes(t testing.TB, table string) map[string]string {
	t.Helper()
	query := `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL`
	if _, isPostgres := s.backend.(*postgresBackend); isPostgres {
		query = `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1 AND indexname NOT LIKE '%pkey'`
	}
	rows, err := s.backend.reader().QueryContext(t.Context(), query, table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	indexes := make(map[string]string)
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			t.Fatal(err)
		}
		indexes[name] = definition
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return indexes
}
