package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// sqliteReaders is how many connections read a file at once.
	sqliteReaders = 4
	// sqliteMigrators is how often a migration is tried again when another
	// process applies the same one at the same time.
	sqliteMigrators = 3
	// sqliteOpening is how long opening a file waits for others that open it.
	sqliteOpening = 10 * time.Second
	// sqliteReplica names every process on SQLite, which serves one at a time.
	sqliteReplica = "local"
)

// sqliteBackend is one SQLite database. All writes share one connection, so
// that they queue in this process rather than poll for SQLite's lock.
type sqliteBackend struct {
	path          string
	reads, writes *sql.DB
	searches      *sql.DB // for what may take long, so that nothing else waits for it
	now           func() time.Time
	log           sqliteLog
	commits       sqliteCommits
	file          *sqliteFile  // nil in memory
	lock          *flock.Flock // nil when others may serve the file
}

// openSQLite opens the file of that path, or a database in memory for
// ":memory:". The query may say mode=ro, as SQLite's own URIs do.
func openSQLite(ctx context.Context, path, query string, opts Options) (*sqliteBackend, error) {
	asked, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("store: SQLite URL: %w", err)
	}
	readOnly := asked.Get("mode") == "ro"
	asked.Del("mode")
	if path == "" || len(asked) > 0 {
		return nil, errors.New(`store: the URL must be "sqlite:PATH", with "?mode=ro" at most`)
	}
	b := &sqliteBackend{path: path, now: opts.Now}
	if path == ":memory:" {
		b.writes, err = openSQLitePool(sqliteDSN(path, sqliteMemory()), 1)
		b.reads, b.searches = b.writes, b.writes
		return b, err
	}
	if !readOnly {
		if err := prepareSQLite(ctx, path, opts); err != nil {
			return nil, err
		}
		if !opts.NoAudit && !opts.shared {
			if b.lock, err = lockSQLite(path); err != nil {
				return nil, err
			}
			if b.lock == nil {
				opts.Logger.Warn("no lock file can be made, so another muckick could serve the same file", "file", path)
			}
		}
	}
	if err := b.open(ctx, readOnly); err != nil {
		return nil, errors.Join(openingError(path, err), b.close())
	}
	return b, nil
}

// openingError says what an administrator can do about a file that does not open.
func openingError(path string, err error) error {
	var failure *sqlite.Error
	if errors.As(err, &failure) && failure.Code()&0xff == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("%w: %s", ErrNoDatabase, path)
	}
	return fmt.Errorf("store: open SQLite file %s: %w (its user has to be able to write the file and its directory)", path, err)
}

// open connects to the file.
func (b *sqliteBackend) open(ctx context.Context, readOnly bool) (err error) {
	if b.writes, err = openSQLitePool(sqliteDSN(b.path, sqliteSettings(readOnly)), 1); err != nil {
		return err
	}
	if b.reads, err = openSQLitePool(sqliteDSN(b.path, sqliteSettings(true)), sqliteReaders+1); err != nil {
		return err
	}
	if b.searches, err = openSQLitePool(sqliteDSN(b.path, sqliteSettings(true)), sqliteSearches()); err != nil {
		return err
	}
	if err := connectSQLite(ctx, b.writes); err != nil {
		return err
	}
	if b.file, err = watchSQLite(ctx, b.path, b.reads, sqliteReaders+1); err != nil {
		return err
	}
	return openAll(ctx, b.searches, sqliteSearches())
}

// sqliteSearches is how many searches and exports read a file at once: each is a
// core's work, and kicks need one too.
func sqliteSearches() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// writable returns ErrMoved when what is written now would be lost.
func (b *sqliteBackend) writable() error {
	if b.file == nil {
		return nil
	}
	return b.file.check()
}

// connectSQLite opens the first connection, which switches the file to WAL.
// While another process does the same, SQLite answers that it is busy without
// waiting for as long as it was told to.
func connectSQLite(ctx context.Context, db *sql.DB) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := db.PingContext(ctx)
		var failure *sqlite.Error
		if err != nil && !(errors.As(err, &failure) && failure.Code()&0xff == sqlite3.SQLITE_BUSY) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(backoff.NewConstantBackOff(20*time.Millisecond)), backoff.WithMaxElapsedTime(sqliteOpening))
	return err
}

