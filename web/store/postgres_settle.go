package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"muckick/web/moderation"
)

// settleChunk is how many outcomes one statement takes.
const settleChunk = 500

// settle stores many outcomes by one statement, which the database has to be sent but
// once.
func (b *postgresBackend) settle(ctx context.Context, tx *sql.Tx, id JobID, targets []moderation.JobTarget, after int64) error {
	for chunk := range slices.Chunk(targets, settleChunk) {
		values := make([]string, 0, len(chunk))
		args := []any{string(id)}
		for _, target := range chunk {
			after++
			p := len(args)
			values = append(values, fmt.Sprintf("($%d::bigint, $%d::text, $%d::text, $%d::bigint, $%d::bigint)", p+1, p+2, p+3, p+4, p+5))
			args = append(args, target.N, string(target.Outcome), clip(target.Detail, maxDetail), micros(target.At), after)
		}
		_, err := tx.ExecContext(ctx, `UPDATE job_targets SET outcome = v.outcome, detail = v.detail, at = v.at, settled = v.settled
			FROM (VALUES `+strings.Join(values, ", ")+`) AS v (n, outcome, detail, at, settled)
			WHERE job = $1 AND job_targets.n = v.n AND job_targets.outcome = 'pending'`, args...)
		if err != nil {
			return err
		}
	}
	return nil
}
