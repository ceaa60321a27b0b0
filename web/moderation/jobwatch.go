package moderation

import (
	"context"
	"time"
)

const (
	// watchInterval is how often a watched job is looked at, in case that another
	// replica works on it.
	watchInterval = 500 * time.Millisecond
	// watchPause is what lies between two looks at the least.
	watchPause = 100 * time.Millisecond
	// watchBatch bounds the outcomes of one step of a watch.
	watchBatch = 500
)

// changed tells the watches of a job here that there is news.
func (j *Jobs) changed(id JobID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if changed := j.changes[id]; changed != nil {
		close(changed)
		delete(j.changes, id)
	}
}

// news returns a channel that is closed when there is news of a job from here.
func (j *Jobs) news(id JobID) <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.changes[id] == nil {
		j.changes[id] = make(chan struct{})
	}
	return j.changes[id]
}

// A JobWatch follows a job, whichever replica works on it. It keeps nothing but a
// number, so nobody waits for who is slow.
type JobWatch struct {
	jobs    *Jobs
	by      Principal
	id      JobID
	settled int64
	state   JobState
	note    string
	looked  bool
}

// A JobUpdate is what became of a job since the update before.
type JobUpdate struct {
	Job     Job         // as it is now
	Settled []JobTarget // whose outcome is new, at most 500; the rest is in the next update
}

// Watch follows a job from after the settled-th outcome on; 0 is the beginning.
func (j *Jobs) Watch(by Principal, id JobID, settled int64) *JobWatch {
	return &JobWatch{jobs: j, by: by, id: id, settled: settled}
}

// Next returns as soon as there is something new, and at once the first time. A
// job that has ended gives no more news, so nobody should ask after an update
// whose job has and which has no outcomes. What the principal may not see is left
// out; their grants are those when the watch began.
func (w *JobWatch) Next(ctx context.Context) (JobUpdate, error) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		if w.looked {
			select {
			case <-ctx.Done():
				return JobUpdate{}, ctx.Err()
			case <-time.After(watchPause):
			}
		}
		w.looked = true
		news := w.jobs.news(w.id)
		update, fresh, err := w.look(ctx)
		if err != nil || fresh {
			return update, err
		}
		select {
		case <-ctx.Done():
			return JobUpdate{}, ctx.Err()
		case <-news:
		case <-tick.C:
		}
	}
}

// look returns what is new.
func (w *JobWatch) look(ctx context.Context) (JobUpdate, bool, error) {
	settled, err := w.jobs.options.Store.JobTargets(ctx, w.id, TargetFilter{Settled: max(w.settled, 0), BySettled: true}, watchBatch)
	if err != nil {
		return JobUpdate{}, false, err
	}
	job, err := w.jobs.Job(ctx, w.by, w.id)
	if err != nil {
		return JobUpdate{}, false, err
	}
	fresh := len(settled) > 0 || job.State != w.state || job.Note != w.note
	w.state, w.note = job.State, job.Note
	update := JobUpdate{Job: job}
	for _, target := range settled {
		w.settled = target.Settled
		if w.by.mayReview(target.Action.Room) {
			update.Settled = append(update.Settled, target)
		}
	}
	return update, fresh, nil
}
