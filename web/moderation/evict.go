package moderation

import (
	"context"
	"errors"
	"fmt"
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
	group.SetLimit(evictRooms)
	for _, q := range r.queues {
		group.Go(func() error { return r.evictFrom(going, q) })
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

// evictFrom evicts from one room, and puts back what that took.
func (r *jobRun) evictFrom(ctx context.Context, q *roomQueue) error {
	if ctx.Err() != nil || len(q.targets) == 0 {
		return nil
	}
	c := &clearing{run: r, record: Eviction{Room: q.targets[0].Action.Room}}
	failure := c.clear(ctx, q)
	c.conclude(failure)
	if !c.onRecord {
		return nil
	}
	return r.putBack(ctx, c.record)
}

// A clearing is an eviction from one room, under way.
type clearing struct {
	run       *jobRun
	principal Principal
	record    Eviction
	onRecord  bool
	out       []JobTarget          // who is to go
	outcomes  map[int]xmpp.Outcome // of those whose end is known
	leaving   map[string]bool      // their accounts
	attempts  map[int]AttemptID    // the entries of the audit trail
	began     time.Time
}

// clear makes those who are meant leave. The error says why it did not come to
// that.
func (c *clearing) clear(ctx context.Context, q *roomQueue) error {
	c.began, c.outcomes = c.run.jobs.options.Now(), make(map[int]xmpp.Outcome)
	roster, err := c.prepare(ctx, q)
	if err != nil || len(c.out) == 0 {
		return err
	}
	if _, err := c.admitAll(ctx, roster); err != nil {
		return err
	}
	if err := c.intend(ctx); err != nil {
		return err
	}
	// Who came since then is a member before the room closes.
	if roster, err = c.census(ctx); err == nil {
		roster, err = c.admitAll(ctx, roster)
	}
	if err != nil {
		return err
	}
	c.noteAbsent(roster, xmpp.Gone)
	if err := c.close(ctx); err != nil {
		return err
	}
	c.awaitAbsence()
	return nil
}

// prepare finds out whether and whom to evict, and takes those out of the queue.
func (c *clearing) prepare(ctx context.Context, q *roomQueue) (xmpp.Roster, error) {
	r, room := c.run, c.record.Room
	fail := func(err error) (xmpp.Roster, error) { // nobody of them is kicked instead
		if ctx.Err() == nil {
			c.out, q.targets = q.targets, nil
		}
		return xmpp.Roster{}, err
	}
	err := r.store("read what the actor may do", func(ctx context.Context) (err error) {
		c.principal, err = r.jobs.options.Principals.PrincipalOf(ctx, r.job.By)
		return err
	})
	if err != nil {
		return xmpp.Roster{}, err
	}
	for _, capability := range Evict.needs(r.job.Kind) {
		if err := c.principal.Require(capability, room); err != nil {
			return fail(err)
		}
	}
	closed, err := within(ctx, func(ctx context.Context) (bool, error) { return r.jobs.options.Chat.MembersOnly(ctx, room) })
	switch {
	case err != nil:
		return fail(err)
	case closed:
		return fail(errClosed)
	}
	roster, err := c.census(ctx)
	if err != nil {
		return fail(err)
	}
	targets := make([]xmpp.Target, 0, len(q.targets))
	for _, target := range q.targets {
		targets = append(targets, target.Action.Target)
	}
	sorted, err := sortCrowd(roster, targets, nil)
	if err != nil {
		return fail(err)
	}
	goes := make(map[int]bool, len(sorted.out))
	for _, i := range sorted.out {
		goes[i] = true
	}
	c.leaving = sorted.leaving
	var rest []JobTarget
	for i, target := range q.targets {
		if goes[i] {
			c.out = append(c.out, target)
		} else {
			rest = append(rest, target)
		}
	}
	q.targets = rest
	return roster, nil
}

func (c *clearing) census(ctx context.Context) (xmpp.Roster, error) {
	return within(ctx, func(ctx context.Context) (xmpp.Roster, error) {
		return c.run.jobs.options.Chat.Census(ctx, c.record.Room)
	})
}

// within bounds one question to the chat server.
func within[T any](ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	return ask(ctx)
}

// admitAll makes members of those who stay, until nobody has come meanwhile.
func (c *clearing) admitAll(ctx context.Context, roster xmpp.Roster) (last xmpp.Roster, err error) {
	for range grantRounds {
		sorted, err := sortCrowd(roster, nil, c.leaving)
		if err != nil {
			return roster, err
		}
		if len(sorted.stay) == 0 {
			return roster, nil
		}
		c.record.Granted = append(c.record.Granted, sorted.stay...)
		if err := c.keep(); err != nil {
			return roster, err
		}
		if err := c.admit(ctx, sorted.stay); err != nil {
			return roster, err
		}
		if roster, err = c.census(ctx); err != nil {
			return roster, err
		}
	}
	return roster, &EvictionError{"people keep coming in: lock the room first"}
}

// keep puts on record what is about to be done.
func (c *clearing) keep() error {
	c.onRecord = true
	return c.run.store("keep what is done to a room", func(ctx context.Context) error {
		return c.run.jobs.options.Store.KeepEviction(ctx, c.run.job.ID, c.record)
	})
}

// admit makes members of some.
func (c *clearing) admit(ctx context.Context, stayers []Stayer) error {
	var group errgroup.Group
	group.SetLimit(grantsInRoom)
	seen := make(map[string]bool)
	var mu sync.Mutex
	notOurs := make(map[string]bool) // whom somebody else gave an affiliation just now
	for _, stayer := range stayers {
		if seen[stayer.Account] {
			continue
		}
		seen[stayer.Account] = true
		group.Go(func() error {
			conclusion, err := c.run.pass(ctx, c.principal, xmpp.Action{
				Kind: xmpp.ActionMember, Room: c.record.Room, Target: xmpp.Target{Nick: stayer.Nick, RealJID: stayer.Account},
			})
			if err != nil {
				return fmt.Errorf("%s was not made a member: %w", stayer.Nick, err)
			}
			if conclusion.Outcome == xmpp.Already {
				mu.Lock()
				defer mu.Unlock()
				notOurs[stayer.Account] = true
			}
			return nil
		})
	}
	err := group.Wait()
	if len(notOurs) == 0 {
		return err
	}
	var ours []Stayer
	for _, stayer := range c.record.Granted {
		if !notOurs[stayer.Account] {
			ours = append(ours, stayer)
		}
	}
	c.record.Granted = ours
	return errors.Join(err, c.keep())
}

// pass carries out a part of an eviction, in its turn among all steps.
func (r *jobRun) pass(ctx context.Context, by Principal, action xmpp.Action) (Conclusion, error) {
	for {
		entered, freed := r.jobs.window.enter(r.jobs.options.Desk.Singles() > 0)
		if entered {
			break
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return Conclusion{Outcome: xmpp.NotSent}, xmpp.ErrNotSent
		}
	}
	began := r.jobs.options.Now()
	var conclusion Conclusion
	defer func() { r.jobs.window.leave(r.jobs.options.Now().Sub(began), conclusion.Outcome == xmpp.Done) }()
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	var err error
	conclusion, err = r.jobs.options.Desk.Do(ctx, Order{
		Principal: by, Address: r.job.Address, Action: action, Job: r.job.ID, Passing: true,
	})
	return conclusion, err
}

// intend puts on record who is to go.
func (c *clearing) intend(ctx context.Context) error {
	var group errgroup.Group
	group.SetLimit(maxWindow)
	var mu sync.Mutex
	c.attempts = make(map[int]AttemptID, len(c.out))
	for _, target := range c.out {
		group.Go(func() error {
			id, err := c.run.jobs.options.Desk.intend(ctx, Order{
				Principal: c.principal, Address: c.run.job.Address, Action: target.Action, Job: c.run.job.ID, Step: target.N + 1,
			}, "")
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			c.attempts[target.N] = id
			return nil
		})
	}
	return group.Wait()
}

// close makes the room members-only.
func (c *clearing) close(ctx context.Context) error {
	if ctx.Err() != nil || !c.run.holds() {
		return xmpp.ErrNotSent
	}
	c.record.Locked = true
	if err := c.keep(); err != nil {
		return err
	}
	conclusion, err := c.run.pass(ctx, c.principal, xmpp.Action{Kind: xmpp.ActionLock, Room: c.record.Room, MembersOnly: true})
	switch {
	case errors.Is(err, xmpp.ErrUnknown): // who is there tells
		return nil
	case err == nil && conclusion.Outcome != xmpp.Already:
		return nil
	}
	c.record.Locked = false
	if err == nil {
		err = errClosed // by somebody else, who may open it too
	}
	return errors.Join(err, c.keep())
}

// awaitAbsence waits until the role lists show nobody who is to go, for some time.
func (c *clearing) awaitAbsence() {
	ctx, cancel := context.WithTimeout(c.run.stepping, evictTime)
	defer cancel()
	for {
		roster, err := c.census(ctx)
		if err == nil && !hasGap(roster, xmpp.GapCompleteness) {
			c.noteAbsent(roster, xmpp.Done)
		}
		if len(c.outcomes) == len(c.out) {
			return
		}
		select {
		case <-time.After(censusPause):
		case <-ctx.Done():
			return
		}
	}
}

func hasGap(roster xmpp.Roster, gap xmpp.Gap) bool {
	for _, g := range roster.Gaps {
		if g == gap {
			return true
		}
	}
	return false
}

// noteAbsent notes who is not in the room any more, under whatever nick, and what
// that means.
func (c *clearing) noteAbsent(roster xmpp.Roster, means xmpp.Outcome) {
	accounts, nicks := make(map[string]bool), make(map[string]xmpp.Occupant)
	for _, o := range roster.Occupants {
		accounts[accountKey(o.RealJID)] = true
		nicks[o.Nick] = o
	}
	for _, target := range c.out {
		t := target.Action.Target
		o, taken := nicks[t.Nick]
		if taken && t.Means(o) || t.RealJID != "" && accounts[accountKey(t.RealJID)] {
			continue
		}
		if c.outcomes[target.N] == "" {
			c.outcomes[target.N] = means
		}
	}
}

// conclude settles those who were to go. Failure is why they were not evicted; nil
// if they were.
func (c *clearing) conclude(failure error) {
	var group errgroup.Group
	group.SetLimit(maxWindow)
	for _, target := range c.out {
		group.Go(func() error {
			target.Outcome, target.Detail = c.outcome(target.N, failure)
			if _, begun := c.attempts[target.N]; !begun && c.run.ending.Load() {
				return nil // it stays for who goes on
			}
			if id, begun := c.attempts[target.N]; begun {
				c.run.jobs.options.Desk.conclude(c.run.lasting, id, Conclusion{
					Outcome: target.Outcome, Detail: target.Detail, RealJID: target.Action.Target.RealJID,
					Duration: c.run.jobs.options.Now().Sub(c.began),
				})
			}
			if c.run.isStopping() && failure != nil {
				target.Outcome, target.Detail = xmpp.Cancelled, cancelledDetail
			}
			c.run.outcomes <- target
			return nil
		})
	}
	_ = group.Wait() // nothing there fails
}

// outcome is what became of one who was to go.
func (c *clearing) outcome(n int, failure error) (xmpp.Outcome, string) {
	var impossible *EvictionError
	switch {
	case failure == nil && c.outcomes[n] == xmpp.Done:
		return xmpp.Done, ""
	case failure == nil && c.outcomes[n] == xmpp.Gone:
		return xmpp.Gone, "they left before the room was closed"
	case failure == nil:
		return xmpp.Unknown, "they were still to be seen in the room when it had been members-only for some time"
	case errors.Is(failure, ErrStepTaken):
		return xmpp.Unknown, "another process had begun with it"
	case errors.As(failure, &impossible):
		return xmpp.NotSent, impossible.Problem
	}
	if outcome := xmpp.OutcomeOf(failure); outcome == xmpp.Refused || outcome == xmpp.Gone {
		return outcome, failure.Error()
	}
	return xmpp.NotSent, failure.Error() // of the target itself nothing was asked
}
