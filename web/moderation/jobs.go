package moderation

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"muckick/xmpp"
)

// JobsOptions are what [Jobs] work with. All are required.
type JobsOptions struct {
	Store      JobStore
	Plans      Plans
	Principals Principals
	Desk       *Desk
	Chat       JobChat
	Logger     *slog.Logger
	Now        func() time.Time

	// Panicked is told of a panic in a job, and its stack.
	Panicked func(value any, stack []byte)
}

// JobChat is what jobs ask the chat side, besides actions.
type JobChat interface {
	Status() (xmpp.Status, <-chan struct{})
	Occupants(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
	Census(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
	MembersOnly(ctx context.Context, room xmpp.RoomJID) (closed bool, err error)
	Arrivals(limit int, wanted func(xmpp.Arrival) bool) []xmpp.Arrival
}

// Jobs make plans come true. One replica at a time works on a job; all of them
// read and stop it.
type Jobs struct {
	options JobsOptions
	window  *window
	wake    chan struct{} // holds one token when there may be a job to claim

	mu      sync.Mutex
	stops   map[JobID]chan struct{} // of jobs that run here; closed to stop them
	changes map[JobID]chan struct{} // closed when something became of a job here
}

// NewJobs returns jobs, which begin to work when [Jobs.Run] runs.
func NewJobs(o JobsOptions) *Jobs {
	return &Jobs{
		options: o, window: newWindow(o.Now), wake: make(chan struct{}, 1),
		stops: make(map[JobID]chan struct{}), changes: make(map[JobID]chan struct{}),
	}
}

// Start makes a job of a plan. hash is that of the plan that was shown, and
// expect the number that was typed, if one has to be. Who made the plan may do
// so, and any administrator, whose grants count then. The error is ErrNoPlan,
// ErrPlanExpired, ErrPlanChanged, ErrNothingToDo, an [*ExpectError], or a
// [*PlanUsedError] with the job that the plan is already.
func (j *Jobs) Start(ctx context.Context, by Principal, address string, id PlanID, hash string, expect int) (JobID, error) {
	plan, err := j.options.Plans.Plan(ctx, id)
	if err != nil {
		return "", err
	}
	now := j.options.Now()
	if err := plan.check(by, hash, expect, now); err != nil {
		return "", err
	}
	job, err := j.options.Store.AddJob(ctx, plan, Job{
		Plan: plan.ID, By: by.Actor, Address: address, Purpose: plan.Purpose, Of: plan.Of,
		Kind: plan.Kind, Reason: plan.Reason, Until: plan.Until, Way: plan.Way, State: JobWaiting, Created: now,
	})
	if err != nil {
		return "", err
	}
	j.signal()
	return job, nil
}

// signal wakes Run.
func (j *Jobs) signal() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// Stop stops a job: within a second nothing more is sent, and what was not is
// cancelled. Who may see all of a job and started it may, and administrators.
func (j *Jobs) Stop(ctx context.Context, by Principal, id JobID) error {
	job, err := j.Job(ctx, by, id)
	if err != nil {
		return err
	}
	if job.By.ID != by.ID || job.By.Kind != by.Kind {
		if err := by.RequireEverywhere(Administer); err != nil {
			return err
		}
	}
	if err := j.options.Store.StopJob(ctx, id, by.Actor); err != nil {
		return fmt.Errorf("stop the job: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if stop := j.stops[id]; stop != nil {
		close(stop)
		delete(j.stops, id)
	}
	j.signal() // one that waits ends then
	return nil
}

// Job returns a job as far as a principal may see it: the rooms for which they
// have a grant. Without any it is ErrNoJob.
func (j *Jobs) Job(ctx context.Context, by Principal, id JobID) (Job, error) {
	job, err := j.options.Store.Job(ctx, id)
	if err != nil {
		return Job{}, err
	}
	shown, visible := job.shownTo(by)
	if !visible {
		return Job{}, ErrNoJob
	}
	return shown, nil
}

// shownTo returns the job without the rooms that a principal may not see.
func (job Job) shownTo(by Principal) (Job, bool) {
	all := len(job.Rooms)
	job.Rooms = slices.DeleteFunc(slices.Clone(job.Rooms), func(r JobRoom) bool { return !by.mayReview(r.Room) })
	if len(job.Rooms) == all {
		return job, all > 0
	}
	job.Note = "" // it may name a room
	job.Total, job.Outcomes = 0, make(map[xmpp.Outcome]int)
	for _, room := range job.Rooms {
		for outcome, count := range room.Outcomes {
			job.Outcomes[outcome] += count
			job.Total += count
		}
	}
	return job, len(job.Rooms) > 0
}

// mayReview reports whether a principal may see what was done in a room.
func (p Principal) mayReview(room xmpp.RoomJID) bool {
	return p.Grants.May(See, room) || p.Grants.May(Audit, room)
}

// reviewed returns where a principal may see what was done; never nil.
func (p Principal) reviewed() []Scope {
	return slices.Concat([]Scope{}, p.Grants.Scopes(See), p.Grants.Scopes(Audit))
}

// Jobs returns up to limit jobs that a principal may see, the newest first.
func (j *Jobs) Jobs(ctx context.Context, by Principal, filter JobFilter, limit int) ([]Job, error) {
	filter.Within = by.reviewed()
	jobs, err := j.options.Store.Jobs(ctx, filter, limit)
	if err != nil {
		return nil, err
	}
	shown := jobs[:0]
	for _, job := range jobs {
		if job, visible := job.shownTo(by); visible {
			shown = append(shown, job)
		}
	}
	return shown, nil
}

// Targets returns up to limit targets of a job in rooms that a principal may see.
func (j *Jobs) Targets(ctx context.Context, by Principal, id JobID, filter TargetFilter, limit int) ([]JobTarget, error) {
	if _, err := j.Job(ctx, by, id); err != nil {
		return nil, err
	}
	filter.Within = by.reviewed()
	return j.options.Store.JobTargets(ctx, id, filter, limit)
}
