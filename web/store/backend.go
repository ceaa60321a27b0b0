package store

import (
	"context"
	"database/sql"
	"time"

	"muckick/web/moderation"
)

// backend is what differs between the databases.
type backend interface {
	committer

	// sync makes durable what was committed before the call. An error that matches
	// errFlushLost is final.
	sync() error

	// index moves up to so many attempts that ended from recent_attempts into
	// attempts, all of them or none. It need not be durable when it returns.
	index(ctx context.Context, limit int) (moved int64, err error)

	// durable tells whether a transaction of the pool writer is durable when its
	// commit returns, without sync.
	durable() bool

	// reader and writer are the pools for statements that only read, and for
	// all others; searcher is that of searches and exports, which may read for
	// long, and for which no session or token waits. A transaction must not use
	// another pool: with SQLite in memory there is only one connection.
	reader() *sql.DB
	searcher() *sql.DB
	writer() *sql.DB

	// writable returns why what is written now would be lost, if so.
	writable() error

	// migrate brings the schema up to date as far as the options let it, and warns
	// when there was none.
	migrate(ctx context.Context, opts Options) error

	// clock tells the time that all replicas agree on.
	clock(ctx context.Context, q querier) (time.Time, error)

	// serialise makes tx wait for every other transaction that serialised on
	// the same lock and has not ended.
	serialise(ctx context.Context, tx *sql.Tx, lock int64) error

	// skipLocked ends a query whose rows will be changed, so that it passes over
	// those that another replica changes at the moment.
	skipLocked() string

	// match returns the condition that a text column equals a parameter, %s,
	// in the form that an index serves.
	match(column string) string

	// matchAny is match for several parameters.
	matchAny(column string, parameters []string) string

	// beside returns a condition in the form that it has beside a part of a filter whose
	// index is to be read: it is looked up in that index, and in none of its own.
	beside(condition string) string

	// serviceOf returns the domain of a column of rooms' addresses, in the form that
	// an index serves.
	serviceOf(column string) string

	// settle stores the outcomes of those of a job's targets that have none yet, which
	// are then the first and following ones after so many that were settled.
	settle(ctx context.Context, tx *sql.Tx, id JobID, targets []moderation.JobTarget, after int64) error

	// replica is the name of a process that was given none, and id is unique.
	replica(id string) string

	// fault tells what err means for the statement or transaction it ended.
	fault(err error) fault

	close() error
}
