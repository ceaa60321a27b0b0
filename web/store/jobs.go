package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// See package moderation.
type (
	JobID     = moderation.JobID
	Job       = moderation.Job
	JobFilter = moderation.JobFilter
)

// AddJob implements [moderation.JobStore].
func (s *Store) AddJob(ctx context.Context, plan Plan, job Job) (JobID, error) {
	id := JobID(newID(job.Created))
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE plans SET job = $2 WHERE id = $1 AND job = ''`, string(plan.ID), string(id))
		if err != nil {
			return err
		}
		switch changed, err := result.RowsAffected(); {
		case err != nil:
			return err
		case changed == 0:
			return planUsed(ctx, tx, plan.ID)
		}
		targets, err := insertTargets(ctx, tx, id, plan)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO jobs (id, plan, actor_kind, actor_id, actor, address, purpose, of_job, kind, reason,
				until, way, state, created, began, ended, stopper_kind, stopper_id, stopper, note, total, settled, replica)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, '', '', '', '', $15, 0, '')`,
			string(id), string(plan.ID), string(job.By.Kind), job.By.ID, escapeText(job.By.Name), escapeText(job.Address),
			string(job.Purpose), string(job.Of), string(job.Kind), escapeText(job.Reason),
			microsOrZero(job.Until), string(job.Way), string(moderation.JobWaiting), micros(job.Created), targets)
		return err
	})
	var used *moderation.PlanUsedError
	switch {
	case errors.As(err, &used), errors.Is(err, moderation.ErrNoPlan):
		return "", err
	case err != nil:
		return "", fmt.Errorf("store: add job: %w", err)
	}
	return id, nil
}

// planUsed says which job a plan is, or that there is no such plan.
func planUsed(ctx context.Context, tx *sql.Tx, id PlanID) error {
	var job JobID
	err := tx.QueryRowContext(ctx, `SELECT job FROM plans WHERE id = $1`, string(id)).Scan(&job)
	if errors.Is(err, sql.ErrNoRows) {
		return moderation.ErrNoPlan
	}
	if err != nil {
		return err
	}
	return &moderation.PlanUsedError{Job: job}
}

// targetChunk is how many targets one statement takes. SQLite's time to read one grows
// with the square of that.
const targetChunk = 50

// targetBody is what is stored of a target in one piece.
type targetBody struct {
	Action xmpp.Action
	Effect EffectID            `json:",omitempty"`
	Keep   []moderation.Stayer `json:",omitempty"`
}

// insertTargets stores what a plan will do as the targets of a job.
func insertTargets(ctx context.Context, tx *sql.Tx, id JobID, plan Plan) (total int, err error) {
	insert, err := tx.PrepareContext(ctx, insertOf(targetChunk))
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	var args []any
	for _, target := range withoutReason(plan.Targets, plan.Reason) {
		if target.Verdict != moderation.WillDo {
			continue
		}
		body, err := json.Marshal(targetBody{target.Action, target.Effect, target.Keep()})
		if err != nil {
			return 0, err
		}
		args = append(args, string(id), total, target.Action.Room.String(), string(body))
		total++
		if total%targetChunk == 0 {
			if _, err := insert.ExecContext(ctx, args...); err != nil {
				return 0, err
			}
			args = args[:0]
		}
	}
	if rest := total % targetChunk; rest > 0 {
		_, err = tx.ExecContext(ctx, insertOf(rest), args...)
	}
	return total, err
}

// insertOf is the statement that stores so many targets.
func insertOf(targets int) string {
	values := make([]string, targets)
	for i := range values {
		p := 4 * i
		values[i] = fmt.Sprintf("($%d, $%d, $%d, $%d, 'pending', '', 0, 0)", p+1, p+2, p+3, p+4)
	}
	return `INSERT INTO job_targets (job, n, room, body, outcome, detail, at, settled) VALUES ` + strings.Join(values, ", ")
}

// StopJob implements [moderation.JobStore].
func (s *Store) StopJob(ctx context.Context, id JobID, by Actor) error {
	_, err := s.exec(ctx, `UPDATE jobs SET state = $2, stopper_kind = $3, stopper_id = $4, stopper = $5
		WHERE id = $1 AND ended = 0 AND state <> $2`,
		string(id), string(moderation.JobStopping), string(by.Kind), by.ID, escapeText(by.Name))
	if err != nil {
		return fmt.Errorf("store: stop job: %w", err)
	}
	return nil
}

