package moderation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muckick/xmpp"
)

const (
	// settleTime is after how long an effect whose action's end is not known is
	// looked at: an action takes less.
	settleTime = time.Minute

	// detailNotOurs is what is said when somebody else did before what was to end
	// by itself.
	detailNotOurs = "it was so before, by somebody else: muckick does not end it"
)

// An aftermath is what an order does to the effects that are on record.
type aftermath struct {
	begun    Effect   // that it makes; zero if it makes none
	standing []Effect // that it takes back, or has made before
}

// effect returns the effect that an order is about, if there is one.
func (a aftermath) effect() EffectID {
	switch {
	case a.begun.ID != "":
		return a.begun.ID
	case len(a.standing) > 0:
		return a.standing[0].ID
	}
	return ""
}

// foresee puts the effect that an order will have on record, and finds those that
// it takes back. It completes the order with what they know of the time before.
func (d *Desk) foresee(ctx context.Context, order *Order, attempt time.Time) (aftermath, error) {
	var after aftermath
	action := &order.Action
	kind, undoes := undone(action.Kind)
	if _, makes := opposite(action.Kind); makes {
		kind = action.Kind
	} else if !undoes {
		return aftermath{}, nil
	}
	account := bare(action.Target.RealJID)
	filter := EffectFilter{Room: action.Room, Action: kind, Account: account}
	if account == "" {
		filter.Nick = action.Target.Nick
	}
	var err error
	if after.standing, err = d.options.Effects.Effects(ctx, filter, maxStanding); err != nil {
		return aftermath{}, fmt.Errorf("%w: %w", ErrNotAudited, err)
	}
	if kind == xmpp.ActionLock {
		// A room can be locked in both ways, of which each is lifted by itself.
		after.standing = slices.DeleteFunc(after.standing, func(e Effect) bool { return e.MembersOnly != action.MembersOnly })
	}
	if undoes {
		for _, e := range after.standing {
			if action.Restore == "" && e.Before != xmpp.AffiliationOutcast {
				action.Restore = e.Before
			}
			if action.Fields == nil {
				action.Fields = e.Fields
			}
		}
		return after, nil
	}
	after.begun = Effect{
		Action: kind, Room: action.Room, Account: account, Nick: action.Target.Nick, OccupantID: action.Target.OccupantID,
		Reason: action.Reason, MembersOnly: action.MembersOnly, By: order.Principal.Actor, Job: order.Job,
		Since: attempt, Until: order.Until, State: EffectPending, Due: attempt.Add(settleTime),
	}
	if after.begun.ID, err = d.options.Effects.BeginEffect(ctx, after.begun); err != nil {
		return aftermath{}, fmt.Errorf("%w: %w", ErrNotAudited, err)
	}
	return after, nil
}

// maxStanding bounds how many effects of one kind on one person are looked at.
const maxStanding = 20

// settle notes what became of the effects of an order. It returns the detail that
// the conclusion gets, if any. What cannot be stored is found out later, from the
// room itself.
func (d *Desk) settle(ctx context.Context, order Order, after aftermath, attempt AttemptID, result xmpp.Result, outcome xmpp.Outcome) (detail string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), concludeTimeout)
	defer cancel()
	var err error
	switch {
	case after.begun.ID != "":
		detail, err = d.settleBegun(ctx, order, after, attempt, result, outcome)
	case outcome == xmpp.Done:
		err = d.endAll(ctx, after.standing, EffectLifted, order.Principal.Actor)
	case outcome == xmpp.Already:
		err = d.endAll(ctx, after.standing, EffectGone, Actor{})
	}
	if err != nil {
		d.options.Logger.ErrorContext(ctx, "effect of an action not stored", "attempt", attempt, "effect", after.effect(), "error", err)
	}
	return detail
}

func (d *Desk) settleBegun(ctx context.Context, order Order, after aftermath, attempt AttemptID, result xmpp.Result, outcome xmpp.Outcome) (detail string, err error) {
	e := after.begun
	e.Attempt, e.Before, e.Fields = attempt, result.Before, result.Fields
	e.Account = cmp.Or(result.Account, bare(result.Occupant.RealJID), e.Account)
	switch outcome {
	case xmpp.Done:
		e.State, e.Due = EffectStanding, e.Until
		// Whatever stood before does not any more: else there was nothing to do.
		return "", errors.Join(d.options.Effects.SetEffect(ctx, e), d.endAll(ctx, after.standing, EffectGone, Actor{}))
	case xmpp.Already:
		if len(after.standing) == 0 {
			if !order.Until.IsZero() {
				detail = detailNotOurs
			}
			return detail, d.options.Effects.DropEffect(ctx, e.ID)
		}
		ours := after.standing[0]
		return "", errors.Join(d.options.Effects.SetEffectEnd(ctx, ours.ID, order.Until), d.options.Effects.DropEffect(ctx, e.ID))
	case xmpp.Unknown:
		return "", d.options.Effects.SetEffect(ctx, e)
	}
	return "", d.options.Effects.DropEffect(ctx, e.ID)
}

// endAll notes that effects have ended.
func (d *Desk) endAll(ctx context.Context, effects []Effect, state EffectState, by Actor) error {
	var errs []error
	for _, e := range effects {
		errs = append(errs, d.end(ctx, e, state, by, ""))
	}
	return errors.Join(errs...)
}

func (d *Desk) end(ctx context.Context, e Effect, state EffectState, by Actor, why string) error {
	e.State, e.Ended, e.EndedBy, e.Problem, e.Due = state, d.options.Now(), by, why, time.Time{}
	return d.options.Effects.SetEffect(ctx, e)
}

// bare cuts the resource off a JID, if it has one.
func bare(jid string) string {
	account, _, _ := strings.Cut(jid, "/")
	return account
}
