package moderation

import (
	"context"
	"errors"
	"time"

	"muckick/xmpp"
)

const (
	// checkFirst and checkEvery are when it is looked whether what stands still
	// does: soon after the start, since much can happen while muckick is away.
	checkFirst = time.Minute
	checkEvery = 10 * time.Minute

	// maxChecked bounds how many effects in a room are looked at.
	maxChecked = 10_000
)

// Why effects are gone.
const (
	whyNoRoom   = "the room is gone"
	whyUnbanned = "it was taken back on the chat server"
	whyVoice    = "they have voice again, which muckick did not give them"
	whyLeft     = "they left the room, and the chat server forgets mutes"
	whyUnlocked = "the room's configuration was changed back"
)

// checkEffects looks now and then whether what stands still does, until ctx ends.
func (d *Desk) checkEffects(ctx context.Context) {
	wait := checkFirst
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			d.checkRooms(ctx)
			wait = checkEvery
		}
	}
}

// checkRooms looks at every room with something that stands, one after the other.
func (d *Desk) checkRooms(ctx context.Context) {
	rooms, err := d.options.Effects.EffectRooms(ctx)
	if err != nil {
		if ctx.Err() == nil {
			d.options.Logger.WarnContext(ctx, "effects that stand cannot be read", "error", err)
		}
		return
	}
	for _, room := range rooms {
		if ctx.Err() != nil {
			return
		}
		if err := d.checkRoom(ctx, room); err != nil && !errors.Is(err, xmpp.ErrOffline) {
			d.options.Logger.DebugContext(ctx, "effects not checked", "room", room, "error", err)
		}
	}
}

// checkRoom ends the effects in a room that do not stand any more.
func (d *Desk) checkRoom(ctx context.Context, room xmpp.RoomJID) error {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	all, err := d.options.Effects.Effects(ctx, EffectFilter{Room: room}, maxChecked)
	if err != nil {
		return err
	}
	by := make(map[xmpp.ActionKind][]Effect)
	for _, e := range all {
		if e.State == EffectStanding {
			by[e.Action] = append(by[e.Action], e)
		}
	}
	var errs []error
	if bans := by[xmpp.ActionBan]; len(bans) > 0 {
		_, err := d.outcasts(ctx, room, bans)
		errs = append(errs, err)
	}
	if mutes := by[xmpp.ActionMute]; len(mutes) > 0 {
		errs = append(errs, d.checkMutes(ctx, room, mutes))
	}
	for _, lock := range by[xmpp.ActionLock] {
		stands, err := d.options.Chat.Locked(ctx, room, lock.Fields)
		switch {
		case err != nil || stands:
		case lock.EndedBy.Kind != "": // what is left of it is done when it is due
		case len(lock.Granted) > 0:
			err = d.endUnlocked(ctx, lock)
		default:
			err = d.end(ctx, lock, EffectGone, Actor{}, whyUnlocked)
		}
		errs = append(errs, err)
	}
	err = errors.Join(errs...)
	if errors.As(err, new(*xmpp.NoRoomError)) && d.isNoRoom(ctx, room) {
		return d.endAll(ctx, all, EffectGone, Actor{}, whyNoRoom)
	}
	return err
}

// isNoRoom reports whether a room does not exist that has said so. Some servers
// wake a room only for who asks what it is.
func (d *Desk) isNoRoom(ctx context.Context, room xmpp.RoomJID) bool {
	_, err := d.options.Chat.RoomInfo(ctx, room)
	return errors.As(err, new(*xmpp.NoRoomError))
}

