package web

import (
	"context"
	"sync"
	"time"

	"muckick/views"
	"muckick/web/moderation"
)

const (
	// jobsFresh is how old what a page says of the jobs that go on may be.
	jobsFresh = time.Second

	// jobsInBar is how many of them a page shows that is about something else.
	jobsInBar = 3
)

// runningJobs knows whether any job goes on, so that open pages ask the store for
// theirs only then.
type runningJobs struct {
	jobs *moderation.Jobs
	now  func() time.Time

	mu     sync.Mutex
	any    bool
	looked time.Time
}

// shownTo returns the jobs that go on and that somebody with the grants may see. On
// an error of the store there is none: the page of jobs tells of it.
func (r *runningJobs) shownTo(ctx context.Context, grants moderation.Grants) []views.JobEntry {
	if !r.anyGoesOn(ctx) {
		return nil
	}
	jobs, err := r.jobs.Jobs(ctx, moderation.Principal{Grants: grants}, moderation.JobFilter{Running: true}, jobsInBar)
	if err != nil {
		return nil
	}
	var entries []views.JobEntry
	for _, job := range jobs {
		entries = append(entries, jobEntry(job))
	}
	return entries
}

// anyGoesOn asks the store once for all pages.
func (r *runningJobs) anyGoesOn(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); now.Sub(r.looked) >= jobsFresh {
		ctx, cancel := context.WithTimeout(ctx, jobsFresh) // others wait for this
		defer cancel()
		all := moderation.Principal{Grants: moderation.Everything()}
		jobs, err := r.jobs.Jobs(ctx, all, moderation.JobFilter{Running: true}, 1)
		r.any, r.looked = err == nil && len(jobs) > 0, now
	}
	return r.any
}
