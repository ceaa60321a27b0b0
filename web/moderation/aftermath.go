package moderation

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

	// detailClosed is what is said when somebody else closed a room in the moment in
	// which those were made members who are to stay.
	detailClosed = "somebody else made the room members-only just then: who was made a member for it stays one until it is open"

	// detailEnding is what is said when what was to last is being ended.
	detailEnding = "it was so before, and is being ended just now: it may not last"

	// detailLonger is what is said when what was so before lasts longer than was
	// wanted now. A moderator who bans for an hour does not mean to shorten a ban.
	detailLonger = "it was so before, and lasts longer: its end can be changed where it stands"
)

// An aftermath is what an order does to the effects that are on record.
type aftermath struct {
	begun    Effect   // that it makes, as far as is known; zero if it makes none
	recorded bool     // begun is on record
	standing []Effect // that an order takes back which makes none
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

// liftedBy notes who took back what stood, if nobody had.
func (a aftermath) liftedBy(actor Actor) {
	for i := range a.standing {
		if e := &a.standing[i]; e.EndedBy.Kind == "" {
			e.EndedBy = actor
		}
	}
}

// foresee says which effect an order will have, or finds those that it takes back.
// It completes the order with what they know of the time before.
func (d *Desk) foresee(ctx context.Context, order *Order, began time.Time) (after aftermath, err error) {
	action := &order.Action
	if _, makes := opposite(action.Kind); makes {
		after.begun = Effect{
			ID: d.options.Effects.NewEffectID(began), Action: action.Kind, Room: action.Room,
			Account: canonical(action.Target.RealJID), Nick: action.Target.Nick, OccupantID: action.Target.OccupantID,
			Reason: action.Reason, MembersOnly: action.MembersOnly, By: order.Principal.Actor, Job: order.Job,
			Since: began, Until: order.Until, State: EffectPending,
		}
		return after, nil
	}
	kind, undoes := undone(action.Kind)
	if !undoes {
		return after, nil
	}
	all, err := d.standing(ctx, Effect{Action: kind, Room: action.Room, Account: canonical(action.Target.RealJID), Nick: action.Target.Nick})
	if err != nil {
		return aftermath{}, fmt.Errorf("%w: %w", ErrNotAudited, err)
	}
	if kind == xmpp.ActionLock && action.Fields == nil {
		action.Fields = fieldsBefore(all)
	}
	for _, e := range all {
		if kind == xmpp.ActionLock && !covers(action.Fields, e.Fields) {
			continue
		}
		after.standing = append(after.standing, e)
		if action.Restore == "" {
			action.Restore = restored(e)
		}
	}
	return after, nil
}

// standing returns the effects on record of the same kind on the same person, or
// room, as e.
func (d *Desk) standing(ctx context.Context, e Effect) ([]Effect, error) {
	filter := EffectFilter{Room: e.Room, Action: e.Action, Account: e.Account}
	if e.Account == "" {
		filter.Nick = e.Nick
	}
	return d.options.Effects.Effects(ctx, filter, maxStanding)
}

// maxStanding bounds how many effects of one kind on one person are looked at.
const maxStanding = 20

// fieldsBefore returns the values that fields had before all of the locks.
func fieldsBefore(locks []Effect) map[string]string {
	fields, since := make(map[string]string), make(map[string]time.Time)
	for _, e := range locks {
		for name, value := range e.Fields {
			if at, known := since[name]; !known || e.Since.Before(at) {
				fields[name], since[name] = value, e.Since
			}
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fields
}

// covers reports whether all fields are among those that are put back.
func covers(put, fields map[string]string) bool {
	for name := range maps.Keys(fields) {
		if _, back := put[name]; !back {
			return false
		}
	}
	return true
}

// restored returns the affiliation that somebody gets back.
func restored(e Effect) xmpp.Affiliation {
	if e.Before == xmpp.AffiliationOutcast {
		return ""
	}
	return e.Before
}

// record puts the effect of an order on record, before what makes it is sent.
func (d *Desk) record(ctx context.Context, after *aftermath, attempt AttemptID, result xmpp.Result) error {
	e := &after.begun
	if e.ID == "" || result.Before == xmpp.AffiliationOutcast {
		return nil // it makes none, or it stood before
	}
	complete(e, result)
	e.Attempt, e.Due = attempt, d.options.Now().Add(settleTime)
	if err := d.options.Effects.BeginEffect(ctx, *e); err != nil {
		return fmt.Errorf("%w: %w", ErrNotAudited, err)
	}
	after.recorded = true
	return nil
}

// complete notes what the result of an action tells of its effect.
func complete(e *Effect, result xmpp.Result) {
	e.Before, e.Fields = result.Before, result.Fields
	for _, address := range []string{result.Occupant.RealJID, result.Account} {
		if address != "" {
			e.Account = canonical(address)
		}
	}
	if result.Occupant.Nick != "" {
		e.Nick = result.Occupant.Nick
	}
	if result.Occupant.OccupantID != "" {
		e.OccupantID = result.Occupant.OccupantID
	}
}

// settle notes what became of the effects of an order. It returns the detail that
// the conclusion gets, if any, and why something is left of a lock that did not come
// about. What cannot be stored is found out later, from the room itself.
func (d *Desk) settle(ctx context.Context, order Order, after aftermath, result xmpp.Result, outcome xmpp.Outcome) (detail string, remains error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), concludeTimeout)
	defer cancel()
	var err error
	switch {
	case len(after.begun.Granted) > 0 && outcome != xmpp.Done && outcome != xmpp.Unknown:
		remains = d.forgo(ctx, order, after.begun)
		if outcome == xmpp.Already {
			detail = detailClosed
		}
	case after.begun.ID != "":
		detail, err = d.settleBegun(ctx, order, after, result, outcome)
	case outcome == xmpp.Done, outcome == xmpp.Already:
		err = d.endLifted(ctx, after.standing, order.Principal.Actor, outcome)
	}
	if err != nil {
		d.options.Logger.ErrorContext(ctx, "effect of an action not stored", "effect", after.effect(), "action", order.Action.Kind, "room", order.Action.Room, "error", err)
	}
	return detail, remains
}

func (d *Desk) settleBegun(ctx context.Context, order Order, after aftermath, result xmpp.Result, outcome xmpp.Outcome) (detail string, err error) {
	e := after.begun
	switch {
	case outcome == xmpp.Done && after.recorded:
		complete(&e, result)
		return "", d.options.Effects.SettleEffect(ctx, e, e.Action != xmpp.ActionLock)
	case outcome == xmpp.Already, outcome == xmpp.Done:
		complete(&e, result)
		return d.lastUntil(ctx, e, order.Until)
	case outcome != xmpp.Unknown && after.recorded:
		return "", d.options.Effects.DropEffect(ctx, e.ID)
	}
	return "", nil
}

// lastUntil changes when what was so before ends, if that was ours.
func (d *Desk) lastUntil(ctx context.Context, wanted Effect, until time.Time) (detail string, err error) {
	all, err := d.standing(ctx, wanted)
	if err != nil {
		return "", err
	}
	for _, e := range all {
		if e.MembersOnly != wanted.MembersOnly {
			continue // another kind of lock
		}
		if lastsLonger(e.Until, until) {
			return detailLonger, nil
		}
		err := d.options.Effects.SetEffectEnd(ctx, e.ID, until)
		if errors.Is(err, ErrEffectBusy) || errors.Is(err, ErrNoEffect) {
			return detailEnding, nil
		}
		return "", err
	}
	if !until.IsZero() {
		detail = detailNotOurs
	}
	return detail, nil
}

// lastsLonger reports whether what ends at one time lasts longer than what ends at
// another; the zero time is never.
func lastsLonger(standing, wanted time.Time) bool {
	return !wanted.IsZero() && (standing.IsZero() || standing.After(wanted))
}

// endLifted notes that effects have ended which an order took back, or which did not
// stand any more. Of a lock that was lifted before, something was left until now.
func (d *Desk) endLifted(ctx context.Context, effects []Effect, by Actor, outcome xmpp.Outcome) error {
	var errs []error
	for _, e := range effects {
		switch {
		case e.EndedBy.Kind != "":
			errs = append(errs, d.end(ctx, e, EffectLifted, e.EndedBy, ""))
		case outcome == xmpp.Done:
			errs = append(errs, d.end(ctx, e, EffectLifted, by, ""))
		default:
			errs = append(errs, d.end(ctx, e, EffectGone, Actor{}, "it was not so any more"))
		}
	}
	return errors.Join(errs...)
}

// endAll notes that effects have ended.
func (d *Desk) endAll(ctx context.Context, effects []Effect, state EffectState, by Actor, why string) error {
	var errs []error
	for _, e := range effects {
		errs = append(errs, d.end(ctx, e, state, by, why))
	}
	return errors.Join(errs...)
}

func (d *Desk) end(ctx context.Context, e Effect, state EffectState, by Actor, why string) error {
	e.State, e.Ended, e.EndedBy, e.Problem = state, d.options.Now(), by, why
	return d.options.Effects.EndEffect(ctx, e)
}

// canonical returns the account of a JID in the form in which accounts are
// compared, or the bare JID if it has none.
func canonical(jid string) string {
	if account, err := xmpp.ParseAccount(jid); err == nil {
		return account
	}
	return xmpp.BareJID(jid)
}
