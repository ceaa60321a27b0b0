package store

import (
	"context"
	"database/sql"
	"errors"
)

const sqliteInsert = insertAttempt + ` VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', '', 0)`

const sqliteConclude = `
	UPDATE attempts SET outcome = $2, detail = $3, duration_us = $4,
		real_jid = CASE WHEN $5 = '' THEN real_jid ELSE $5 END,
		real_bare = CASE WHEN $5 = '' THEN real_bare ELSE $6 END
	WHERE id = $1 AND outcome IN ('pending', 'unknown', $2)`

// commit implements committer. The context is not handed on, because a
// statement that can be interrupted costs a goroutine, and none of these waits
// for longer than the busy timeout.
func (b *sqliteBackend) commit(_ context.Context, batch []*record) error {
	ctx := context.Background()
	tx, err := b.writes.BeginTx(ctx, nil)
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

// write runs the batch's statements in tx.
func (b *sqliteBackend) write(ctx context.Context, tx *sql.Tx, batch []*record) error {
	insert, update := tx.StmtContext(ctx, b.insert), tx.StmtContext(ctx, b.update)
	for _, r := range batch {
		if a := r.intent; a != nil {
			_, err := insert.ExecContext(ctx, string(r.id), micros(a.at), a.replica, string(a.Actor.Kind),
				a.Actor.Name, a.Address, a.Room, a.Nick, a.RealJID, bare(a.RealJID), a.Reason)
			if err != nil {
				return err
			}
			continue
		}
		c := r.conclusion
		result, err := update.ExecContext(ctx, string(r.id), string(c.Outcome), c.Detail,
			c.Duration.Microseconds(), c.RealJID, bare(c.RealJID))
		if err != nil {
			return err
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return err
		}
		r.matched = changed > 0
	}
	return nil
}
