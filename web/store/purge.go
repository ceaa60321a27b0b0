package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	// purgeInterval is how often the store purges by itself.
	purgeInterval = 10 * time.Minute
	// purgeTimeout bounds one transaction of a purge.
	purgeTimeout = 30 * time.Second
	// purgeBatch is how many attempts one transaction deletes, so that no kick
	// waits for a long one.
	purgeBatch = 500
	// purgePause is what kicks have for themselves between two batches.
	purgePause = 20 * time.Millisecond
)

// Purge deletes expired sessions, counts of failed sign-ins that no longer
// matter, and attempts that are older than Options.KeepAudit. The store does so
// by itself once it is open and every ten minutes from then.
func (s *Store) Purge(ctx context.Context) error {
	return errors.Join(s.purgeSessions(ctx), s.purgeLogins(ctx), s.purgeAttempts(ctx))
}

// keepPurged purges until ctx ends. It begins at once, for a process that never
// runs for long.
func (s *Store) keepPurged(ctx context.Context) {
	s.maintain(ctx, s.Purge)
	s.repeat(ctx, purgeInterval, s.Purge)
}

// purgeAttempts leaves those that are pending: their outcome is still to come.
func (s *Store) purgeAttempts(ctx context.Context) error {
	if s.opts.KeepAudit == 0 {
		return nil
	}
	before := firstID(s.now().Add(-s.opts.KeepAudit))
	pause := time.NewTimer(0)
	defer pause.Stop()
	for total := int64(0); ; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("store: purge attempts: %w", ctx.Err())
		case <-pause.C:
		}
		deleted, err := s.purge(ctx, `DELETE FROM attempts WHERE id IN (
			SELECT id FROM attempts WHERE id < $1 AND outcome <> 'pending' ORDER BY id LIMIT $2)`, before, purgeBatch)
		if err != nil {
			return fmt.Errorf("store: purge attempts: %w", err)
		}
		total += deleted
		if deleted < purgeBatch {
			if total > 0 {
				s.log.Info("old entries of the audit trail deleted", "attempts", total, "older_than", s.opts.KeepAudit)
			}
			return nil
		}
		pause.Reset(purgePause)
	}
}

// purge runs a statement that deletes in a transaction of its own. Replicas take
// turns: two that delete the same rows could each wait for the other.
func (s *Store) purge(ctx context.Context, statement string, args ...any) (deleted int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, purgeTimeout)
	defer cancel()
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.backend.serialise(ctx, tx, lockPurge); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		deleted, err = result.RowsAffected()
		return err
	})
	return deleted, err
}
