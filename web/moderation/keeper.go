package moderation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"muckick/xmpp"
)

const (
	// claimEvery is how often effects that are due are looked for.
	claimEvery = time.Second

	// claimTime is how long one replica has an effect for itself. It is longer
	// than ending one takes.
	claimTime = time.Minute

	// endTimeout bounds ending one effect.
	endTimeout = 45 * time.Second

	// atOnce is how many effects are ended at once.
	atOnce = 8

	// firstWait and longestWait bound the waits between attempts to end an effect.
	firstWait   = 30 * time.Second
	longestWait = time.Hour

	// awayWait is how often it is looked for somebody who is to have voice again
	// as soon as they come back.
	awayWait = time.Minute

	// voicesWait is after what others are given voice, when there was not time for
	// all of them.
	voicesWait = 5 * time.Second
)

// errAway means that somebody who is muted is not there to be given voice, and
// that the server will remember the mute.
var errAway = fmt.Errorf("%w: the room remembers that they have no voice, and they are given it when they come back", xmpp.ErrNoOccupant)

// errLockedAgain means that a lock leaves the room to a newer one, and ends with it.
var errLockedAgain = errors.New("the room was locked again since")

// KeepEffects ends effects on time, finds out about those whose action's end is
// not known, and notices those that somebody else took back. It works until ctx
// ends, and returns when nothing of it is under way.
func (d *Desk) KeepEffects(ctx context.Context) {
	var working sync.WaitGroup
	working.Go(func() { d.endEffects(ctx) })
	working.Go(func() { d.checkEffects(ctx) })
	working.Wait()
}

// endEffects looks after the effects that are due until ctx ends. Nothing is
// claimed that has to wait, so that no claim runs out before it is used.
func (d *Desk) endEffects(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	slots, freed := make(chan struct{}, atOnce), make(chan struct{}, 1)
	claims := time.NewTicker(claimEvery)
	defer claims.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-claims.C:
		case <-freed:
		}
		free := atOnce - len(slots)
		if free == 0 {
			continue
		}
		effects, err := d.options.Effects.ClaimEffects(ctx, free, claimTime)
		if err != nil && ctx.Err() == nil {
			d.options.Logger.WarnContext(ctx, "effects that are due cannot be read", "error", err)
		}
		for _, e := range effects {
			slots <- struct{}{}
			working.Go(func() {
				d.lookAfter(ctx, e)
				<-slots
				select {
				case freed <- struct{}{}:
				default:
				}
			})
		}
	}
}

// lookAfter does what is due with an effect that was claimed, and puts it off where
// that fails.
func (d *Desk) lookAfter(ctx context.Context, claimed Effect) {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	e, err := d.endClaimed(ctx, claimed)
	if err == nil || errors.Is(ctx.Err(), context.Canceled) {
		return // at the end of the process the claim runs out
	}
	d.putOff(context.WithoutCancel(ctx), e, err)
}

// endClaimed does what is due with an effect, when the orders under way on the
// same person are done. It returns the effect as it was then.
func (d *Desk) endClaimed(ctx context.Context, claimed Effect) (Effect, error) {
	lifting := lifting(claimed)
	leave, err := d.turns.take(ctx, turnOf(lifting))
	if err != nil {
		return claimed, err
	}
	defer leave()
	e, err := d.options.Effects.Effect(ctx, claimed.ID)
	switch {
	case errors.Is(err, ErrNoEffect):
		return claimed, nil
	case err != nil:
		return claimed, err
	case !e.Stands(), !e.Due.Equal(claimed.Due): // somebody was quicker
		return e, nil
	case e.State == EffectPending:
		return e, d.findOut(ctx, e)
	}
	if again, err := d.isLockedAgain(ctx, e); err != nil || again {
		return e, cmp.Or(err, errLockedAgain)
	}
	// That it is due was said by the clock that all share: ours is not asked.
	_, err = d.lift(ctx, d.Lifting(itself(), "", e), e)
	return e, err
}

// isLockedAgain reports whether a newer lock does to the room what e did. It was
// made when the room was open, since somebody else had opened it, or something was
// left of e alone.
func (d *Desk) isLockedAgain(ctx context.Context, e Effect) (bool, error) {
	if e.Action != xmpp.ActionLock {
		return false, nil
	}
	locks, err := d.standing(ctx, e)
	return slices.ContainsFunc(locks, func(other Effect) bool {
		return other.ID != e.ID && other.MembersOnly == e.MembersOnly && other.Since.After(e.Since)
	}), err
}

// itself is muckick as who gives an order.
func itself() Principal { return Principal{Actor: Actor{Kind: ByItself}, Grants: Everything()} }

