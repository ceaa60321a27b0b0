package moderation

import (
	"context"
	"errors"
	"time"

	"muckick/xmpp"
)

// A Bar keeps somebody out of a room for some time: who comes back is kicked or
// banned at once, by the grants of whom barred them. Where the room hides accounts,
// the nick is all that is known, and whoever bears it is meant.
type Bar struct {
	ID      string
	Room    xmpp.RoomJID
	Account string          // bare JID; empty where the room hides it
	Nick    string          // counts only without an account
	Kind    xmpp.ActionKind // kick or ban
	Reason  string
	By      Actor
	Address string // where they were then
	Job     JobID  // that threw them out; empty for none
	Since   time.Time
	Until   time.Time

	Returned int       // how often they came back
	Acted    int       // how often that was answered, and confirmed
	Last     time.Time // when they came back last; zero for never
}

const (
	// maxBarTime bounds how long somebody is kept out without a ban.
	maxBarTime = 7 * 24 * time.Hour
	// maxBars bounds the bars that one call makes.
	maxBars = maxPlan
)

// ErrNoBar means that there is no bar with that id, for who asks.
var ErrNoBar = errors.New("nobody is kept out by that")

// BarFilter says which bars are wanted. Zero fields allow all.
type BarFilter struct {
	Room    xmpp.RoomJID
	Job     JobID
	Account string // bare JID
}

// BarStore keeps bars, for all replicas.
type BarStore interface {
	// AddBars keeps bars. One of the same person in the same room replaces the
	// former one.
	AddBars(ctx context.Context, bars []Bar) error

	// Bars returns the bars that have not ended, the newest first.
	Bars(ctx context.Context, filter BarFilter) ([]Bar, error)

	// Bar returns the bar with an id, or ErrNoBar.
	Bar(ctx context.Context, id string) (Bar, error)

	// RemoveBar ends a bar. The error is ErrNoBar if there is none.
	RemoveBar(ctx context.Context, id string) error

	// CountReturn notes that somebody came back, and whether that was answered.
	CountReturn(ctx context.Context, id string, at time.Time, acted bool) error
}

// KeepOut bars those whom a job threw out until then, by kicks or bans. Whose account
// the room hides cannot be banned, and is barred by kicks. It returns how many. Who
// started the job may, and administrators; in rooms where they may not do so, nobody
// is barred. The error is ErrNoJob, a [*ForbiddenError] or a
// [*SelectionError].
func (d *Doorkeeper) KeepOut(ctx context.Context, by Principal, address string, id JobID, kind xmpp.ActionKind, until time.Time) (count int, err error) {
	now := d.options.Now()
	if err := checkBarring(kind, until, now); err != nil {
		return 0, err
	}
	job, err := d.options.Jobs.Job(ctx, id)
	if err != nil {
		return 0, err
	}
	if _, visible := job.shownTo(by); !visible {
		return 0, ErrNoJob
	}
	if job.By != by.Actor {
		if err := by.RequireEverywhere(Administer); err != nil {
			return 0, err
		}
	}
	if job.Kind != xmpp.ActionKick && job.Kind != xmpp.ActionBan || job.Purpose == ToUndo {
		return 0, &SelectionError{"the job threw nobody out"}
	}
	targets, err := d.options.Jobs.JobTargets(ctx, id, TargetFilter{Outcome: xmpp.Done}, maxBars)
	if err != nil {
		return 0, err
	}
	var bars []Bar
	for _, target := range targets {
		action := target.Action
		bar := Bar{
			Room: action.Room, Account: xmpp.BareJID(action.Target.RealJID), Kind: kind, Reason: job.Reason,
			By: by.Actor, Address: address, Job: id, Since: now, Until: until,
		}
		if bar.Account == "" {
			bar.Nick, bar.Kind = action.Target.Nick, xmpp.ActionKick
		}
		if !by.Grants.May(Needs(bar.Kind), action.Room) {
			continue
		}
		bars = append(bars, bar)
	}
	if err := d.options.Bars.AddBars(ctx, bars); err != nil {
		return 0, err
	}
	d.signal()
	return len(bars), nil
}

// Bars returns the bars that have not ended in rooms that a principal may see, the
// newest first.
func (d *Doorkeeper) Bars(ctx context.Context, by Principal, filter BarFilter) ([]Bar, error) {
	list, err := d.options.Bars.Bars(ctx, filter)
	var shown []Bar
	for _, bar := range list {
		if by.mayReview(bar.Room) {
			shown = append(shown, bar)
		}
	}
	return shown, err
}

// LetIn ends a bar, and returns it as it was. Who may do in the room what it does may
// end it. A ban that it made stands. The error is ErrNoBar or a [*ForbiddenError].
func (d *Doorkeeper) LetIn(ctx context.Context, by Principal, id string) (Bar, error) {
	bar, err := d.options.Bars.Bar(ctx, id)
	if err != nil {
		return Bar{}, err
	}
	if !by.mayReview(bar.Room) {
		return Bar{}, ErrNoBar
	}
	if err := by.Require(Needs(bar.Kind), bar.Room); err != nil {
		return Bar{}, err
	}
	if err := d.options.Bars.RemoveBar(ctx, id); err != nil {
		return Bar{}, err
	}
	d.signal()
	return bar, nil
}
