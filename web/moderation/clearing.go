package moderation

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

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
	looked    time.Time   // when it was last looked who is there and stays
	last      xmpp.Roster // who is there since the room is closed
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
	if roster, err = c.look(ctx); err == nil {
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
	c.noteStrays()
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

// look is a census of who stays.
func (c *clearing) look(ctx context.Context) (xmpp.Roster, error) {
	c.looked = c.run.jobs.options.Now()
	return c.census(ctx)
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
		if roster, err = c.look(ctx); err != nil {
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
				return because(stayer.Nick+" was not made a member", err)
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
