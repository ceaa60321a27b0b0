package store

import (
	"context"
	"fmt"
	"time"
)

// A Backlog is what is still to be done.
type Backlog struct {
	Jobs    int // that have not ended
	Overdue int // effects that should have ended a minute ago or more, and stand
}

// overdueAfter is how long after its time an effect's end is overdue.
const overdueAfter = time.Minute

// Backlog counts what is still to be done, by whichever replica.
func (s *Store) Backlog(ctx context.Context) (b Backlog, err error) {
	err = s.backend.reader().QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM jobs WHERE ended = 0),
			(SELECT COUNT(*) FROM effects WHERE ended = 0 AND until > 0 AND until <= $1)`,
		micros(s.now().Add(-overdueAfter))).Scan(&b.Jobs, &b.Overdue)
	if err != nil {
		return Backlog{}, fmt.Errorf("store: backlog: %w", err)
	}
	return b, nil
}
