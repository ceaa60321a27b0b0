package moderation

import (
	"context"
	"time"

	"muckick/xmpp"
)

// A Barring says whom to keep out of which rooms.
type Barring struct {
	Account string // bare JID
	Rooms   []xmpp.RoomJID
	Kind    xmpp.ActionKind // kick or ban
	Reason  string
	Until   time.Time
}

// KeepPersonOut bars an account from rooms, whether or not it is there: if it is, it
// is thrown out now. Who may do in every room what is done there may. The error is a
// [*ForbiddenError], a [*xmpp.NoRoomError], a [*xmpp.ReasonError] or a
// [*SelectionError].
func (d *Doorkeeper) KeepPersonOut(ctx context.Context, by Principal, address string, b Barring) error {
	now := d.options.Now()
	if err := checkBarring(b.Kind, b.Until, now); err != nil {
		return err
	}
	if err := xmpp.CheckReason(b.Reason); err != nil {
		return err
	}
	if b.Account == "" || len(b.Rooms) == 0 {
		return &SelectionError{"nobody is to be kept out, or of no room"}
	}
	var bars []Bar
	for _, room := range b.Rooms {
		if err := by.Require(See, room); err != nil {
			return err
		}
		if err := by.Require(Needs(b.Kind), room); err != nil {
			return err
		}
		bars = append(bars, Bar{
			Room: room, Account: b.Account, Kind: b.Kind, Reason: b.Reason, By: by.Actor, Address: address, Since: now, Until: b.Until,
		})
	}
	if err := d.options.Bars.AddBars(ctx, bars); err != nil {
		return err
	}
	d.signal()
	return nil
}

// checkBarring says what is wrong with how people are to be kept out, and until when.
func checkBarring(kind xmpp.ActionKind, until, now time.Time) error {
	switch {
	case kind != xmpp.ActionKick && kind != xmpp.ActionBan:
		return &SelectionError{"people are kept out by kicks or bans"}
	case !until.After(now):
		return &SelectionError{"the end is not in the future"}
	case until.After(now.Add(maxBarTime)):
		return &SelectionError{"people are kept out for a week at most: ban them for longer"}
	}
	return nil
}
