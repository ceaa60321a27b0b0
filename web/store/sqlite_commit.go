package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"muckick/xmpp"
)

const (
	sqliteInsert = `INSERT INTO recent_attempts (` + attemptColumns + `)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', '', 0)`

	sqliteOutcome = ` SET outcome = ?2, detail = ?3, duration_us = ?4,
		real_jid = CASE WHEN ?5 = '' THEN real_jid ELSE ?5 END,
		real_bare = CASE WHEN ?5 = '' THEN real_bare ELSE ?6 END
	WHERE id = ?1 AND outcome IN ('pending', 'unknown', ?2)`
	sqliteConcludeThere   = `UPDATE recent_attempts` + sqliteOutcome + ` AND place = ?7`
	sqliteConcludeRecent  = `UPDATE recent_attempts` + sqliteOutcome
	sqliteConcludeIndexed = `UPDATE attempts` + sqliteOutcome
)

// sqliteCommits are the statements of commits, on the connection that they were
// prepared on. A pool's own statements cost more than what they do.
type sqliteCommits struct {
	on                                             any
	begin, end, undo                               driver.Stmt
	insert                                         driver.Stmt
	concludeThere, concludeRecent, concludeIndexed driver.Stmt
	args                                           []driver.NamedValue
}

type sqliteStatement struct {
	statement *driver.Stmt
	text      string
}

func (c *sqliteCommits) all() []sqliteStatement {
	return []sqliteStatement{
		{&c.begin, `BEGIN IMMEDIATE`}, {&c.end, `COMMIT`}, {&c.undo, `ROLLBACK`},
		{&c.insert, sqliteInsert}, {&c.concludeThere, sqliteConcludeThere},
		{&c.concludeRecent, sqliteConcludeRecent}, {&c.concludeIndexed, sqliteConcludeIndexed},
	}
}

// prepare prepares the statements, unless they belong to the connection already.
func (c *sqliteCommits) prepare(connection any) error {
	if c.on == connection {
		return nil
	}
	preparer, ok := connection.(driver.Conn)
	if !ok {
		return errors.New("store: this driver prepares nothing")
	}
	*c = sqliteCommits{}
	for _, one := range c.all() {
		statement, err := preparer.Prepare(one.text)
		if err != nil {
			return errors.Join(err, c.close())
		}
		*one.statement = statement
	}
	c.on = connection
	return nil
}

// withCommits prepares a commit's statements on the pool's connection, and lets do
// use them.
func (b *sqliteBackend) withCommits(do func(*sqliteCommits) error) (err error) {
	conn, err := b.writes.Conn(context.Background())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(connection any) error {
		if err := b.commits.prepare(connection); err != nil {
			return err
		}
		return do(&b.commits)
	})
}

// closeTime bounds waiting for the connection at the end, which may still be at
// work.
const closeTime = time.Second

// closeCommits gives the statements back, if the connection that they belong to is
// still there: the pool closes one whose transaction was broken off, and with it
// goes what statements need to be closed.
func (b *sqliteBackend) closeCommits() (err error) {
	if b.commits.on == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	conn, err := b.writes.Conn(ctx)
	if err != nil {
		return fmt.Errorf("give back the statements of commits: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(connection any) error {
		if b.commits.on != connection {
			return nil
		}
		return b.commits.close()
	})
}

// commit implements committer. A record by itself needs no transaction around it.
// The context is not handed on, because a statement that can be interrupted costs
// a goroutine, and none of these waits for longer than the busy timeout.
func (b *sqliteBackend) commit(_ context.Context, batch []*record) error {
	if err := b.writable(); err != nil {
		return err
	}
	return b.withCommits(func(c *sqliteCommits) error { return c.write(batch) })
}

// write stores the batch.
func (c *sqliteCommits) write(batch []*record) error {
	if len(batch) == 1 && (batch[0].intent != nil || batch[0].place != 0) {
		return c.record(batch[0])
	}
	if _, err := c.exec(c.begin); err != nil {
		return err
	}
	for _, r := range batch {
		if err := c.record(r); err != nil {
			return c.rollback(err)
		}
	}
	if _, err := c.exec(c.end); err != nil {
		return c.rollback(err)
	}
	return nil
}

