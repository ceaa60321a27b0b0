package store

import (
	"context"
	"errors"
	"fmt"
)

// purgeBatch is how many attempts one transaction deletes, so that no kick waits
// for a long one.
const purgeBatch = 500

// Purge deletes expired sessions, counts of failed sign-ins that no longer
// matter, and attempts that are older than Options.KeepAudit. The store does so
// by itself every ten minutes.
func (s *Store) Purge(ctx context.Context) error {
	return errors.Join(s.purgeSessions(ctx), s.purgeLogins(ctx), s.purgeAttempts(ctx))
}

// purgeAttempts leaves those that are pending: their outcome is still to come.
func (s *Store) purgeAttempts(ctx context.Context) error {
	if s.opts.KeepAudit == 0 {
		return nil
	}
	before := firstID(s.now().Add(-s.opts.KeepAudit))
	for total := int64(0); ; {
		deleted, err := s.exec(ctx, `DELETE FROM attempts WHERE id IN (
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
	}
}