// putOff notes why an effect could not be looked after, and tries it again later.
func (d *Desk) putOff(ctx context.Context, e Effect, why error) {
	ctx, cancel := context.WithTimeout(ctx, concludeTimeout)
	defer cancel()
	wait, waiting := longestWait, errors.Is(why, errAway) || errors.Is(why, errLockedAgain)
	var silent *silenceError
	switch {
	case waiting:
		wait = awayWait
	case errors.As(why, &silent) && silent.goesOn():
		wait = voicesWait
	case e.Tries < 8:
		wait = min(firstWait<<e.Tries, longestWait)
	}
	e.Problem, e.Tries, e.Due = InWords(why), e.Tries+1, d.options.Now().Add(wait)
	if !waiting {
		d.options.Logger.WarnContext(ctx, "effect not ended", "effect", e.ID, "action", e.Action, "room", e.Room, "try", e.Tries, "again", wait, "error", unworded(why))
	}
	if err := d.options.Effects.PutOffEffect(ctx, e); err != nil {
		d.options.Logger.ErrorContext(ctx, "effect of an action not stored", "effect", e.ID, "error", err)
	}
}

// Lifting returns the order that takes an effect back, of a principal whose
// request came from an address.
func (d *Desk) Lifting(principal Principal, address string, e Effect) Order {
	return Order{Principal: principal, Address: address, Action: lifting(e)}
}

// lifting returns the action that takes an effect back.
func lifting(e Effect) xmpp.Action {
	kind, _ := opposite(e.Action) // every effect has one
	return xmpp.Action{
		Kind: kind, Room: e.Room, Target: xmpp.Target{Nick: e.Nick, RealJID: e.Account, OccupantID: e.OccupantID},
		Restore: restored(e), Fields: e.Fields, MembersOnly: e.MembersOnly,
	}
}

// Lift takes back an effect by the order that Lifting made. It returns what became
// of that, as [Desk.Do] does. What is not as the action left it any more is
// [xmpp.Already] lifted.
func (d *Desk) Lift(ctx context.Context, order Order, e Effect) (Conclusion, error) {
	if err := order.Principal.Require(Needs(order.Action.Kind), order.Action.Room); err != nil {
		return Conclusion{Outcome: xmpp.OutcomeOf(err)}, err
	}
	if order.Job == "" {
		d.singles.Add(1)
		defer d.singles.Add(-1)
	}
	leave, err := d.turns.take(ctx, turnOf(lifting(e)))
	if err != nil {
		return Conclusion{Outcome: xmpp.NotSent}, xmpp.ErrNotSent
	}
	defer leave()
	return d.lift(ctx, order, e)
}

// lift is Lift for who may, whose turn it is.
func (d *Desk) lift(ctx context.Context, order Order, e Effect) (Conclusion, error) {
	if e.Action == xmpp.ActionMute {
		bearer, here, err := d.bearer(ctx, e)
		switch {
		case err != nil:
			return d.over(ctx, e, Conclusion{Outcome: xmpp.OutcomeOf(err)}, err)
		case !here:
			return d.liftAway(ctx, e)
		}
		order.Action.Target.Nick = bearer.Nick
	}
	if e.Action == xmpp.ActionLock && len(e.Granted) > 0 && len(e.Fields) == 0 {
		return d.liftUnclosed(ctx, order, e)
	}
	conclusion, err := d.do(ctx, order, d.options.Now())
	return d.over(ctx, e, conclusion, err)
}

// over notes that there is nothing to lift any more, if that is what an error means.
func (d *Desk) over(ctx context.Context, e Effect, conclusion Conclusion, err error) (Conclusion, error) {
	if !errors.As(err, new(*xmpp.NoRoomError)) || !d.isNoRoom(ctx, e.Room) {
		return conclusion, err
	}
	return Conclusion{Outcome: xmpp.Already, Detail: whyNoRoom}, d.end(context.WithoutCancel(ctx), e, EffectGone, Actor{}, whyNoRoom)
}

// liftAway takes back the mute of somebody who is not in the room. Only where the
// server forgets roles is there nothing left to take back.
func (d *Desk) liftAway(ctx context.Context, e Effect) (Conclusion, error) {
	remembers, err := d.remembers(ctx, e)
	switch {
	case err != nil:
		return Conclusion{Outcome: xmpp.OutcomeOf(err)}, err
	case remembers:
		return Conclusion{Outcome: xmpp.Gone, Detail: errAway.Error()}, errAway
	}
	return Conclusion{Outcome: xmpp.Already, Detail: whyLeft}, d.end(context.WithoutCancel(ctx), e, EffectGone, Actor{}, whyLeft)
}
