package moderation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"muckick/xmpp"
)

// concludeTimeout bounds storing an outcome, which goes on when the caller has
// left.
const concludeTimeout = 10 * time.Second

// ErrNotAudited means that the audit trail did not take the intent, so nothing
// was sent.
var ErrNotAudited = errors.New("the audit trail does not accept entries")

// Trail keeps what was attempted, and what became of it.
type Trail interface {
	// Intend returns when the intent outlives this process.
	Intend(ctx context.Context, intent Intent) (AttemptID, error)

	// Conclude returns when the outcome does, and the intent is on disk.
	Conclude(ctx context.Context, id AttemptID, conclusion Conclusion) error
}

// Chat carries out actions, and tells how rooms are.
type Chat interface {
	// DoRecorded is [xmpp.Client.DoRecorded].
	DoRecorded(ctx context.Context, action xmpp.Action, record func(xmpp.Result) error) (xmpp.Result, error)

	Affiliation(ctx context.Context, room xmpp.RoomJID, account string) (xmpp.Affiliation, error)
	Affiliations(ctx context.Context, room xmpp.RoomJID, affiliation xmpp.Affiliation) ([]xmpp.Affiliated, error)
	Occupants(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
	Locked(ctx context.Context, room xmpp.RoomJID, before map[string]string) (bool, error)
	MembersOnly(ctx context.Context, room xmpp.RoomJID) (closed bool, err error)
	Census(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
	RoomInfo(ctx context.Context, room xmpp.RoomJID) (xmpp.RoomInfo, error)
	MuteEffect(ctx context.Context, info xmpp.RoomInfo) (xmpp.MuteEffect, error)
}

// Options are what a [Desk] works with. All are required.
type Options struct {
	Chat    Chat
	Trail   Trail
	Effects Effects
	Logger  *slog.Logger
	Now     func() time.Time

	// Stored is told how long the trail took for an intent or a conclusion.
	Stored func(operation string, took time.Duration, err error)

	// Panicked is told of a panic of the chat side, and its stack.
	Panicked func(value any, stack []byte)
}

// A Desk carries out what principals ask for.
type Desk struct {
	options Options
	singles atomic.Int64
	turns   turns
}

// NewDesk returns a desk.
func NewDesk(o Options) *Desk { return &Desk{options: o} }

// An Order is what a principal wants done.
type Order struct {
	Principal Principal
	Address   string // where the principal's request came from
	Action    xmpp.Action
	Until     time.Time // when what it does is to end by itself; zero for never
	Job       JobID     // whose step it is; empty for none
	Step      int       // which one, from 1 on; each is begun once at most

	// Keep are made members before a lock that is [xmpp.Action.MembersOnly], which
	// stays so until the lock ends. Without are accounts among them without whom the
	// room is locked all the same, if they cannot be.
	Keep    []Stayer
	Without []string

	// Halted, if it is closed while those of Keep are made members, says that the room
	// is not to be locked any more.
	Halted <-chan struct{}

	// Passing means that who gives the order takes back what it does: it neither
	// makes an effect nor ends one.
	Passing bool
}

// hitAnother is the detail of an action that was confirmed, of somebody else than
// was meant. The entry names whom.
const hitAnother = "it hit somebody else, who had taken the nick just then"

// Needs returns the capability that an action asks for.
func Needs(kind xmpp.ActionKind) Capability {
	switch kind {
	case xmpp.ActionBan, xmpp.ActionUnban:
		return Ban
	case xmpp.ActionMute, xmpp.ActionUnmute:
		return Mute
	case xmpp.ActionLock, xmpp.ActionUnlock, xmpp.ActionMember, xmpp.ActionUnmember:
		return Lock
	}
	return Kick
}

// Do carries out an order, if the principal may give it, and keeps record of it.
// It returns what became of that and how long the chat server took. The error is
// why nothing was done, or [xmpp.ErrUnknown]: that it is not known.
func (d *Desk) Do(ctx context.Context, order Order) (Conclusion, error) {
	if order.Job == "" {
		d.singles.Add(1)
		defer d.singles.Add(-1)
	}
	if err := order.Principal.Require(Needs(order.Action.Kind), order.Action.Room); err != nil {
		return Conclusion{Outcome: xmpp.OutcomeOf(err)}, err
	}
	began := d.options.Now()
	leave, err := d.turns.take(ctx, turnOf(order.Action))
	if err != nil {
		return Conclusion{Outcome: xmpp.NotSent}, fmt.Errorf("%w: %w", xmpp.ErrNotSent, err)
	}
	defer leave()
	return d.do(ctx, order, began)
}

// do is Do for who may, whose turn it is.
func (d *Desk) do(ctx context.Context, order Order, began time.Time) (Conclusion, error) {
	var after aftermath
	if !order.Passing {
		var err error
		if after, err = d.foresee(ctx, &order, began); err != nil {
			return Conclusion{Outcome: xmpp.NotSent}, err
		}
	}
	id, err := d.intend(ctx, order, after.effect())
	if err != nil {
		return Conclusion{Outcome: xmpp.NotSent}, err
	}
	var result xmpp.Result
	failure := d.admit(ctx, order, &after, id)
	if failure == nil {
		result, failure = d.act(ctx, order.Action, func(r xmpp.Result) error { return d.record(ctx, &after, id, r) })
	}
	conclusion := Conclusion{
		Outcome: outcomeOf(failure), RealJID: cmp.Or(result.Occupant.RealJID, result.Account),
		Effect: after.effect(), Duration: d.options.Now().Sub(began),
	}
	if failure == nil && result.Already {
		conclusion.Outcome = xmpp.Already
	}
	left := ""
	if order.Action.Kind == xmpp.ActionUnlock && failure == nil && !order.Passing {
		if conclusion.Outcome == xmpp.Done {
			after.liftedBy(order.Principal.Actor)
		}
		// Before the lock's end is on record: if the process ends in between, the lock
		// stands, and lifting it once more goes on here.
		after.standing, left = d.putBack(ctx, order, after.standing)
	}
	detail, remains := d.settle(ctx, order, after, result, conclusion.Outcome)
	conclusion.Detail = cmp.Or(detail, left)
	failure = withRemains(failure, remains)
	switch {
	case failure != nil:
		conclusion.Detail = InWords(failure)
	case !order.Action.Target.Means(result.Occupant):
		// The nick changed hands when the request was already on its way.
		conclusion.Detail = hitAnother
	}
	d.conclude(ctx, id, conclusion)
	return conclusion, failure
}

// Singles counts the orders under way that are no steps of jobs. Jobs let them
// overtake.
func (d *Desk) Singles() int { return int(d.singles.Load()) }

func (d *Desk) intend(ctx context.Context, order Order, effect EffectID) (AttemptID, error) {
	began := d.options.Now()
	id, err := d.options.Trail.Intend(ctx, Intent{
		Actor: order.Principal.Actor, Address: order.Address,
		Action: order.Action.Kind, Room: order.Action.Room.String(), Nick: order.Action.Target.Nick, Reason: order.Action.Reason,
		RealJID: accountOf(order.Action), Effect: effect, Job: order.Job, Step: order.Step,
	})
	d.options.Stored("intend", d.options.Now().Sub(began), err)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotAudited, err)
	}
	return id, nil
}