// rollback ends the transaction, which SQLite may have ended by itself, and
// returns why.
func (c *sqliteCommits) rollback(cause error) error {
	_, err := c.exec(c.undo)
	var failure *sqlite.Error
	if err == nil || errors.As(err, &failure) && failure.Code() == sqlite3.SQLITE_ERROR {
		return cause
	}
	// Nobody knows what the next commit would be a part of.
	return errors.Join(cause, fmt.Errorf("%w: %w", driver.ErrBadConn, err), c.close())
}

// close gives the statements back. A connection whose statements are left lives on
// after it was closed.
func (c *sqliteCommits) close() error {
	var errs []error
	for _, one := range c.all() {
		if *one.statement != nil {
			errs = append(errs, (*one.statement).Close())
		}
	}
	*c = sqliteCommits{}
	return errors.Join(errs...)
}

func (c *sqliteCommits) record(r *record) error {
	if r.intent != nil {
		return c.intend(r)
	}
	return c.conclude(r)
}

func (c *sqliteCommits) intend(r *record) error {
	a := r.intent
	result, err := c.exec(c.insert, string(r.id), micros(a.at), a.replica, string(a.Actor.Kind),
		a.Actor.Name, a.Actor.ID, a.Address, a.Room, a.Nick, a.RealJID, xmpp.BareJID(a.RealJID), a.Reason, string(a.Action),
		string(a.Effect), string(a.Job), int64(a.Step))
	if err != nil {
		return err
	}
	r.place, err = result.LastInsertId()
	return err
}

func (c *sqliteCommits) conclude(r *record) error {
	o := r.conclusion
	args := []any{string(r.id), outcomeCode(o.Outcome), o.Detail, o.Duration.Microseconds(), o.RealJID, xmpp.BareJID(o.RealJID)}
	if r.place != 0 {
		return c.update(r, c.concludeThere, append(args, r.place)...)
	}
	if err := c.update(r, c.concludeRecent, args...); err != nil || r.matched {
		return err
	}
	return c.update(r, c.concludeIndexed, args...)
}

// update notes whether a statement changed the record's row.
func (c *sqliteCommits) update(r *record, statement driver.Stmt, args ...any) error {
	result, err := c.exec(statement, args...)
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	r.matched = changed > 0
	return err
}

func (c *sqliteCommits) exec(statement driver.Stmt, args ...any) (driver.Result, error) {
	withContext, ok := statement.(driver.StmtExecContext)
	if !ok {
		return nil, errors.New("store: this driver's statements take no context")
	}
	c.args = c.args[:0]
	for i, arg := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return withContext.ExecContext(context.Background(), c.args)
}

const sqliteEnded = `outcome <> 'pending' AND place <= $1`

// index implements backend.
func (b *sqliteBackend) index(ctx context.Context, limit int) (moved int64, err error) {
	tx, err := b.writes.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	if moved, err = indexSQLite(ctx, tx, limit); err != nil || moved == 0 {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			return 0, errors.Join(err, undo)
		}
		return 0, err
	}
	return moved, tx.Commit()
}

func indexSQLite(ctx context.Context, tx *sql.Tx, limit int) (moved int64, err error) {
	var last sql.NullInt64
	err = tx.QueryRowContext(ctx, `SELECT MAX(place) FROM
		(SELECT place FROM recent_attempts WHERE outcome <> 'pending' ORDER BY place LIMIT $1)`, limit).Scan(&last)
	if err != nil || !last.Valid {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO attempts (`+attemptColumns+`)
		SELECT `+attemptColumns+` FROM recent_attempts WHERE `+sqliteEnded, last.Int64)
	if err != nil {
		return 0, err
	}
	result, err := tx.ExecContext(ctx, `DELETE FROM recent_attempts WHERE `+sqliteEnded, last.Int64)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
