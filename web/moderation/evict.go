package moderation

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

const (
	// evictRooms is how many rooms are evicted from at once.
	evictRooms = 8
	// grantsInRoom is how many memberships are asked for at once in one room.
	grantsInRoom = 8
	// grantRounds is how often those are made members who came meanwhile.
	grantRounds = 5
	// evictTime is how long those who are to go are waited for.
	evictTime = 20 * time.Second
	// censusPause lies between two looks at who is left.
	censusPause = 100 * time.Millisecond
)

// needs returns the capabilities that a way of doing an action asks for.
func (w Way) needs(kind xmpp.ActionKind) []Capability {
	if w == Evict {
		return []Capability{Needs(kind), Lock}
	}
	return []Capability{Needs(kind)}
}

// evict evicts from all rooms, and leaves in the queues whom an eviction does not
// hit: they are kicked like others.
func (r *jobRun) evict(ctx context.Context, remote <-chan struct{}) error {
	if r.stopped {
		return nil
	}
	r.awaitOnline(ctx, remote)
	going, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-r.stop:
		case <-remote:
		case <-going.Done():
			return
		}
		r.setStopped()
		cancel()
	})
	var group errgroup.Group
	busy := make(chan struct{}, evictRooms)
	for _, q := range r.queues {
		group.Go(func() error { return r.evictFrom(going, q, busy) })
	}
	err := group.Wait()
	cancel()
	watching.Wait()
	r.left = 0
	for _, q := range r.queues {
		r.left += len(q.targets)
	}
	r.stopped = r.stopped || r.isStopping()
	if err != nil || r.stopped {
		return err // what is left is cancelled once everything is put back
	}
	return ctx.Err()
}

func (r *jobRun) setStopped() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopping = true
}

// isStopping reports whether somebody stopped the job during an eviction.
func (r *jobRun) isStopping() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopping
}

// evictFrom evicts from one room, and puts back what that took. It takes a place
// among those that are busy, until nothing but that is left and has to wait.
func (r *jobRun) evictFrom(ctx context.Context, q *roomQueue, busy chan struct{}) error {
	select {
	case busy <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	leave := sync.OnceFunc(func() { <-busy })
	defer leave()
	if ctx.Err() != nil || len(q.targets) == 0 {
		return nil
	}
	c := &clearing{run: r, record: Eviction{Room: q.targets[0].Action.Room}}
	failure := c.clear(ctx, q)
	c.conclude(failure)
	if !c.onRecord {
		return nil
	}
	return r.putBack(ctx, c.record, leave)
}

// within bounds one question to the chat server.
func within[T any](ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	return ask(ctx)
}

// pass carries out a part of an eviction, in its turn among all steps.
func (r *jobRun) pass(ctx context.Context, by Principal, action xmpp.Action) (Conclusion, error) {
	var began time.Time
	for {
		var freed <-chan struct{}
		if began, freed = r.jobs.window.enter(r.jobs.options.Desk.Singles() > 0); freed == nil {
			break
		}
		select {
		case <-freed:
		case <-time.After(overdue):
		case <-ctx.Done():
			return Conclusion{Outcome: xmpp.NotSent}, xmpp.ErrNotSent
		}
	}
	var conclusion Conclusion
	defer func() { r.jobs.window.leave(began, conclusion.Outcome == xmpp.Done) }()
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	var err error
	conclusion, err = r.jobs.options.Desk.Do(ctx, Order{
		Principal: by, Address: r.job.Address, Action: action, Job: r.job.ID, Passing: true,
	})
	return conclusion, err
}
