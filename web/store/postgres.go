package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Advisory locks, numbered at random so that they meet no other program's.
const (
	lockMigrate int64 = 0x6d75636b69636b01
	lockLogins  int64 = 0x6d75636b69636b02
	lockLeases  int64 = 0x6d75636b69636b03
	lockPurge   int64 = 0x6d75636b69636b04

	lockOperators int64 = 0x6d75636b69636b05
	// lockEffects lets one replica at a time claim effects.
	lockEffects int64 = 0x6d75636b69636b06
)

// postgresBackend is one Postgres database.
type postgresBackend struct {
	pool *pgxpool.Pool
	db   *sql.DB // on pool
	// audit is the writer's own connection, so that no burst of reads delays it,
	// and flushes is the flusher's.
	audit, flushes *pgxpool.Pool
	// searches is for what may take long, so that nothing else waits for it.
	searches *pgxpool.Pool
	searchDB *sql.DB         // on searches
	patient  *pgxpool.Config // of migrations
	toVacuum atomic.Int64    // rows that left recent_attempts; only index uses it
}

const (
	// postgresSearches is how many searches and exports run at once.
	postgresSearches = 2
	// lockTimeout is shorter than commitTimeout, so that a wait for somebody
	// else's lock ends with the certainty that nothing was written.
	lockTimeout = 5 * time.Second
	// statementTimeout bounds what no caller waits for any more.
	statementTimeout = 60 * time.Second
	// postgresVacuumAt is how many rows leave recent_attempts before their room is
	// used again. The server's own vacuum comes once a minute.
	postgresVacuumAt = 2000
)

// postgresSettings are those of a session, unless the URL says otherwise. A
// server's own default of another isolation would make transactions fail that
// only have to be tried again.
func postgresSettings() map[string]string {
	return map[string]string{
		"application_name":                    "muckick",
		"default_transaction_isolation":       "read committed",
		"lock_timeout":                        postgresTime(lockTimeout),
		"statement_timeout":                   postgresTime(statementTimeout),
		"idle_in_transaction_session_timeout": postgresTime(statementTimeout),
	}
}

// postgresTime writes a duration as a setting that counts milliseconds.
func postgresTime(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// openPostgres connects as opts.URL says. Besides libpq's parameters it may
// hold those of pgxpool, such as pool_max_conns.
func openPostgres(ctx context.Context, opts Options) (*postgresBackend, error) {
	config, err := pgxpool.ParseConfig(opts.URL)
	if err != nil {
		return nil, fmt.Errorf("store: Postgres URL: %w", err)
	}
	for name, value := range postgresSettings() {
		if config.ConnConfig.RuntimeParams[name] == "" {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	config.AfterConnect = preparePostgres
	b := &postgresBackend{}
	if err := b.open(ctx, config); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open Postgres: %w", err), b.close())
	}
	return b, nil
}

// open makes the pools and connects.
func (b *postgresBackend) open(ctx context.Context, config *pgxpool.Config) (err error) {
	if b.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	b.db = stdlib.OpenDBFromPool(b.pool)
	searches := sized(config, postgresSearches)
	// Every filter has an index, and which of them is the right one depends on the
	// values: a plan for any of them, or for what the statistics have not seen, reads
	// the whole trail where a value is rare.
	searches.ConnConfig.RuntimeParams["enable_seqscan"] = "off"
	searches.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	searches.ConnConfig.RuntimeParams["max_parallel_workers_per_gather"] = "0" // starting them takes longer
	if b.searches, err = pgxpool.NewWithConfig(ctx, searches); err != nil {
		return err
	}
	b.searchDB = stdlib.OpenDBFromPool(b.searches)
	b.searchDB.SetMaxOpenConns(postgresSearches)
	if b.flushes, err = pgxpool.NewWithConfig(ctx, sized(config, 1)); err != nil {
		return err
	}
	audit := sized(config, 1)
	audit.AfterConnect = prepareUnflushed
	// The plan of a batch is made while the table is small and then kept, so
	// it must be the one for a large table: one index look-up a row.
	for _, way := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin"} {
		audit.ConnConfig.RuntimeParams[way] = "off"
	}
	if b.audit, err = pgxpool.NewWithConfig(ctx, audit); err != nil {
		return err
	}
	// An index over millions of rows takes its time.
	b.patient = sized(config, 2)
	for _, limit := range []string{"lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"} {
		b.patient.ConnConfig.RuntimeParams[limit] = "0"
	}
	return b.pool.Ping(ctx)
}

// sized returns the configuration of a pool with so many connections at most.
func sized(config *pgxpool.Config, connections int32) *pgxpool.Config {
	config = config.Copy()
	config.MaxConns, config.MinConns, config.MinIdleConns = connections, 0, 0
	return config
}

// preparePostgres makes a fresh connection fit: a commit must be durable when
// it returns, whatever the server's default, and text must be Unicode.
func preparePostgres(ctx context.Context, conn *pgx.Conn) error {
	var encoding string
	err := conn.QueryRow(ctx, `SELECT current_setting('server_encoding'),
		set_config('synchronous_commit', CASE current_setting('synchronous_commit')
			WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)`).Scan(&encoding, nil)
	if err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s, it must be UTF8", encoding)
	}
	return nil
}

