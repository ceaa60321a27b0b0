package moderation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

const (
	// backWait and longestBackWait bound the waits between attempts to put a room
	// back.
	backWait        = time.Second
	longestBackWait = time.Minute
)

// errClosedAgain keeps memberships as they are for now.
var errClosedAgain = errors.New("somebody made the room members-only: without the memberships people would be thrown out")

// putAllBack puts back what a process which is gone left.
func (r *jobRun) putAllBack(ctx context.Context) error {
	var left []Eviction
	err := r.store("read what is to be put back", func(ctx context.Context) (err error) {
		left, err = r.jobs.options.Store.Evictions(ctx, r.job.ID)
		return err
	})
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(evictRooms)
	for _, e := range left {
		group.Go(func() error { return r.putBack(ctx, e) })
	}
	return group.Wait()
}

// putBack undoes what an eviction did to a room, and tries until it is done or this
// process stops: then the next one goes on. Nothing else keeps it from that, neither
// a stop of the job nor what its actor may do by now.
func (r *jobRun) putBack(ctx context.Context, e Eviction) error {
	wait := backWait
	for {
		err := r.putBackOnce(r.stepping, &e)
		if err == nil {
			return nil
		}
		status, changed := r.jobs.options.Chat.Status()
		if status.Online {
			changed = nil
			r.note(fmt.Sprintf("%s is not put back yet: %v", e.Room, err))
		} else {
			r.note(waitsForChat)
		}
		r.waits("a room to be put back", err)
		select {
		case <-time.After(wait):
		case <-changed:
		case <-r.stepping.Done():
			return err
		}
		if r.isEnding() && ctx.Err() != nil || r.isLost() {
			return err
		}
		wait = min(2*wait, longestBackWait)
	}
}

// putBackOnce opens the room and then takes back the memberships, so that nobody is
// thrown out, and roles that changed with them.
func (r *jobRun) putBackOnce(ctx context.Context, e *Eviction) error {
	by := Principal{Actor: r.job.By, Grants: Everything()}
	if e.Locked {
		_, err := r.pass(ctx, by, xmpp.Action{Kind: xmpp.ActionUnlock, Room: e.Room, MembersOnly: true})
		if err != nil {
			return r.backError(*e, err)
		}
		e.Locked = false
		if err := r.jobs.options.Store.KeepEviction(ctx, r.job.ID, *e); err != nil {
			return err
		}
	}
	if len(e.Granted) > 0 {
		closed, err := within(ctx, func(ctx context.Context) (bool, error) { return r.jobs.options.Chat.MembersOnly(ctx, e.Room) })
		switch {
		case err != nil:
			return r.backError(*e, err)
		case closed:
			return errClosedAgain
		}
		if err := r.dismiss(ctx, by, *e); err != nil {
			return r.backError(*e, err)
		}
		if err := r.restoreRoles(ctx, by, *e); err != nil {
			return r.backError(*e, err)
		}
	}
	return r.jobs.options.Store.EndEviction(ctx, r.job.ID, e.Room)
}

// backError is err, unless there is no such room any more: then nothing is left to
// be put back.
func (r *jobRun) backError(e Eviction, err error) error {
	if !errors.As(err, new(*xmpp.NoRoomError)) {
		return err
	}
	return r.jobs.options.Store.EndEviction(r.lasting, r.job.ID, e.Room)
}

// dismiss takes back the memberships that still are as they were given.
func (r *jobRun) dismiss(ctx context.Context, by Principal, e Eviction) error {
	var group errgroup.Group
	group.SetLimit(grantsInRoom)
	seen := make(map[string]bool)
	for _, stayer := range e.Granted {
		if seen[stayer.Account] {
			continue
		}
		seen[stayer.Account] = true
		group.Go(func() error {
			_, err := r.pass(ctx, by, xmpp.Action{
				Kind: xmpp.ActionUnmember, Room: e.Room, Target: xmpp.Target{Nick: stayer.Nick, RealJID: stayer.Account},
			})
			return err
		})
	}
	return group.Wait()
}

// restoreRoles gives or takes voice where a change of the affiliation did the
// opposite.
func (r *jobRun) restoreRoles(ctx context.Context, by Principal, e Eviction) error {
	roster, err := within(ctx, func(ctx context.Context) (xmpp.Roster, error) { return r.jobs.options.Chat.Census(ctx, e.Room) })
	if err != nil {
		return err
	}
	before := make(map[string]Stayer, len(e.Granted))
	for _, stayer := range e.Granted {
		before[stayer.Nick] = stayer
	}
	var group errgroup.Group
	group.SetLimit(grantsInRoom)
	for _, o := range roster.Occupants {
		stayer, known := before[o.Nick]
		if !known || !sameAccount(stayer.Account, o.RealJID) || o.Affiliation != xmpp.AffiliationNone || o.Role == stayer.Role {
			continue
		}
		kind := xmpp.ActionUnmute
		if stayer.Role == xmpp.RoleVisitor {
			kind = xmpp.ActionMute
		}
		group.Go(func() error {
			_, err := r.pass(ctx, by, xmpp.Action{Kind: kind, Room: e.Room, Target: xmpp.Target{Nick: o.Nick, RealJID: o.RealJID}})
			if xmpp.OutcomeOf(err) == xmpp.Gone && !errors.As(err, new(*xmpp.NoRoomError)) {
				return nil // they left
			}
			return err
		})
	}
	return group.Wait()
}
