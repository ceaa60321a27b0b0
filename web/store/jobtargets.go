package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"muckick/web/moderation"
	"muckick/xmpp"
)

const targetColumns = `t.n, t.body, t.outcome, t.detail, t.at, t.settled, j.reason`

func scanTarget(r row, more ...any) (moderation.JobTarget, error) {
	var t moderation.JobTarget
	var body, reason string
	var at int64
	if err := r.Scan(append([]any{&t.N, &body, &t.Outcome, &t.Detail, &at, &t.Settled, &reason}, more...)...); err != nil {
		return t, err
	}
	var known targetBody
	if err := json.Unmarshal([]byte(body), &known); err != nil {
		return t, fmt.Errorf("target %d: %w", t.N, err)
	}
	t.Action, t.Effect, t.Keep, t.At = known.Action, known.Effect, known.Keep, fromMicros(at)
	if t.Action.Reason == "" {
		t.Action.Reason = reason
	}
	return t, nil
}

// JobTargets implements [moderation.JobStore].
func (s *Store) JobTargets(ctx context.Context, id JobID, filter moderation.TargetFilter, limit int) ([]moderation.JobTarget, error) {
	var c conditions
	c.add("t.job = %s", string(id))
	if filter.Outcome != "" {
		c.add("t.outcome = %s", string(filter.Outcome))
	}
	if filter.Room != (xmpp.RoomJID{}) {
		c.add("t.room = %s", filter.Room.String())
	}
	if filter.Within != nil {
		c.within(filter.Within) // jobs have no column of that name
	}
	order := "t.n"
	if filter.BySettled {
		c.add("t.settled > 0") // as its index says
		c.add("t.settled > %s", filter.Settled)
		order = "t.settled"
	} else {
		c.add("t.n >= %s", filter.After)
	}
	rows, err := s.backend.reader().QueryContext(ctx, `SELECT `+targetColumns+` FROM job_targets t JOIN jobs j ON j.id = t.job`+
		c.where()+` ORDER BY `+order+` LIMIT `+c.parameter(limit), c.args...)
	if err != nil {
		return nil, fmt.Errorf("store: targets: %w", err)
	}
	targets, err := scanAll(rows, func(r row) (moderation.JobTarget, error) { return scanTarget(r) })
	if err != nil {
		return nil, fmt.Errorf("store: targets: %w", err)
	}
	return targets, nil
}

// Unsettled implements [moderation.JobStore].
func (s *Store) Unsettled(ctx context.Context, id JobID) ([]moderation.JobTarget, error) {
	// Read where it was written: a standby that lags behind would not know of steps.
	rows, err := s.backend.writer().QueryContext(ctx, `SELECT `+targetColumns+`
		FROM job_targets t JOIN jobs j ON j.id = t.job
		WHERE t.job = $1 AND t.outcome = 'pending' ORDER BY t.n`, string(id))
	if err != nil {
		return nil, fmt.Errorf("store: targets: %w", err)
	}
	targets, err := scanAll(rows, func(r row) (moderation.JobTarget, error) { return scanTarget(r) })
	if err != nil {
		return nil, fmt.Errorf("store: targets: %w", err)
	}
	attempts, err := s.stepsOf(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("store: targets: %w", err)
	}
	for i, target := range targets {
		if attempt, begun := attempts[target.N+1]; begun {
			targets[i].Attempted, targets[i].Attempt, targets[i].Detail = true, attempt.outcome, attempt.detail
		}
	}
	return targets, nil
}

// A jobStep is what the audit trail knows of a step of a job.
type jobStep struct {
	outcome xmpp.Outcome
	detail  string
}

// stepsOf returns the steps of a job that were begun, by number.
func (s *Store) stepsOf(ctx context.Context, id JobID) (map[int]jobStep, error) {
	rows, err := s.backend.writer().QueryContext(ctx, `SELECT step, outcome, detail FROM recent_attempts WHERE step > 0 AND job = $1
		UNION ALL SELECT step, outcome, detail FROM attempts WHERE job <> '' AND job = $1`, string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	steps := make(map[int]jobStep)
	for rows.Next() {
		var n int
		var outcome, detail string
		if err := rows.Scan(&n, &outcome, &detail); err != nil {
			return nil, err
		}
		steps[n] = jobStep{outcomeOfCode(outcome), detail}
	}
	return steps, rows.Err()
}

// Settle implements [moderation.JobStore]. A target that has an outcome keeps it.
func (s *Store) Settle(ctx context.Context, id JobID, targets []moderation.JobTarget) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var settled int64
		err := tx.QueryRowContext(ctx, `UPDATE jobs SET settled = settled + $2 WHERE id = $1 RETURNING settled`,
			string(id), len(targets)).Scan(&settled)
		if err != nil {
			return err
		}
		return s.backend.settle(ctx, tx, id, targets, settled-int64(len(targets)))
	})
	if err != nil {
		return fmt.Errorf("store: settle: %w", err)
	}
	return nil
}

// maxDetail bounds the characters of why a target ended as it did: it may have
// come from a chat server.
const maxDetail = 500
