package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muckick/web/moderation"
)

// holdMargin is how long before the end of the lease a claim does not count any
// more, so that nothing is sent under it when another replica has it.
const holdMargin = 15 * time.Second

// abandonedJobs is the condition that nobody works on a job. A replica is dead when
// its lease was taken away, which settles its attempts too (see renewLease).
const abandonedJobs = `ended = 0 AND (replica = '' OR replica NOT IN (SELECT id FROM replicas))`

// ClaimJob implements [moderation.JobStore].
func (s *Store) ClaimJob(ctx context.Context) (job Job, claimed bool, err error) {
	var there bool
	err = s.backend.reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM jobs WHERE `+abandonedJobs+`)`).Scan(&there)
	if err != nil || !there || !s.lease.lasts(s.now(), holdMargin) {
		return Job{}, false, s.claimError(err)
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		job, err = scanJob(tx.QueryRowContext(ctx, `UPDATE jobs SET replica = $1,
				state = CASE WHEN state = 'waiting' THEN 'running' ELSE state END,
				began = CASE WHEN began = 0 THEN $2 ELSE began END
			WHERE id = (SELECT id FROM jobs WHERE `+abandonedJobs+` ORDER BY id LIMIT 1 `+s.backend.skipLocked()+`)
				AND `+abandonedJobs+`
			RETURNING `+jobColumns, s.lease.id, micros(s.now())))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Job{}, false, nil
	}
	return job, err == nil, s.claimError(err)
}

func (s *Store) claimError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: claim job: %w", err)
}

// HoldJob implements [moderation.JobStore].
func (s *Store) HoldJob(ctx context.Context, id JobID) (state moderation.JobState, held bool, err error) {
	var replica string
	err = s.backend.writer().QueryRowContext(ctx, `SELECT state, replica FROM jobs WHERE id = $1`, string(id)).Scan(&state, &replica)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("store: hold job: %w", err)
	}
	return state, replica == s.lease.id && s.lease.lasts(s.now(), holdMargin), nil
}

// EndJob implements [moderation.JobStore].
func (s *Store) EndJob(ctx context.Context, id JobID, state moderation.JobState, note string) error {
	_, err := s.exec(ctx, `UPDATE jobs SET state = $2, ended = $3, note = $5, replica = '' WHERE id = $1 AND replica = $4 AND ended = 0`,
		string(id), string(state), micros(s.now()), s.lease.id, escapeText(note))
	if err != nil {
		return fmt.Errorf("store: end job: %w", err)
	}
	return nil
}

// ReleaseJob implements [moderation.JobStore].
func (s *Store) ReleaseJob(ctx context.Context, id JobID) error {
	_, err := s.exec(ctx, `UPDATE jobs SET replica = '' WHERE id = $1 AND replica = $2`, string(id), s.lease.id)
	if err != nil {
		return fmt.Errorf("store: release job: %w", err)
	}
	return nil
}
