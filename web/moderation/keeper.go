package moderation

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

const (
	// claimEvery is how often effects that are due are looked for.
	claimEvery = time.Second

	// claimTime is how long one replica has an effect for itself. It is longer
	// than ending one takes.
	claimTime = 2 * time.Minute

	// endTimeout bounds ending one effect.
	endTimeout = 45 * time.Second

	// atOnce is how many effects are ended at once.
	atOnce = 4

	// checkEvery is how often it is looked whether the bans that stand still do.
	checkEvery = 10 * time.Minute

	// firstWait and longestWait bound the waits between attempts to end an effect.
	firstWait   = 30 * time.Second
	longestWait = time.Hour
)

// KeepEffects ends effects on time, finds out about those whose action's end is
// not known, and notices those that somebody else took back. It works until ctx
// ends, and returns when nothing of it is under way.
func (d *Desk) KeepEffects(ctx context.Context) {
	claims, checks := time.NewTicker(claimEvery), time.NewTicker(checkEvery)
	defer claims.Stop()
	defer checks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-claims.C:
			d.endDue(ctx)
		case <-checks.C:
			d.checkBans(ctx)
		}
	}
}

// endDue looks after the effects that are due.
func (d *Desk) endDue(ctx context.Context) {
	effects, err := d.options.Effects.ClaimEffects(ctx, 5*atOnce, claimTime)
	if err != nil {
		if ctx.Err() == nil {
			d.options.Logger.WarnContext(ctx, "effects that are due cannot be read", "error", err)
		}
		return
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, e := range effects {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, endTimeout)
			defer cancel()
			d.lookAfter(ctx, e)
			return nil
		})
	}
	_ = group.Wait() // nothing there fails the others
}

// lookAfter does what is due with one effect, and puts it off where that fails.
func (d *Desk) lookAfter(ctx context.Context, e Effect) {
	now, err := d.options.Effects.Effect(ctx, e.ID) // it may have changed since the claim
	if err == nil {
		e = now
	}
	switch {
	case err != nil || !e.Stands():
	case e.State == EffectPending:
		err = d.findOut(ctx, e)
	case !e.Until.IsZero() && !d.options.Now().Before(e.Until):
		_, err = d.Lift(ctx, d.Lifting(Principal{Actor: Actor{Kind: ByItself}, Grants: Everything()}, "", e), e)
	default: // prolonged since
		e.Due = e.Until
		err = d.options.Effects.SetEffect(ctx, e)
	}
	if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return // at the end of the process the claim runs out
	}
	d.putOff(context.WithoutCancel(ctx), e, err)
}

// putOff notes why an effect could not be looked after, and tries it again later.
func (d *Desk) putOff(ctx context.Context, e Effect, why error) {
	ctx, cancel := context.WithTimeout(ctx, concludeTimeout)
	defer cancel()
	wait := longestWait
	if e.Tries < 8 {
		wait = min(firstWait<<e.Tries, longestWait)
	}
	e.Problem, e.Tries, e.Due = why.Error(), e.Tries+1, d.options.Now().Add(wait)
	d.options.Logger.WarnContext(ctx, "effect not ended", "effect", e.ID, "action", e.Action, "room", e.Room, "try", e.Tries, "again", wait, "error", why)
	if err := d.options.Effects.SetEffect(ctx, e); err != nil {
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
		Restore: e.Before, Fields: e.Fields, MembersOnly: e.MembersOnly,
	}
}

// Lift takes back an effect by the order that Lifting made. It returns what became
// of that, as [Desk.Do] does. What is not as the action left it any more is
// [xmpp.Already] lifted.
func (d *Desk) Lift(ctx context.Context, order Order, e Effect) (Conclusion, error) {
	if e.Action == xmpp.ActionMute {
		nick, err := d.nickNow(ctx, e)
		if err != nil {
			return Conclusion{Outcome: xmpp.OutcomeOf(err)}, err
		}
		order.Action.Target.Nick = nick
	}
	conclusion, err := d.Do(ctx, order)
	if err != nil && isOver(e, err) {
		return Conclusion{Outcome: xmpp.Already, Detail: err.Error()}, d.end(context.WithoutCancel(ctx), e, EffectGone, Actor{}, err.Error())
	}
	return conclusion, err
}

// isOver reports whether what kept an effect from being lifted means that there
// is none any more: the room is gone, or somebody who was muted has left it.
func isOver(e Effect, err error) bool {
	var noRoom *xmpp.NoRoomError
	return errors.As(err, &noRoom) || e.Action == xmpp.ActionMute && errors.Is(err, xmpp.ErrNoOccupant)
}