// accountOf returns the account that an action is on whoever bears the nick, as
// a kick is not: of that the conclusion tells.
func accountOf(action xmpp.Action) string {
	switch action.Kind {
	case xmpp.ActionBan, xmpp.ActionUnban, xmpp.ActionMember, xmpp.ActionUnmember:
		return xmpp.BareJID(action.Target.RealJID)
	}
	return ""
}

func (d *Desk) conclude(ctx context.Context, id AttemptID, conclusion Conclusion) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), concludeTimeout)
	defer cancel()
	began := d.options.Now()
	err := d.options.Trail.Conclude(ctx, id, conclusion)
	d.options.Stored("conclude", d.options.Now().Sub(began), err)
	if err != nil {
		// The intent is on record, and its outcome will be unknown there. The
		// caller is told what the chat server said all the same.
		d.options.Logger.ErrorContext(ctx, "outcome of an action not stored", "attempt", id, "outcome", conclusion.Outcome, "error", err)
	}
}

// act asks the chat side. After a panic it is not known how far that came.
func (d *Desk) act(ctx context.Context, action xmpp.Action, record func(xmpp.Result) error) (_ xmpp.Result, err error) {
	defer func() {
		if value := recover(); value != nil {
			d.options.Panicked(value, debug.Stack())
			err = xmpp.ErrUnknown
		}
	}()
	return d.options.Chat.DoRecorded(ctx, action, record)
}
