package moderation

import (
	"context"
	"time"
)

// release lets another replica, or the next start, go on at once.
func (r *jobRun) release() error {
	ctx, cancel := context.WithTimeout(r.lasting, storeTimeout)
	defer cancel()
	return r.jobs.options.Store.ReleaseJob(ctx, r.job.ID)
}

// hold confirms the claim until done is closed, and closes stopped when somebody
// stopped the job.
func (r *jobRun) hold(done <-chan struct{}, stopped chan<- struct{}) {
	tick := time.NewTicker(holdInterval)
	defer tick.Stop()
	told := false
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(r.lasting, holdTime)
		state, held, err := r.jobs.options.Store.HoldJob(ctx, r.job.ID)
		cancel()
		r.mu.Lock()
		if err == nil {
			r.lost = r.lost || !held
			r.held = r.jobs.options.Now()
		}
		r.mu.Unlock()
		if err == nil && held && state == JobStopping && !told {
			told = true
			close(stopped)
		}
	}
}

// holds reports whether the claim is known to stand.
func (r *jobRun) holds() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.lost && r.jobs.options.Now().Sub(r.held) < holdTime
}

// isLost reports whether another replica may have the job.
func (r *jobRun) isLost() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}