// checkMutes ends the mutes of those who have voice again, and of those who left a
// room that forgets it.
func (d *Desk) checkMutes(ctx context.Context, room xmpp.RoomJID, mutes []Effect) error {
	roster, err := d.options.Chat.Occupants(ctx, room)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range mutes {
		bearer, here := bearerIn(roster, e)
		switch {
		case here && (bearer.Role == xmpp.RoleParticipant || bearer.Role == xmpp.RoleModerator):
			errs = append(errs, d.end(ctx, e, EffectGone, Actor{}, whyVoice))
		case !here:
			forgets, err := d.forgets(ctx, e)
			if forgets && err == nil {
				err = d.end(ctx, e, EffectGone, Actor{}, whyLeft)
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// remembers reports whether the server knows that somebody was muted when they
// come back after having left. Where newcomers have no voice anyway, members tell.
func (d *Desk) remembers(ctx context.Context, e Effect) (bool, error) {
	effect, err := d.muteEffect(ctx, e.Room)
	return effect.RejoinMember == xmpp.Yes, err
}

// forgets reports whether somebody who was muted has voice when they come back.
func (d *Desk) forgets(ctx context.Context, e Effect) (bool, error) {
	effect, err := d.muteEffect(ctx, e.Room)
	if e.Before == xmpp.AffiliationNone || e.Before == "" {
		return effect.Rejoin == xmpp.No, err
	}
	return effect.RejoinMember == xmpp.No, err
}

func (d *Desk) muteEffect(ctx context.Context, room xmpp.RoomJID) (xmpp.MuteEffect, error) {
	info, err := d.options.Chat.RoomInfo(ctx, room)
	if err != nil {
		return xmpp.MuteEffect{}, err
	}
	return d.options.Chat.MuteEffect(ctx, info)
}

// bearer returns whom a mute silences, if they are in the room.
func (d *Desk) bearer(ctx context.Context, e Effect) (xmpp.Occupant, bool, error) {
	roster, err := d.options.Chat.Occupants(ctx, e.Room)
	if err != nil {
		return xmpp.Occupant{}, false, err
	}
	bearer, here := bearerIn(roster, e)
	return bearer, here, nil
}

// bearerIn returns whom a mute silences. They may bear another nick now, and the
// room may have begun or ceased to show accounts. Of an account with many nicks it
// is the one that was muted, or else one that has no voice.
func bearerIn(roster xmpp.Roster, e Effect) (found xmpp.Occupant, here bool) {
	for _, o := range roster.Occupants {
		same := isSame(e, o)
		switch {
		case o.Nick == e.Nick && (same || !isComparable(e, o)):
			return o, true
		case same && (!here || o.Role == xmpp.RoleVisitor):
			found, here = o, true
		}
	}
	return found, here
}

// isComparable reports whether more than nicks can tell if an occupant is the one
// whom an effect is on.
func isComparable(e Effect, o xmpp.Occupant) bool {
	return e.OccupantID != "" && o.OccupantID != "" || e.Account != "" && o.RealJID != ""
}

// isSame reports whether an occupant is known to be the one whom an effect is on.
func isSame(e Effect, o xmpp.Occupant) bool {
	if e.Account != "" && o.RealJID != "" {
		return canonical(o.RealJID) == e.Account
	}
	return e.OccupantID != "" && e.OccupantID == o.OccupantID
}

// findOut asks the room whether an effect came about whose action's end is not
// known.
func (d *Desk) findOut(ctx context.Context, e Effect) error {
	stands, err := d.stands(ctx, e)
	switch {
	case errors.As(err, new(*xmpp.NoRoomError)) && d.isNoRoom(ctx, e.Room):
		return d.options.Effects.DropEffect(ctx, e.ID)
	case err != nil:
		return err
	case !stands:
		if err := d.takeBack(ctx, d.Lifting(itself(), "", e), e); err != nil {
			return because(whyForgone, err)
		}
		return d.options.Effects.DropEffect(ctx, e.ID)
	}
	return d.options.Effects.SettleEffect(ctx, e, e.Action != xmpp.ActionLock)
}

// stands asks the room whether it is as an effect's action left it.
func (d *Desk) stands(ctx context.Context, e Effect) (bool, error) {
	switch e.Action {
	case xmpp.ActionBan:
		affiliation, err := d.options.Chat.Affiliation(ctx, e.Room, e.Account)
		return affiliation == xmpp.AffiliationOutcast, err
	case xmpp.ActionMute:
		bearer, here, err := d.bearer(ctx, e)
		return here && bearer.Role == xmpp.RoleVisitor, err
	case xmpp.ActionLock:
		return d.options.Chat.Locked(ctx, e.Room, e.Fields)
	}
	return false, nil
}

// Outcasts returns who is banned from a room, by the room's own list, and our
// effects among them by account as the list writes it. Bans of ours that are not
// on it any more are noted as gone.
func (d *Desk) Outcasts(ctx context.Context, room xmpp.RoomJID) ([]xmpp.Affiliated, map[string]Effect, error) {
	bans, err := d.options.Effects.Effects(ctx, EffectFilter{Room: room, Action: xmpp.ActionBan}, maxChecked)
	if err != nil {
		return nil, nil, err
	}
	list, err := d.outcasts(ctx, room, bans)
	if err != nil {
		return nil, nil, err
	}
	known := make(map[string]Effect, len(bans))
	for _, e := range bans {
		known[e.Account] = e
	}
	ours := make(map[string]Effect, len(bans))
	for _, entry := range list {
		if e, is := known[canonical(entry.Account)]; is {
			ours[entry.Account] = e
		}
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
		listed[canonical(entry.Account)] = true
	}
	for _, e := range bans {
		// The bans were read before the list, so that none is newer than it.
		if e.State != EffectStanding || listed[e.Account] {
			continue
		}
		if err := d.end(ctx, e, EffectGone, Actor{}, whyUnbanned); err != nil {
			return list, err
		}
	}
	return list, nil
}
