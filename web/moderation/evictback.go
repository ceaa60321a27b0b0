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
	busy := make(chan struct{}, evictRooms)
	for _, e := range left {
		group.Go(func() error {
			busy <- struct{}{}
			leave := sync.OnceFunc(func() { <-busy })
			defer leave()
			return r.putBack(ctx, e, leave)
		})
	}
	return group.Wait()
}

// putBack undoes what an eviction did to a room, and tries until it is done or this
// process stops: then the next one goes on. Nothing else keeps it from that, neither
// a stop of the job nor what its actor may do by now. Leave is called when that has
// to wait.
func (r *jobRun) putBack(ctx context.Context, e Eviction, leave func()) error {
	wait := backWait
	for {
		err := r.putBackOnce(r.stepping, &e)
		if err == nil {
			return nil
		}
		status, changed := r.jobs.options.Chat.Status()
		if status.Online {
			changed = nil
			r.note(fmt.Sprintf("%s is not put back yet: %s", e.Room, InWords(err)))
		} else {
			r.note(waitsForChat)
		}
		r.waits("a room to be put back", err)
		leave()
		r.place.goAside()
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
		pass := func(ctx context.Context, action xmpp.Action) (Conclusion, error) { return r.pass(ctx, by, action) }
		if err := dismiss(ctx, e.Room, e.Granted, pass); err != nil {
			return r.backError(*e, err)
		}
		roster, err := within(ctx, func(ctx context.Context) (xmpp.Roster, error) { return r.jobs.options.Chat.Census(ctx, e.Room) })
		if err != nil {
			return r.backError(*e, err)
		}
		if err := restoreRoles(ctx, roster, e.Granted, xmpp.AffiliationNone, pass); err != nil {
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
