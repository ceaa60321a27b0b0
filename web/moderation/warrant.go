package moderation

import (
	"context"
	"sync"
	"time"
)

// warrantTime is for how long it counts what the actor of a job may do. Asking before
// each step would take as much as all else that muckick does for it.
const warrantTime = 200 * time.Millisecond

// A warrant is what the actor of a job may do, as the store said not long ago.
type warrant struct {
	mu        sync.Mutex
	principal Principal
	asked     time.Time // zero if it never answered
}

// actor returns who the job works for, with what is granted to them now or was up
// to warrantTime ago. The error is the store's.
func (r *jobRun) actor(ctx context.Context) (Principal, error) {
	r.warrant.mu.Lock()
	defer r.warrant.mu.Unlock()
	now := r.jobs.options.Now()
	if age := now.Sub(r.warrant.asked); age >= 0 && age < warrantTime {
		return r.warrant.principal, nil
	}
	principal, err := r.jobs.options.Principals.PrincipalOf(ctx, r.job.By)
	if err == nil {
		r.warrant.principal, r.warrant.asked = principal, now
	}
	return principal, err
}
