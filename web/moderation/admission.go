package moderation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

const (
	// MaxKept bounds the people whom one lock makes members.
	MaxKept = 500

	// takeBackTimeout bounds taking back all memberships of a lock.
	takeBackTimeout = 30 * time.Second
)

// Why an effect stands although its room is open.
const (
	whyStillMembers = "the room is open, and the memberships that were given for the lock are not all taken back yet"
	whyStillSilent  = "the room is open"
	whyForgone      = "the room was not locked, and the memberships that were given before are not all taken back yet"
)

// passing returns what carries out the parts of an order.
func (d *Desk) passing(order Order) passing {
	return func(ctx context.Context, action xmpp.Action) (Conclusion, error) {
		conclusion, err := d.Do(ctx, Order{
			Principal: Principal{Actor: order.Principal.Actor, Grants: Everything()}, Address: order.Address, Job: order.Job,
			Action: action, Passing: true,
		})
		if isForLog(err) {
			d.options.Logger.WarnContext(ctx, "a part of an action failed", "action", action.Kind, "room", action.Room, "error", unworded(err))
		}
		return conclusion, err
	}
}

// admit makes members of those whom a lock is to keep, before it closes the room.
// What is to be taken back is on record before it is given.
func (d *Desk) admit(ctx context.Context, order Order, after *aftermath, attempt AttemptID) error {
	if len(order.Keep) == 0 {
		return nil
	}
	e, pass := &after.begun, d.passing(order)
	closed, err := d.options.Chat.MembersOnly(ctx, e.Room)
	if err != nil || closed {
		return err // of a room that is closed, the lock says so
	}
	e.Attempt, e.Due, e.Granted = attempt, d.options.Now().Add(settleTime), order.Keep
	if err := d.options.Effects.BeginEffect(ctx, *e); err != nil {
		return fmt.Errorf("%w: %w", ErrNotAudited, err)
	}
	after.recorded = true
	giving, end := until(ctx, order.Halted)
	ours, refused := giveMembership(giving, e.Room, order.Keep, pass)
	end()
	e.Granted = ours
	if err := d.options.Effects.SetGranted(context.WithoutCancel(ctx), e.ID, ours); err != nil {
		return fmt.Errorf("%w: %w", ErrNotAudited, err)
	}
	refused = slices.DeleteFunc(refused, func(n NotAdmitted) bool {
		return slices.ContainsFunc(order.Without, func(account string) bool { return sameAccount(account, n.Account) })
	})
	if len(refused) > 0 {
		return &AdmissionError{Refused: refused}
	}
	if !slices.ContainsFunc(ours, func(s Stayer) bool { return s.Role == xmpp.RoleVisitor }) {
		return nil
	}
	// A membership gives voice to who had none.
	roster, err := d.options.Chat.Census(ctx, e.Room)
	if err != nil {
		return err
	}
	return restoreRoles(ctx, roster, ours, xmpp.AffiliationMember, pass)
}

// until returns a context that ends when a channel is closed too, if there is one.
func until(ctx context.Context, closed <-chan struct{}) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-closed: // never if it is nil
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { cancel(); watching.Wait() }
}

// giveMembership makes members of some. Ours are those who are members by that, or
// perhaps.
func giveMembership(ctx context.Context, room xmpp.RoomJID, stayers []Stayer, pass passing) (ours []Stayer, refused []NotAdmitted) {
	var group errgroup.Group
	group.SetLimit(grantsInRoom)
	var mu sync.Mutex
	given := make(map[string]bool)
	for _, stayer := range oneOfEach(stayers) {
		group.Go(func() error {
			conclusion, err := pass(ctx, xmpp.Action{
				Kind: xmpp.ActionMember, Room: room, Target: xmpp.Target{Nick: stayer.Nick, RealJID: stayer.Account},
			})
			mu.Lock()
			defer mu.Unlock()
			// Whom somebody else gave an affiliation just now keeps it.
			given[AccountKey(stayer.Account)] = err == nil && conclusion.Outcome == xmpp.Done || errors.Is(err, xmpp.ErrUnknown)
			if err != nil {
				refused = append(refused, NotAdmitted{stayer, err})
			}
			return nil
		})
	}
	_ = group.Wait() // each keeps its own error
	for _, stayer := range stayers {
		if given[AccountKey(stayer.Account)] {
			ours = append(ours, stayer)
		}
	}
	slices.SortFunc(refused, func(a, b NotAdmitted) int {
		return slices.Index(stayers, a.Stayer) - slices.Index(stayers, b.Stayer)
	})
	return ours, refused
}

