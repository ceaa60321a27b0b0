package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"muckick/web/moderation"
)

// What plans and jobs are is said in package moderation, whose
// [moderation.Plans] and [moderation.JobStore] the store is.
type (
	PlanID = moderation.PlanID
	Plan   = moderation.Plan
)

// AddPlan implements [moderation.Plans]. It returns when the plan is durable.
func (s *Store) AddPlan(ctx context.Context, p Plan) (PlanID, error) {
	p.ID, p.Job = "", ""
	p.Targets = withoutReason(p.Targets, p.Reason)
	body, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("store: add plan: %w", err)
	}
	id := PlanID(newID(p.Made))
	_, err = s.exec(ctx, `INSERT INTO plans (id, expires, job, body) VALUES ($1, $2, '', $3)`,
		string(id), micros(p.Expires), string(body))
	if err != nil {
		return "", fmt.Errorf("store: add plan: %w", err)
	}
	return id, nil
}

// withoutReason returns targets whose actions lack the reason that all have: it
// may be as long as a stanza.
func withoutReason(targets []moderation.PlannedTarget, reason string) []moderation.PlannedTarget {
	if reason == "" {
		return targets
	}
	short := make([]moderation.PlannedTarget, len(targets))
	copy(short, targets)
	for i := range short {
		if short[i].Action.Reason == reason {
			short[i].Action.Reason = ""
		}
	}
	return short
}

// Plan implements [moderation.Plans].
func (s *Store) Plan(ctx context.Context, id PlanID) (Plan, error) {
	var job, body string
	err := s.backend.reader().QueryRowContext(ctx, `SELECT job, body FROM plans WHERE id = $1`, string(id)).Scan(&job, &body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Plan{}, moderation.ErrNoPlan
	case err != nil:
		return Plan{}, fmt.Errorf("store: plan: %w", err)
	}
	var p Plan
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return Plan{}, fmt.Errorf("store: plan %s: %w", id, err)
	}
	p.ID, p.Job = id, JobID(job)
	for i := range p.Targets {
		if p.Targets[i].Action.Reason == "" {
			p.Targets[i].Action.Reason = p.Reason
		}
	}
	return p, nil
}
