package moderation

import (
	"context"
	"errors"
	"time"

	"muckick/xmpp"
)

// ErrNoJob means that there is no job with that id, for who asks.
var ErrNoJob = errors.New("there is no such job")

// ErrStepTaken means that a step of a job is on record already, so that it is not
// done a second time.
var ErrStepTaken = errors.New("the step was begun already")

// A JobState is how far a job is.
type JobState string

// The states of jobs.
const (
	JobWaiting  JobState = "waiting"  // nobody has begun with it
	JobRunning  JobState = "running"  // a replica works on it, or another takes it over
	JobStopping JobState = "stopping" // somebody stopped it, and what was sent is waited for
	JobDone     JobState = "done"     // every target has its outcome
	JobStopped  JobState = "stopped"  // the same, and some were cancelled
)

// Ended reports whether nothing more will happen.
func (s JobState) Ended() bool { return s == JobDone || s == JobStopped }

// A Job is a plan that is being carried out, or was.
type Job struct {
	ID        JobID
	Plan      PlanID
	By        Actor  // whose grants count at every step
	Address   string // where they were then
	Purpose   Purpose
	Of        JobID // that is undone or tried again
	Kind      xmpp.ActionKind
	Reason    string
	Until     time.Time // when the effects end by themselves; zero for never
	Way       Way
	State     JobState
	Created   time.Time
	Began     time.Time // zero while it waits
	Ended     time.Time // zero until it has ended
	StoppedBy Actor
	Note      string // what it waits for, such as the chat server, or what else came of it
	Total     int
	Outcomes  map[xmpp.Outcome]int // of the targets; Pending are still to be done
	Rooms     []JobRoom
}

// A JobRoom counts the outcomes in one room.
type JobRoom struct {
	Room     xmpp.RoomJID
	Outcomes map[xmpp.Outcome]int
}

// A JobTarget is one step of a job.
type JobTarget struct {
	N       int // its place in the job, from 0
	Action  xmpp.Action
	Effect  EffectID // that an undo takes back
	Keep    []Stayer // whom a lock makes members, or its end makes none any more
	Outcome xmpp.Outcome
	Detail  string // why, for one
	At      time.Time
	Settled int64 // counts up with every outcome of the job; 0 while it is pending

	// Attempted is set if the step is in the audit trail. Its outcome there counts
	// when the process that attempted it is gone.
	Attempted bool
	Attempt   xmpp.Outcome
}

// Members counts the accounts of those whose membership it changes.
func (t JobTarget) Members() int { return len(oneOfEach(t.Keep)) }

// A JobFilter says which jobs are wanted. Zero fields allow all.
type JobFilter struct {
	ActorID string
	Running bool  // only those that have not ended
	Before  JobID // older than this one
	Of      JobID

	// Within allows only jobs with targets in one of the scopes; nil allows all.
	Within []Scope
}

// A TargetFilter says which targets of a job are wanted. Zero fields allow all.
type TargetFilter struct {
	Outcome xmpp.Outcome
	Room    xmpp.RoomJID
	After   int // N from there on

	// BySettled wants those that have an outcome, in the order in which they got
	// it, and Settled those after that number.
	BySettled bool
	Settled   int64

	// Within allows only targets in one of the scopes; nil allows all.
	Within []Scope
}

// JobStore keeps jobs, for all replicas.
type JobStore interface {
	// AddJob makes a job of a plan, once: a [*PlanUsedError] tells of the job that
	// it became before. It returns when that is durable.
	AddJob(ctx context.Context, plan Plan, job Job) (JobID, error)

	// ClaimJob returns a job that nobody works on, if there is one, which is this
	// replica's then for as long as it lives. Other replicas skip it.
	ClaimJob(ctx context.Context) (job Job, claimed bool, err error)

	// HoldJob returns the state of a claimed job, and whether the claim still
	// stands and will for some time.
	HoldJob(ctx context.Context, id JobID) (state JobState, held bool, err error)

	// NoteJob keeps what a job waits for.
	NoteJob(ctx context.Context, id JobID, note string) error

	// Unsettled returns the targets of a job without an outcome, and what the audit
	// trail knows of them.
	Unsettled(ctx context.Context, id JobID) ([]JobTarget, error)

	// Settle keeps the outcomes of targets, and numbers them in that order.
	Settle(ctx context.Context, id JobID, targets []JobTarget) error

	// Evictions returns what a job did for a moment and did not put back yet.
	Evictions(ctx context.Context, id JobID) ([]Eviction, error)

	// KeepEviction keeps what a job does to a room for a moment, in place of what was
	// kept before of that room. It returns when that is durable.
	KeepEviction(ctx context.Context, id JobID, e Eviction) error

	// EndEviction forgets that, once it is put back.
	EndEviction(ctx context.Context, id JobID, room xmpp.RoomJID) error

	// StopJob asks for the end of a job. One that has ended stays as it is.
	StopJob(ctx context.Context, id JobID, by Actor) error

	// EndJob ends a claimed job. The note says what else came of it; mostly nothing.
	EndJob(ctx context.Context, id JobID, state JobState, note string) error

	// ReleaseJob gives a claim up, so that another replica goes on.
	ReleaseJob(ctx context.Context, id JobID) error

	// Job returns the job with an id, or ErrNoJob.
	Job(ctx context.Context, id JobID) (Job, error)

	// Jobs returns up to limit jobs, the newest first.
	Jobs(ctx context.Context, filter JobFilter, limit int) ([]Job, error)

	// JobTargets returns up to limit targets of a job.
	JobTargets(ctx context.Context, id JobID, filter TargetFilter, limit int) ([]JobTarget, error)
}

// Principals tells what actors may do now.
type Principals interface {
	// PrincipalOf returns the actor with what is granted to them now. To who was
	// removed, disabled or revoked nothing is.
	PrincipalOf(ctx context.Context, actor Actor) (Principal, error)
}
