package moderation

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

// voicesAtOnce is how many people are given their voice back at once.
const voicesAtOnce = 8

// Silenced returns who came into a room since a lock and has no voice by it. On
// Prosody they stay silent when the lock is lifted, until they leave.
//
// Who was muted through muckick is not among them. Nor is anybody who was there
// before the lock; where nobody saw when somebody came, since muckick was not there
// itself, the lock is taken for the cause.
func (d *Desk) Silenced(ctx context.Context, lock Effect) ([]xmpp.Occupant, error) {
	if lock.MembersOnly {
		return nil, nil // which takes nobody's voice
	}
	roster, err := d.options.Chat.Occupants(ctx, lock.Room)
	if err != nil {
		return nil, err
	}
	mutes, err := d.options.Effects.Effects(ctx, EffectFilter{Room: lock.Room, Action: xmpp.ActionMute}, maxChecked)
	if err != nil {
		return nil, err
	}
	muted := make(map[string]bool)
	for _, e := range mutes {
		if e.Account != "" {
			muted[e.Account] = true
		} else {
			muted["/"+e.Nick] = true // no account begins like that
		}
	}
	wasThere := roster.Live && !roster.Self.Since.IsZero() && roster.Self.Since.Before(lock.Since)
	var silenced []xmpp.Occupant
	for _, o := range roster.Occupants {
		switch {
		case o.Role != xmpp.RoleVisitor, o.Affiliation != xmpp.AffiliationNone, o.Self, o.Ours,
			muted["/"+o.Nick], o.RealJID != "" && muted[canonical(o.RealJID)],
			o.Since.IsZero() && wasThere,
			!o.Since.IsZero() && o.Since.Before(lock.Since):
			continue
		}
		silenced = append(silenced, o)
	}
	return silenced, nil
}

// A silenceError says that people are silent by a lock that is lifted.
type silenceError struct {
	left, of int
	cause    error
}

func (e *silenceError) Error() string {
	return fmt.Sprintf("%d of %d who came meanwhile have no voice yet: %s", e.left, e.of, InWords(e.cause))
}

// goesOn reports whether some were given voice, so that others can be too.
func (e *silenceError) goesOn() bool { return e.left < e.of }

// giveVoiceBack gives voice to those whom the locks silenced that an order has
// lifted. The room is open by then, so that nobody becomes a visitor meanwhile.
// Each is on record, as an act of who lifted the lock: they need no right to mute.
func (d *Desk) giveVoiceBack(ctx context.Context, order Order, locks []Effect) error {
	var silenced []xmpp.Occupant
	for _, lock := range locks {
		found, err := d.Silenced(ctx, lock)
		if err != nil {
			return because("who lost their voice by the lock is not known", err)
		}
		if len(found) > len(silenced) {
			silenced = found // the older lock silenced whom the newer did
		}
	}
	var failed atomic.Int64
	var group errgroup.Group
	group.SetLimit(voicesAtOnce)
	for _, o := range silenced {
		group.Go(func() error {
			conclusion, err := d.Do(ctx, Order{
				Principal: Principal{Actor: order.Principal.Actor, Grants: Everything()}, Address: order.Address, Job: order.Job,
				Action: xmpp.Action{Kind: xmpp.ActionUnmute, Room: order.Action.Room, Target: xmpp.Target{
					Nick: o.Nick, RealJID: o.RealJID, OccupantID: o.OccupantID, Since: o.Since,
				}},
			})
			if err == nil || conclusion.Outcome == xmpp.Gone {
				return nil
			}
			failed.Add(1)
			return err
		})
	}
	if err := group.Wait(); err != nil { // the first of them; all were tried
		return &silenceError{int(failed.Load()), len(silenced), err}
	}
	return nil
}
