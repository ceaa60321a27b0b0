package store

import (
	"context"
	"database/sql"
	"errors"
)

const sqliteInsert = insertAttempt + ` VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'pending', '', 0)`

const sqliteConclude = `
	UPDATE attempts SET outcome = $2, detail = $3, duration_us = $4,
		real_jid = CASE WHEN $5 = '' THEN real_jid ELSE $5 END,
		real_bare = CASE WHEN $5 = '' THEN real_bare ELSE $6 END
	WHERE id = $1 AND outcome IN ('pending', 'unknown', $2)`

// commit implements committer. A record by itself needs no transaction around it.
// The context is not handed on, because a statement that can be interrupted costs
// a goroutine, and none of these waits for longer than the busy timeout.
func (b *sqliteBackend) commit(_ context.Context, batch []*record) error {
	if err := b.writable(); err != nil {
		return err
	}
	ctx := context.Background()
	if len(batch) == 1 {
		return writeRecords(ctx, b.insert, b.update, batch)
	}
	tx, err := b.writes.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := writeRecords(ctx, tx.StmtContext(ctx, b.insert), tx.StmtContext(ctx, b.update), batch); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			return errors.Join(err, undo)
		}
		return err
	}
	return tx.Commit()
}

// writeRecords runs the batch's statements.
func writeRecords(ctx context.Context, insert, update *sql.Stmt, batch []*record) error {
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
		a.Actor.Name, a.Actor.ID, a.Address, a.Room, a.Nick, a.RealJID, bare(a.RealJID), a.Reason, string(a.Action),
		string(a.Effect), string(a.Job))
	return err
}

func applyConclusion(ctx context.Context, update *sql.Stmt, r *record) error {
	c := r.conclusion
	result, err := update.ExecContext(ctx, string(r.id), outcomeCode(c.Outcome), c.Detail,
		c.Duration.Microseconds(), c.RealJID, bare(c.RealJID))
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	r.matched = changed > 0
	return err
}
