package store

import (
	"cmp"
	"log/slog"
	"time"
)

// Options says which database to open and how. Only URL is required.
type Options struct {
	// URL names the database: "sqlite:PATH", "sqlite::memory:", which keeps
	// nothing, or "postgres://…". "sqlite:PATH?mode=ro" opens a file for reading.
	URL string

	// Logger receives what no caller can be told, such as a lease that could
	// not be renewed. The default discards.
	Logger *slog.Logger

	// Now is the clock. The default is time.Now; then what replicas have to agree
	// on, such as how old a failed sign-in is, goes by the database's clock.
	Now func() time.Time

	// Replica names this process among those that share the database. A start
	// settles at once what the former bearer of the name left pending, so no
	// two living processes may bear one name. The default on Postgres is a
	// random name, whose leftovers are settled when its lease has run out; on
	// SQLite, which serves one process, it is always the same name.
	Replica string

	// NoAudit opens the store beside a running server, for administration: it
	// takes no lease and settles nothing, and Intend and Conclude fail. An older
	// schema is refused with ErrOldSchema, since the program that wrote it may be
	// running.
	NoAudit bool

	// Create lets a store without audit make a database, or the tables in an empty
	// one; a store that audits always may. Otherwise the error is ErrNoTables, or
	// fs.ErrNotExist.
	Create bool

	// SessionIdle ends a session that was not used for so long; 12 hours by
	// default. Use is recorded once a minute, so it should be well above that.
	SessionIdle time.Duration

	// SessionLifetime ends a session however busy it is; 7 days by default.
	SessionLifetime time.Duration

	// NoPasswords says that nobody signs in with a password, so that who has one
	// does not count as an administrator who can.
	NoPasswords bool

	// KeepAudit is how long attempts and events stay in the audit trail; for
	// ever by default.
	KeepAudit time.Duration

	// Hashing is the cost of a password hash; see [Hashing] for the default.
	Hashing Hashing

	// Logins limits attempts to sign in; see [LoginLimits] for the default.
	Logins LoginLimits

	// Origin is who makes changes when a context names nobody (see WithOrigin).
	Origin Origin

	// agreeing is set when replicas go by the database's clock in what they have to
	// agree on, instead of Now.
	agreeing bool

	// shared lets several stores serve one SQLite file, for tests.
	shared bool

	// heartbeat is how often the lease is renewed, for tests.
	heartbeat time.Duration

	// syncing is called in place of each flush, for tests, and calls it.
	syncing func(sync func() error) error
}

// mayCreate tells whether the store may make a database.
func (o Options) mayCreate() bool { return !o.NoAudit || o.Create }

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now, o.agreeing = time.Now, true
	}
	o.SessionIdle = cmp.Or(o.SessionIdle, 12*time.Hour)
	o.SessionLifetime = cmp.Or(o.SessionLifetime, 7*24*time.Hour)
	if o.syncing == nil {
		o.syncing = func(sync func() error) error { return sync() }
	}
	o.heartbeat = cmp.Or(o.heartbeat, heartbeat)
	o.Hashing = o.Hashing.withDefaults()
	o.Logins = o.Logins.withDefaults()
	return o
}
