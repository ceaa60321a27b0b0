package store

import (
	"errors"
	"fmt"
)

// What can be wrong with the audit trail.
var (
	// ErrNotStored is matched by every error of Intend: the kick must not be
	// sent. Unless the error also matches ErrMaybeStored, nothing was written.
	ErrNotStored = errors.New("store: not stored")

	// ErrMaybeStored says that a commit was under way and its end is not known.
	// An intent that turns out to be stored is settled as failed, since it was
	// never sent; an outcome is kept and tried again until the store closes.
	ErrMaybeStored = fmt.Errorf("%w for certain", ErrNotStored)

	// ErrMoved says that the SQLite file is not where it was opened: it was moved
	// away, deleted or replaced. Nothing is written until it is back.
	ErrMoved = errors.New("store: the SQLite file was moved away or replaced")

	// ErrNoDatabase says that the file is something else than an SQLite database.
	ErrNoDatabase = errors.New("store: the file is no SQLite database")

	// ErrInUse says that another process serves the SQLite file.
	ErrInUse = errors.New("store: another muckick serves this SQLite file")

	// ErrFull says that the database has no room for more.
	ErrFull = errors.New("store: the database is full")

	// ErrReadOnly says that the database cannot be written.
	ErrReadOnly = errors.New("store: the database is read-only")

	// ErrNeverServed says that a database that cannot be written lacks what the first
	// start makes.
	ErrNeverServed = errors.New("store: the database is read-only, and no \"muckick serve\" has worked on it yet: " +
		"let it start once where it can write, which makes the keys that it needs")

	// ErrUnreachable says that there is no connection to the database.
	ErrUnreachable = errors.New("store: the database cannot be reached")

	// ErrLogin says that the database does not let us in, as with another password.
	ErrLogin = errors.New("store: the database refuses the login")

	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("store: closed")

	// ErrNoAttempt says that no attempt has that id.
	ErrNoAttempt = errors.New("store: no such attempt")

	// ErrConcluded says that an attempt already has another definite outcome.
	ErrConcluded = errors.New("store: attempt already concluded")

	// ErrCursor says that a page was asked for with a cursor that no page gave.
	ErrCursor = errors.New("store: not a cursor")
)

// What can be wrong with operators, sessions and tokens.
var (
	// ErrDuplicate says that the name is taken, whatever its letters' case.
	ErrDuplicate = errors.New("store: name already taken")

	// ErrAuthentication is matched by every refusal of Authenticate. Nobody
	// outside should be told more than this.
	ErrAuthentication = errors.New("store: wrong name or password")

	// ErrNoOperator says that no operator has that name.
	ErrNoOperator = errors.New("store: no such operator")

	// ErrLastAdministrator says that nobody would be left who can administer.
	ErrLastAdministrator = errors.New("store: this is the last administrator who can sign in")

	// ErrWrongPassword says that the password is not the operator's.
	ErrWrongPassword = errors.New("store: wrong password")

	// ErrDisabled says that the operator is disabled.
	ErrDisabled = errors.New("store: operator is disabled")

	// ErrNoSession says that there is no such session: it never was, it ended,
	// it expired, or its operator was disabled, removed or given a new password.
	ErrNoSession = errors.New("store: no such session")

	// ErrNoToken says that no token in force has that name or secret.
	ErrNoToken = errors.New("store: no such token")
)

// What can be wrong with the schema.
var (
	// ErrSchema says that the database was written by a newer muckick.
	ErrSchema = errors.New("store: the database is newer than this program")

	// ErrNoTables says that the database is empty, and was not to be made.
	ErrNoTables = errors.New("store: this is no database of muckick: it is empty")

	// ErrForeign says that the database is another program's.
	ErrForeign = errors.New("store: this is no database of muckick, but another program's")

	// ErrOldSchema says that the database was written by an older muckick, and
	// has to be brought up to date by "muckick serve" first.
	ErrOldSchema = errors.New("store: the database is older than this program: start \"muckick serve\" of this version, which updates it")
)

// RuleError says that a name or password breaks a rule. Its text can be shown
// to the person who chose it.
type RuleError struct {
	Field string // "operator name", "password", "token name"
	Rule  string // what it must be, as in "must have at least 8 characters"
}

// Error joins the field and the rule to a sentence.
func (e *RuleError) Error() string { return e.Field + " " + e.Rule }

// fault is what a database error means for the transaction that it ended.
type fault int

const (
	// faultUnsure: whether it was committed is not known.
	faultUnsure fault = iota
	// faultStore: nothing was written, and nothing can be for now.
	faultStore
	// faultConflict: nothing was written because of another transaction.
	faultConflict
	// faultUnreachable: as faultStore, for want of a connection.
	faultUnreachable
	// faultLogin: as faultStore, because the database does not let us in.
	faultLogin
	// faultReadOnly: as faultStore, because the database is read-only.
	faultReadOnly
	// faultFull: nothing was written for want of room; less might fit.
	faultFull
	// faultRow: nothing was written because the database refuses a row.
	faultRow
	// faultDuplicate: as faultRow, because a unique value is taken.
	faultDuplicate
)

// named returns an error that matches err and says what kind of trouble it is, if
// that has a name.
func (f fault) named(err error) error {
	names := map[fault]error{
		faultFull: ErrFull, faultReadOnly: ErrReadOnly, faultUnreachable: ErrUnreachable, faultLogin: ErrLogin,
	}
	if name := names[f]; name != nil {
		return fmt.Errorf("%w: %w", name, err)
	}
	return err
}
