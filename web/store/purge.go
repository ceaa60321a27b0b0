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
	// keepStrangers is how long events stay that anybody can bring about.
	keepStrangers = 90 * 24 * time.Hour
	// purgePause is what kicks have for themselves between two batches.
	purgePause = 20 * time.Millisecond
)

// Purge deletes expired sessions, counts of failed sign-ins that no longer
// matter, attempts and events that are older than Options.KeepAudit, and events
// of strangers after 90 days in any case. The store does so by itself once it is open and every ten minutes from then.
func (s *Store) Purge(ctx context.Context) error {
	return errors.Join(s.purgeSessions(ctx), s.purgeLogins(ctx), s.purgeStates(ctx), s.purgeAttempts(ctx), s.purgeJobs(ctx), s.purgeBars(ctx), s.purgeEvents(ctx))
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
	var errs []error
	for _, table := range []string{"recent_attempts", "attempts"} {
		errs = append(errs, s.purgeTrail(ctx, "attempts", `DELETE FROM `+table+` WHERE id IN (
			SELECT id FROM `+table+` WHERE id < $1 AND outcome <> 'pending' ORDER BY id LIMIT $2)`, s.opts.KeepAudit))
	}
	return errors.Join(errs...)
}

// purgeJobs deletes plans that became no job and have expired, and with the audit
// trail the jobs that ended, what they were made of first.
func (s *Store) purgeJobs(ctx context.Context) error {
	errs := []error{s.purgeTrail(ctx, "plans", `DELETE FROM plans WHERE id IN (
		SELECT id FROM plans WHERE id < $1 AND job = '' ORDER BY id LIMIT $2)`, keepPlans)}
	if s.opts.KeepAudit > 0 {
		const old = `SELECT id FROM jobs WHERE id < $1 AND ended > 0`
		errs = append(errs,
			s.purgeTrail(ctx, "targets", `DELETE FROM job_targets WHERE (job, n) IN (
				SELECT job, n FROM job_targets WHERE job IN (`+old+`) LIMIT $2)`, s.opts.KeepAudit),
			s.purgeTrail(ctx, "plans", `DELETE FROM plans WHERE id IN (
				SELECT id FROM plans WHERE job IN (`+old+`) LIMIT $2)`, s.opts.KeepAudit),
			s.purgeTrail(ctx, "jobs", `DELETE FROM jobs WHERE id IN (`+old+` ORDER BY id LIMIT $2)`, s.opts.KeepAudit))
	}
	return errors.Join(errs...)
}

// keepPlans is how long plans stay that became no job: longer than they hold, so
// that it can be said that one is too old.
const keepPlans = time.Hour

func (s *Store) purgeEvents(ctx context.Context) error {
	var errs []error
	for _, kind := range EventKinds() {
		keep := s.opts.KeepAudit
		if kind.ByStranger() && (keep == 0 || keep > keepStrangers) {
			keep = keepStrangers
		}
		if keep > 0 {
			errs = append(errs, s.purgeTrail(ctx, string(kind), `DELETE FROM events WHERE id IN (
				SELECT id FROM events WHERE id < $1 AND kind = '`+string(kind)+`' ORDER BY id LIMIT $2)`, keep))
		}
	}
	return errors.Join(errs...)
}

// purgeTrail deletes what is older than keep, a batch at a time. The statement
// takes the first id to keep and the size of a batch.
func (s *Store) purgeTrail(ctx context.Context, what, statement string, keep time.Duration) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for total := int64(0); ; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("store: purge %s: %w", what, ctx.Err())
		case <-pause.C:
		}
		deleted, err := s.purge(ctx, statement, func(now time.Time) []any {
			return []any{firstID(now.Add(-keep)), purgeBatch}
		})
		if err != nil {
			return fmt.Errorf("store: purge %s: %w", what, err)
		}
		total += deleted
		if deleted < purgeBatch {
			if total > 0 {
				s.log.Info("old entries of the audit trail deleted", "what", what, "count", total, "older_than", keep)
			}
			return nil
		}
		pause.Reset(purgePause)
	}
}

// purge runs a statement that deletes in a transaction of its own. Its arguments
// depend on the time that all replicas agree on: one whose clock is ahead must not
// delete what others still need. Replicas take turns: two that delete the same rows
// could each wait for the other.
func (s *Store) purge(ctx context.Context, statement string, args func(now time.Time) []any) (deleted int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, purgeTimeout)
	defer cancel()
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.backend.serialise(ctx, tx, lockPurge); err != nil {
			return err
		}
		now, err := s.agreedTime(ctx, tx)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, statement, args(now)...)
		if err != nil {
			return err
		}
		deleted, err = result.RowsAffected()
		return err
	})
	return deleted, err
}