// takeBack takes back the memberships that were given for a lock, once the room is
// open, and the roles that change with them.
func (d *Desk) takeBack(ctx context.Context, order Order, e Effect) error {
	if len(e.Granted) == 0 {
		return nil
	}
	if order.Principal.Kind != ByItself {
		ctx = context.WithoutCancel(ctx) // it goes on when who asked has left
	}
	ctx, cancel := context.WithTimeout(ctx, takeBackTimeout)
	defer cancel()
	closed, err := d.options.Chat.MembersOnly(ctx, e.Room)
	switch {
	case err != nil:
		return err
	case closed:
		return errClosedAgain
	}
	roster, err := d.options.Chat.Census(ctx, e.Room)
	if err != nil {
		return err
	}
	stayers := e.Granted
	if len(e.Fields) > 0 { // else their roles may not be put back since the membership changed them
		stayers = asTheyAre(stayers, roster)
	}
	if err := d.options.Effects.SetGranted(ctx, e.ID, stayers); err != nil {
		return err
	}
	pass := d.passing(order)
	if err := dismiss(ctx, e.Room, stayers, pass); err != nil {
		return err
	}
	if roster, err = d.options.Chat.Census(ctx, e.Room); err != nil {
		return err
	}
	return restoreRoles(ctx, roster, stayers, xmpp.AffiliationNone, pass)
}

// asTheyAre returns stayers with the nicks and roles that they have as members. Who
// is none any more, or not there, stays as noted before.
func asTheyAre(stayers []Stayer, roster xmpp.Roster) []Stayer {
	present := make(map[string][]Stayer)
	for _, o := range roster.Occupants {
		if o.Affiliation == xmpp.AffiliationMember && o.RealJID != "" {
			key := AccountKey(o.RealJID)
			present[key] = append(present[key], Stayer{Account: o.Account(), Nick: o.Nick, Role: o.Role})
		}
	}
	var out []Stayer
	for _, stayer := range stayers {
		key := AccountKey(stayer.Account)
		now, there := present[key]
		switch {
		case !there:
			out = append(out, stayer)
		case len(now) > 0:
			out = append(out, now...)
			present[key] = nil // once
		}
	}
	return out
}

// putBack gives voice back to whom the locks silenced that an order has lifted, and
// takes back their memberships. It returns the locks of which that is done. The
// others stand, and are tried again.
func (d *Desk) putBack(ctx context.Context, order Order, locks []Effect) (done []Effect, detail string) {
	silent := d.giveVoiceBack(ctx, order, locks)
	for _, e := range locks {
		err := d.takeBack(ctx, order, e)
		switch {
		case err != nil:
			err = because(whyStillMembers, err)
		case silent != nil && !e.MembersOnly:
			err = &wordedError{whyStillSilent + ", but " + InWords(silent), silent}
		default:
			done = append(done, e)
			continue
		}
		d.putOff(context.WithoutCancel(ctx), e, err)
		detail = InWords(err)
	}
	return done, detail
}

// forgo forgets a lock that did not come about, once the memberships that were given
// for it are taken back. The error is why they are not: that is tried again.
func (d *Desk) forgo(ctx context.Context, order Order, e Effect) error {
	if err := d.takeBack(ctx, order, e); err != nil {
		d.putOff(context.WithoutCancel(ctx), e, because(whyForgone, err))
		return err
	}
	return d.options.Effects.DropEffect(context.WithoutCancel(ctx), e.ID)
}

// withRemains adds to why a room was not locked that something of it is left.
func withRemains(failure, remains error) error {
	var refused *AdmissionError
	switch {
	case failure == nil || remains == nil:
		return failure
	case errors.As(failure, &refused):
		refused.Left = remains
		return failure
	}
	return &wordedError{InWords(failure) + "; " + InWords(because(whyForgone, remains)), failure}
}

// endUnlocked ends a lock that somebody took back on the chat server, and takes back
// the memberships that were given for it.
func (d *Desk) endUnlocked(ctx context.Context, lock Effect) error {
	order := d.Lifting(itself(), "", lock)
	leave, err := d.turns.take(ctx, turnOf(order.Action))
	if err != nil {
		return err
	}
	defer leave()
	e, err := d.options.Effects.Effect(ctx, lock.ID)
	if err != nil || !e.Stands() {
		return err
	}
	// It may be locked again by now, by another lock of ours.
	if stands, err := d.options.Chat.Locked(ctx, e.Room, e.Fields); err != nil || stands {
		return err
	}
	if err := d.takeBack(ctx, order, e); err != nil {
		err = because(whyStillMembers, err)
		d.putOff(context.WithoutCancel(ctx), e, err)
		return err
	}
	return d.end(ctx, e, EffectGone, Actor{}, whyUnlocked)
}

// liftUnclosed takes back what was given for a lock that never closed its room. An
// unlock could open what somebody else has closed since.
func (d *Desk) liftUnclosed(ctx context.Context, order Order, e Effect) (Conclusion, error) {
	if err := d.forgo(ctx, order, e); err != nil {
		return Conclusion{Outcome: xmpp.OutcomeOf(err)}, err
	}
	return Conclusion{Outcome: xmpp.Already, Detail: "the room was not locked; the memberships that were given before are taken back"}, nil
}