// NoteJob implements [moderation.JobStore].
func (s *Store) NoteJob(ctx context.Context, id JobID, note string) error {
	_, err := s.exec(ctx, `UPDATE jobs SET note = $2 WHERE id = $1 AND replica = $3`, string(id), escapeText(note), s.lease.id)
	if err != nil {
		return fmt.Errorf("store: note job: %w", err)
	}
	return nil
}

const jobColumns = `id, plan, actor_kind, actor_id, actor, address, purpose, of_job, kind, reason, until, way, state,
	created, began, ended, stopper_kind, stopper_id, stopper, note, total`

func scanJob(r row) (Job, error) {
	var j Job
	var until, created, began, ended int64
	err := r.Scan(&j.ID, &j.Plan, &j.By.Kind, &j.By.ID, &j.By.Name, &j.Address, &j.Purpose, &j.Of, &j.Kind, &j.Reason, &until, &j.Way, &j.State,
		&created, &began, &ended, &j.StoppedBy.Kind, &j.StoppedBy.ID, &j.StoppedBy.Name, &j.Note, &j.Total)
	j.Until, j.Created, j.Began, j.Ended = fromMicros(until), fromMicros(created), fromMicros(began), fromMicros(ended)
	return j, err
}

// Job implements [moderation.JobStore].
func (s *Store) Job(ctx context.Context, id JobID) (Job, error) {
	job, err := scanJob(s.backend.reader().QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE id = $1`, string(id)))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Job{}, moderation.ErrNoJob
	case err != nil:
		return Job{}, fmt.Errorf("store: job: %w", err)
	}
	if err := s.countTargets(ctx, &job); err != nil {
		return Job{}, fmt.Errorf("store: job: %w", err)
	}
	return job, nil
}

// countTargets fills in how the targets of a job ended.
func (s *Store) countTargets(ctx context.Context, job *Job) error {
	rows, err := s.backend.reader().QueryContext(ctx, `SELECT room, outcome, count(*) FROM job_targets
		WHERE job = $1 GROUP BY room, outcome ORDER BY room`, string(job.ID))
	if err != nil {
		return err
	}
	defer rows.Close()
	job.Outcomes = make(map[xmpp.Outcome]int)
	for rows.Next() {
		var room, outcome string
		var count int
		if err := rows.Scan(&room, &outcome, &count); err != nil {
			return err
		}
		jid, err := xmpp.ParseRoom(room)
		if err != nil {
			return err
		}
		if n := len(job.Rooms); n == 0 || job.Rooms[n-1].Room != jid {
			job.Rooms = append(job.Rooms, moderation.JobRoom{Room: jid, Outcomes: make(map[xmpp.Outcome]int)})
		}
		job.Rooms[len(job.Rooms)-1].Outcomes[xmpp.Outcome(outcome)] = count
		job.Outcomes[xmpp.Outcome(outcome)] += count
	}
	return rows.Err()
}

// inJob adds that a job has a target in one of the scopes.
func (c *conditions) inJob(scopes []moderation.Scope) {
	before := len(c.terms)
	c.within(scopes)
	if len(c.terms) > before {
		c.terms[before] = `EXISTS (SELECT 1 FROM job_targets WHERE job = jobs.id AND ` + c.terms[before] + `)`
	}
}

// Jobs implements [moderation.JobStore].
func (s *Store) Jobs(ctx context.Context, filter JobFilter, limit int) ([]Job, error) {
	var c conditions
	if filter.Running {
		c.add("ended = 0")
	}
	if filter.ActorID != "" {
		c.add("actor_id = %s", escapeText(filter.ActorID))
	}
	if filter.Before != "" {
		c.add("id < %s", string(filter.Before))
	}
	if filter.Of != "" {
		c.add("of_job <> ''") // as its index says
		c.add("of_job = %s", string(filter.Of))
	}
	if filter.Within != nil {
		c.inJob(filter.Within)
	}
	rows, err := s.backend.reader().QueryContext(ctx, `SELECT `+jobColumns+` FROM jobs`+c.where()+
		` ORDER BY id DESC LIMIT `+c.parameter(min(limit, maxPage)), c.args...)
	if err != nil {
		return nil, fmt.Errorf("store: jobs: %w", err)
	}
	jobs, err := scanAll(rows, scanJob)
	if err != nil {
		return nil, fmt.Errorf("store: jobs: %w", err)
	}
	for i := range jobs {
		if err := s.countTargets(ctx, &jobs[i]); err != nil {
			return nil, fmt.Errorf("store: jobs: %w", err)
		}
	}
	return jobs, nil
}
