package store

import (
	"context"
	"database/sql"

	"muckick/web/moderation"
)

// settle stores outcome by outcome: SQLite takes longer to read one statement for many
// than to carry out a prepared one for each.
func (b *sqliteBackend) settle(ctx context.Context, tx *sql.Tx, id JobID, targets []moderation.JobTarget, after int64) error {
	update, err := tx.PrepareContext(ctx, `UPDATE job_targets SET outcome = $3, detail = $4, at = $5, settled = $6
		WHERE job = $1 AND n = $2 AND outcome = 'pending'`)
	if err != nil {
		return err
	}
	defer update.Close()
	for _, target := range targets {
		after++
		_, err := update.ExecContext(ctx, string(id), target.N, string(target.Outcome), clip(target.Detail, maxDetail), micros(target.At), after)
		if err != nil {
			return err
		}
	}
	return nil
}
