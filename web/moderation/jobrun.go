package moderation

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"muckick/xmpp"
)

const (
	// claimInterval is how often a replica looks for a job that nobody works on.
	claimInterval = time.Second
	// holdInterval is how often a claim is confirmed, and a stop noticed that came
	// to another replica.
	holdInterval = 400 * time.Millisecond
	// holdTime is for how long a confirmed claim counts: less than the store grants.
	holdTime = 5 * time.Second
	// stopTimeout is how long steps may take when this process stops.
	stopTimeout = 5 * time.Second
	// stepTimeout bounds one step, all waiting included.
	stepTimeout = 30 * time.Second
	// perMembership is how much longer a step may take for each membership that it
	// changes. On a server that takes 10 kB/s of a client some 13 change in a second.
	perMembership = 50 * time.Millisecond
	// maxGiving is how many memberships change at once, but for a room with more.
	maxGiving = 250
	// storeTimeout bounds one call of the store.
	storeTimeout = 10 * time.Second
	// retryPause is how long a job waits when the store or the chat server is away.
	retryPause = 500 * time.Millisecond
	// maxInRoom is how many steps of a job are under way in one room.
	maxInRoom = 4
	// maxRunning is how many jobs a replica works on at once, and maxAside how many
	// more of those that wait until a room can be put back.
	maxRunning = 8
	maxAside   = 56
)

// Run works on jobs until ctx ends, and then waits for the steps under way. Their
// outcomes are kept, and the jobs are given up to other replicas or to the next
// start.
func (j *Jobs) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	places, aside := make(chan struct{}, maxRunning), make(chan struct{}, maxAside)
	tick := time.NewTicker(claimInterval)
	defer tick.Stop()
	for {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return
		}
		job, claimed := j.claim(ctx)
		if claimed {
			place := &place{held: places, aside: aside}
			running.Go(func() {
				defer place.leave()
				j.work(ctx, job, place)
			})
			continue
		}
		<-places
		select {
		case <-ctx.Done():
			return
		case <-j.wake:
		case <-tick.C:
		}
	}
}

// claim returns a job to work on. What the store cannot say now it is asked again.
func (j *Jobs) claim(ctx context.Context) (Job, bool) {
	within, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	job, claimed, err := j.options.Store.ClaimJob(within)
	if err != nil && ctx.Err() == nil {
		j.options.Logger.ErrorContext(ctx, "jobs cannot be looked for", "error", err)
	}
	return job, claimed && err == nil
}

// work does a claimed job, or gives it up.
func (j *Jobs) work(ctx context.Context, job Job, place *place) {
	stop := make(chan struct{})
	j.mu.Lock()
	j.stops[job.ID] = stop
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.stops, job.ID)
		j.mu.Unlock()
	}()
	r := &jobRun{
		jobs: j, job: job, place: place, stop: stop, halted: make(chan struct{}), held: j.options.Now(),
		stopped: job.State == JobStopping, process: ctx, lasting: context.WithoutCancel(ctx),
		warnings: rate.Sometimes{First: 1, Interval: 10 * time.Second},
	}
	var end context.CancelFunc
	r.stepping, end = context.WithCancel(r.lasting)
	defer end()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopTimeout, end) })()
	log := j.options.Logger.With("job", job.ID, "action", job.Kind)
	log.InfoContext(ctx, "job begins", "targets", job.Total, "by", job.By.Name)
	state, err := r.run(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		log.ErrorContext(ctx, "job given up, to be gone on with", "error", err)
	case err != nil:
		log.InfoContext(ctx, "job given up, since this process stops")
	default:
		log.InfoContext(ctx, "job ended", "state", state)
	}
	j.changed(job.ID)
}

// store calls the store until it answers, while the claim lasts.
func (r *jobRun) store(what string, do func(context.Context) error) error {
	for {
		within, cancel := context.WithTimeout(r.lasting, storeTimeout)
		err := do(within)
		cancel()
		if err == nil {
			return nil
		}
		if r.isLost() || r.isEnding() {
			return fmt.Errorf("%s: %w", what, err)
		}
		r.waits("the store to "+what, err)
		select {
		case <-time.After(retryPause):
		case <-r.process.Done(): // one more try
		}
	}
}

// waits logs now and then what the job waits for.
func (r *jobRun) waits(what string, err error) {
	r.warnings.Do(func() {
		r.jobs.options.Logger.Warn("a job waits for "+what, "job", r.job.ID, "error", err)
	})
}

// logsCause logs now and then what the words for an error leave out.
func (r *jobRun) logsCause(err error) {
	if isForLog(err) {
		r.warnings.Do(func() { r.jobs.options.Logger.Warn("a step of a job failed", "job", r.job.ID, "error", unworded(err)) })
	}
}

// do is one step: the order as everybody else gives it.
func (r *jobRun) do(target JobTarget) (settled JobTarget, again bool) {
	defer func() {
		if value := recover(); value != nil {
			r.jobs.options.Panicked(value, debug.Stack())
			target.Outcome, target.Detail = xmpp.Unknown, "the program failed in the middle"
			settled, again = target, false
		}
	}()
	ctx, cancel := context.WithTimeout(r.stepping, stepTimeout+time.Duration(len(target.Keep))*perMembership)
	defer cancel()
	principal, err := r.actor(ctx)
	if err != nil {
		r.waits("the store", err)
		return target, true
	}
	if !principal.Grants.May(Needs(target.Action.Kind), target.Action.Room) {
		target.Outcome = xmpp.NotSent
		target.Detail = fmt.Sprintf("%s may not do this here any more", r.job.By.Name)
		return target, false
	}
	order := Order{
		Principal: principal, Address: r.job.Address, Action: target.Action, Until: r.job.Until,
		Job: r.job.ID, Step: target.N + 1,
	}
	if target.Action.Kind == xmpp.ActionLock {
		order.Keep, order.Halted = target.Keep, r.halted
	}
	conclusion, err := r.order(ctx, order, target.Effect)
	if errors.Is(err, ErrStepTaken) {
		target.Outcome, target.Detail = xmpp.Unknown, "another process had begun with it"
		return target, false
	}
	if errors.Is(err, ErrNotAudited) {
		// Nothing was sent, and nothing is on record.
		r.waits("the audit trail", err)
		return target, true
	}
	r.logsCause(err)
	target.Outcome, target.Detail = conclusion.Outcome, conclusion.Detail
	if refused := (*AdmissionError)(nil); conclusion.Outcome == xmpp.NotSent && r.isHalted() && errors.As(err, &refused) && refused.Left == nil {
		target.Outcome, target.Detail = xmpp.Cancelled, cancelledDetail
	}
	if target.Detail == "" && err != nil {
		target.Detail = InWords(err)
	}
	return target, false
}

// order gives an order to the desk. One that takes back an effect does so only while
// that stands.
func (r *jobRun) order(ctx context.Context, order Order, lifted EffectID) (Conclusion, error) {
	desk := r.jobs.options.Desk
	if lifted == "" {
		return desk.Do(ctx, order)
	}
	effect, err := desk.options.Effects.Effect(ctx, lifted)
	switch {
	case errors.Is(err, ErrNoEffect):
		return Conclusion{Outcome: xmpp.Gone}, err
	case err != nil:
		return Conclusion{}, fmt.Errorf("%w: %w", ErrNotAudited, err)
	case !effect.Stands():
		return Conclusion{Outcome: xmpp.Already, Detail: string(effect.State)}, nil
	}
	return desk.Lift(ctx, order, effect)
}