// prepareUnflushed is preparePostgres for a connection whose commits outlive
// this process at once, and a crash of the server only when sync was called.
func prepareUnflushed(ctx context.Context, conn *pgx.Conn) error {
	if err := preparePostgres(ctx, conn); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, `SET synchronous_commit = off`)
	return err
}

// sync implements backend. A commit that waits for the disk takes along what was
// committed before it, and a message is the least that there is to commit.
func (b *postgresBackend) sync() error {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	_, err := b.flushes.Exec(ctx, `SELECT pg_logical_emit_message(true, 'muckick', '')`)
	return err
}

func (b *postgresBackend) durable() bool { return true }

func (b *postgresBackend) reader() *sql.DB { return b.db }

func (b *postgresBackend) searcher() *sql.DB { return b.searchDB }

func (b *postgresBackend) writer() *sql.DB { return b.db }

// writable has nothing to tell: the server says itself what it cannot store.
func (b *postgresBackend) writable() error { return nil }

func (b *postgresBackend) replica(id string) string { return id }

func (b *postgresBackend) skipLocked() string { return "FOR UPDATE SKIP LOCKED" }

// certain is true where the text itself is the one whose hash was found. In this form
// the planner does not take it for a second reason why a row is rare.
const certain = "CASE WHEN %[1]s %[2]s THEN TRUE ELSE FALSE END"

func (b *postgresBackend) match(column string) string {
	return fmt.Sprintf("hashtextextended(%[1]s, 0) = hashtextextended(%%[1]s, 0) AND "+certain, column, "= %[1]s")
}

func (b *postgresBackend) matchAny(column string, parameters []string) string {
	hashes := make([]string, len(parameters))
	for i, p := range parameters {
		hashes[i] = "hashtextextended(" + p + ", 0)"
	}
	return fmt.Sprintf("hashtextextended(%[1]s, 0) = ANY (ARRAY[%[3]s]) AND "+certain,
		column, "IN ("+strings.Join(parameters, ", ")+")", strings.Join(hashes, ", "))
}

// beside leaves the choice to the planner, which knows what an index costs.
func (b *postgresBackend) beside(condition string) string { return condition }

func (b *postgresBackend) serviceOf(column string) string {
	return fmt.Sprintf("split_part(%s, '@', 2)", column)
}

func (b *postgresBackend) clock(ctx context.Context, q querier) (time.Time, error) {
	var now time.Time
	err := q.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&now)
	return now, err
}

func (b *postgresBackend) serialise(ctx context.Context, tx *sql.Tx, lock int64) error {
	_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, lock)
	return err
}

func (b *postgresBackend) migrate(ctx context.Context, opts Options) error {
	// A replica that starts beside others asks once a second, for two minutes.
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(lockMigrate), lock.WithLockTimeout(1, 120))
	if err != nil {
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, b.patient)
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	m := migrator{dialect: goose.DialectPostgres, folder: "postgres", db: db, opts: opts, tables: b.tables}
	made, err := m.up(ctx, goose.WithSessionLocker(locker))
	if err == nil && made {
		opts.Logger.Warn("the database was empty: it has no operators, tokens or entries")
	}
	return err
}

// tables implements migrator.tables. Beside the tables of others a schema of a server
// may be meant for muckick's too.
func (b *postgresBackend) tables(ctx context.Context) (found tables, err error) {
	err = b.pool.QueryRow(ctx, `SELECT to_regclass('attempts') IS NOT NULL AND to_regclass('goose_db_version') IS NOT NULL`).Scan(&found.ours)
	return found, err
}

func (b *postgresBackend) close() error {
	var errs []error
	for _, db := range []*sql.DB{b.db, b.searchDB} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	for _, pool := range []*pgxpool.Pool{b.audit, b.flushes, b.searches, b.pool} {
		if pool != nil {
			pool.Close()
		}
	}
	return errors.Join(errs...)
}

// fault reads SQLSTATE (PostgreSQL manual, appendix A).
func (b *postgresBackend) fault(err error) fault {
	var failure *pgconn.PgError
	var unconnected *pgconn.ConnectError
	isConnect := errors.As(err, &unconnected)
	if !errors.As(err, &failure) {
		switch {
		case isConnect:
			return faultUnreachable
		case pgconn.SafeToRetry(err):
			return faultStore
		}
		return faultUnsure
	}
	switch {
	case isConnect && strings.HasPrefix(failure.Code, "28"): // invalid_authorization_specification
		return faultLogin
	case isConnect: // it starts, stops or has too many connections
		return faultUnreachable
	case failure.Code == "23505":
		return faultDuplicate
	case failure.Code == "40001", failure.Code == "40P01": // serialization_failure, deadlock_detected
		return faultConflict
	case failure.Code == "25006": // read_only_sql_transaction
		return faultReadOnly
	case failure.Code == "53100": // disk_full
		return faultFull
	case failure.Severity != "ERROR", strings.HasPrefix(failure.Code, "08"), failure.Code == "40003":
		return faultUnsure
	}
	switch failure.Code[:2] {
	case "22", "23", "54", "P0": // data, constraint, program limit, raised by a trigger
		return faultRow
	default:
		return faultStore
	}
}
