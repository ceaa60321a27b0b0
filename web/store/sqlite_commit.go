package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
)

const sqliteInsert = insertAttempt + ` VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending', '', 0)`

const sqliteConclude = `
	UPDATE attempts SET outcome = $2, detail = $3, duration_us = $4,
		real_jid = CASE WHEN $5 = '' THEN real_jid ELSE $5 END,
		real_bare = CASE WHEN $5 = '' THEN real_bare ELSE $6 END
	WHERE id = $1 AND outcome IN ('pending', 'unknown', $2)`

// commit implements committer. The context is not handed on, because a
// statement that can be interrupted costs a goroutine, and none of these waits
// for longer than the busy timeout.
func (b *sqliteBackend) commit(_ context.Context, batch []*record) (err error) {
	if err := b.writable(); err != nil {
		return err
	}
	ctx := context.Background()
	conn, err := b.writes.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if closing := conn.Close(); !errors.Is(closing, sql.ErrConnDone) { // as resumeFlushing leaves it
			err = errors.Join(err, closing)
		}
	}()
	if b.onDisk() && !slices.ContainsFunc(batch, func(r *record) bool { return r.intent != nil }) {
		if err := setSynchronous(ctx, conn, syncLater); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, resumeFlushing(ctx, conn)) }()
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := b.write(ctx, tx, batch); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			return errors.Join(err, undo)
		}
		return err
	}
	return tx.Commit()
}

// Outcomes survive the end of the process as soon as they are written, and a
// power cut once they are flushed to disk, which the next intent does and at
// the latest the next heartbeat of the lease. What a power cut takes is unknown
// after it, which is true, and cheaper than a second flush for every kick.
const (
	syncAtOnce = "FULL"
	syncLater  = "NORMAL"
)

func setSynchronous(ctx context.Context, conn *sql.Conn, mode string) error {
	_, err := conn.ExecContext(ctx, "PRAGMA synchronous = "+mode)
	return err
}

// resumeFlushing makes commits on conn durable again. A connection that cannot
// be told is closed, lest later intents be confirmed before they are on disk;
// the pool opens another, with the settings of all.
func resumeFlushing(ctx context.Context, conn *sql.Conn) error {
	err := setSynchronous(ctx, conn, syncAtOnce)
	if err != nil {
		// Raw returns the error that it closes the connection for.
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	return err
}

// write runs the batch's statements in tx.
func (b *sqliteBackend) write(ctx context.Context, tx *sql.Tx, batch []*record) error {
	insert, update := tx.StmtContext(ctx, b.insert), tx.StmtContext(ctx, b.update)
	for _, r := range batch {
		if r.intent != nil {
			if err := insertIntent(ctx, insert, r); err != nil {
				return err
			}
			continue
		}
		if err := applyConclusion(ctx, update, r); err != nil {
			return err
		}
	}
	return nil
}

func insertIntent(ctx context.Context, insert *sql.Stmt, r *record) error {
	a := r.intent
	_, err := insert.ExecContext(ctx, string(r.id), micros(a.at), a.replica, string(a.Actor.Kind),
		a.Actor.Name, a.Actor.ID, a.Address, a.Room, a.Nick, a.RealJID, bare(a.RealJID), a.Reason)
	return err
}

func applyConclusion(ctx context.Context, update *sql.Stmt, r *record) error {
	c := r.conclusion
	result, err := update.ExecContext(ctx, string(r.id), string(c.Outcome), c.Detail,
		c.Duration.Microseconds(), c.RealJID, bare(c.RealJID))
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	r.matched = changed > 0
	return err
}