// nickNow returns the nick that somebody who was muted bears now.
func (d *Desk) nickNow(ctx context.Context, e Effect) (string, error) {
	if e.Account == "" {
		return e.Nick, nil
	}
	roster, err := d.options.Chat.Occupants(ctx, e.Room)
	if err != nil {
		return "", err
	}
	for _, o := range roster.Occupants {
		if bare(o.RealJID) == e.Account {
			return o.Nick, nil
		}
	}
	return e.Nick, nil // the attempt tells
}

// findOut asks the room whether an effect came about whose action's end is not
// known.
func (d *Desk) findOut(ctx context.Context, e Effect) error {
	stands, err := d.stands(ctx, e)
	switch {
	case errors.As(err, new(*xmpp.NoRoomError)):
		return d.options.Effects.DropEffect(ctx, e.ID)
	case err != nil:
		return err
	case !stands:
		return d.options.Effects.DropEffect(ctx, e.ID)
	}
	e.State, e.Problem, e.Tries, e.Due = EffectStanding, "", 0, e.Until
	return d.options.Effects.SetEffect(ctx, e)
}

// stands asks the room whether it is as an effect's action left it.
func (d *Desk) stands(ctx context.Context, e Effect) (bool, error) {
	switch {
	case e.Action == xmpp.ActionBan && e.Account != "":
		affiliation, err := d.options.Chat.Affiliation(ctx, e.Room, e.Account)
		return affiliation == xmpp.AffiliationOutcast, err
	case e.Action == xmpp.ActionMute:
		roster, err := d.options.Chat.Occupants(ctx, e.Room)
		if err != nil {
			return false, err
		}
		for _, o := range roster.Occupants {
			if o.Role == xmpp.RoleVisitor && (e.Account != "" && bare(o.RealJID) == e.Account || e.Account == "" && o.Nick == e.Nick) {
				return true, nil
			}
		}
		return false, nil
	}
	// Which configuration a lock replaced, and whom a ban by nick hit, went with
	// its answer.
	return false, nil
}

// checkBans looks in every room with a ban that stands whether it still does.
func (d *Desk) checkBans(ctx context.Context) {
	effects, err := d.options.Effects.Effects(ctx, EffectFilter{Action: xmpp.ActionBan}, maxChecked)
	if err != nil {
		d.options.Logger.WarnContext(ctx, "bans that stand cannot be read", "error", err)
		return
	}
	byRoom := make(map[xmpp.RoomJID][]Effect)
	for _, e := range effects {
		if e.State == EffectStanding {
			byRoom[e.Room] = append(byRoom[e.Room], e)
		}
	}
	for room, bans := range byRoom {
		if ctx.Err() != nil {
			return
		}
		if _, err := d.outcasts(ctx, room, bans); err != nil {
			d.options.Logger.DebugContext(ctx, "bans not checked", "room", room, "error", err)
		}
	}
}

// maxChecked bounds how many bans are looked at in one round.
const maxChecked = 10_000

// Outcasts returns who is banned from a room, by the room's own list, and our
// effects among them by account. Bans of ours that are not on it any more are
// noted as gone.
func (d *Desk) Outcasts(ctx context.Context, room xmpp.RoomJID) ([]xmpp.Affiliated, map[string]Effect, error) {
	bans, err := d.options.Effects.Effects(ctx, EffectFilter{Room: room, Action: xmpp.ActionBan}, maxChecked)
	if err != nil {
		return nil, nil, err
	}
	list, err := d.outcasts(ctx, room, bans)
	if err != nil {
		return nil, nil, err
	}
	ours := make(map[string]Effect, len(bans))
	for _, e := range bans {
		ours[e.Account] = e
	}
	return list, ours, nil
}

// outcasts reads a room's list of outcasts, and ends what is not on it any more.
func (d *Desk) outcasts(ctx context.Context, room xmpp.RoomJID, bans []Effect) ([]xmpp.Affiliated, error) {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	list, err := d.options.Chat.Affiliations(ctx, room, xmpp.AffiliationOutcast)
	if err != nil {
		return nil, err
	}
	listed := make(map[string]bool, len(list))
	for _, entry := range list {
		listed[entry.Account] = true
	}
	for _, e := range bans {
		// The bans were read before the list, so that none is newer than it.
		if e.State != EffectStanding || listed[e.Account] {
			continue
		}
		if err := d.end(ctx, e, EffectGone, Actor{}, "it was taken back on the chat server"); err != nil {
			return list, err
		}
	}
	return list, nil
}