// sqliteSettings are the parameters of a connection. WAL lets readers run beside
// a commit, and with synchronous=NORMAL a commit outlives the process at once;
// that it outlives a power cut is the flusher's work. secure_delete overwrites
// what is deleted, so that nobody finds in the file whom audit_keep has made
// muckick forget.
func sqliteSettings(readOnly bool) url.Values {
	settings := url.Values{
		"_busy_timeout": {"10000"},
		"_foreign_keys": {"on"},
		"_txlock":       {"immediate"},
		"_dqs":          {"false"},
		"_defensive":    {"true"},
	}
	if readOnly {
		settings.Set("mode", "ro")
		settings.Set("_txlock", "deferred")
		return settings
	}
	settings.Set("mode", "rw") // a file that was moved away is not made anew
	settings.Set("_pragma", "secure_delete(on)")
	settings.Set("_journal_mode", "WAL")
	settings.Set("_synchronous", "NORMAL")
	return settings
}

// sqliteMemory are the parameters of the connection to a database in memory.
func sqliteMemory() url.Values {
	settings := sqliteSettings(false)
	settings.Del("mode")
	return settings
}

func openSQLitePool(dsn string, connections int) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: open SQLite: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// onDisk tells whether the database is a file. One in memory is its only
// connection, which therefore must never be closed.
func (b *sqliteBackend) onDisk() bool { return b.reads != b.writes }

func (b *sqliteBackend) reader() *sql.DB { return b.reads }

func (b *sqliteBackend) searcher() *sql.DB { return b.searches }

func (b *sqliteBackend) writer() *sql.DB { return b.writes }

func (b *sqliteBackend) replica(string) string { return sqliteReplica }

// skipLocked has nothing to do, as serialise.
func (b *sqliteBackend) skipLocked() string { return "" }

func (b *sqliteBackend) match(column string) string { return column + " = %s" }

func (b *sqliteBackend) matchAny(column string, parameters []string) string {
	return column + " IN (" + strings.Join(parameters, ", ") + ")"
}

func (b *sqliteBackend) beside(condition string) string { return "+" + condition }

func (b *sqliteBackend) serviceOf(column string) string {
	return fmt.Sprintf("substr(%[1]s, instr(%[1]s, '@') + 1)", column)
}

func (b *sqliteBackend) clock(context.Context, querier) (time.Time, error) { return b.now(), nil }

// serialise has nothing to do: SQLite runs one write transaction at a time.
func (b *sqliteBackend) serialise(context.Context, *sql.Tx, int64) error { return nil }

func (b *sqliteBackend) migrate(ctx context.Context, opts Options) error {
	m := migrator{dialect: goose.DialectSQLite3, folder: "sqlite", db: b.writes, opts: opts,
		tables: func(ctx context.Context) (tables, error) { return sqliteTables(ctx, b.writes) }}
	var made bool
	var err error
	for range sqliteMigrators {
		made, err = m.up(ctx)
		if err == nil || errors.Is(err, ErrSchema) || errors.Is(err, ErrOldSchema) || errors.Is(err, ErrNoTables) || errors.Is(err, ErrForeign) {
			break
		}
	}
	if err != nil {
		return err
	}
	if made && b.onDisk() {
		opts.Logger.Warn("the database file is new: it has no operators, tokens or entries", "file", b.path)
	}
	if b.onDisk() {
		if err := b.findLog(ctx); err != nil {
			return err
		}
	}
	return b.withCommits(func(*sqliteCommits) error { return nil })
}

func (b *sqliteBackend) close() error {
	var errs []error
	if b.file != nil {
		errs = append(errs, b.file.keeper.Close())
	}
	if b.onDisk() && b.reads != nil {
		errs = append(errs, b.reads.Close())
	}
	if b.onDisk() && b.searches != nil {
		errs = append(errs, b.searches.Close())
	}
	if b.writes != nil {
		errs = append(errs, b.log.close(), b.closeCommits(), b.writes.Close())
	}
	if b.lock != nil {
		errs = append(errs, b.lock.Unlock())
	}
	return errors.Join(errs...)
}

func (b *sqliteBackend) fault(err error) fault {
	if errors.Is(err, ErrMoved) {
		return faultStore
	}
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return faultUnsure
	}
	switch failure.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return faultDuplicate
	}
	// The low byte is the primary result code.
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
		return faultRow
	case sqlite3.SQLITE_FULL:
		return faultFull
	case sqlite3.SQLITE_READONLY:
		return faultReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN:
		return faultStore
	default:
		return faultUnsure
	}
}
