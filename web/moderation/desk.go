package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"muckick/xmpp"
)

// concludeTimeout bounds storing an outcome, which goes on when the caller has
// left.
const concludeTimeout = 10 * time.Second

// ErrNotAudited means that the audit trail did not take the intent, so nothing
// was sent.
var ErrNotAudited = errors.New("not kicked: the audit trail does not accept entries")

// Trail keeps what was attempted, and what became of it.
type Trail interface {
	// Intend returns when the intent outlives this process.
	Intend(ctx context.Context, intent Intent) (AttemptID, error)

	// Conclude returns when the outcome does, and the intent is on disk.
	Conclude(ctx context.Context, id AttemptID, conclusion Conclusion) error
}

// Chat throws occupants out.
type Chat interface {
	Kick(ctx context.Context, room xmpp.RoomJID, target xmpp.Target, reason string) (xmpp.Occupant, error)
}

// Options are what a [Desk] works with. All are required.
type Options struct {
	Chat   Chat
	Trail  Trail
	Logger *slog.Logger
	Now    func() time.Time

	// Stored is told how long the trail took for an intent or a conclusion.
	Stored func(operation string, took time.Duration, err error)

	// Panicked is told of a panic of the chat side, and its stack.
	Panicked func(value any, stack []byte)
}

// A Desk carries out what principals ask for.
type Desk struct{ options Options }

// NewDesk returns a desk.
func NewDesk(o Options) *Desk { return &Desk{o} }

// An Order is what a principal wants done to somebody in a room.
type Order struct {
	Principal Principal
	Address   string // where the principal's request came from
	Room      xmpp.RoomJID
	Target    xmpp.Target
	Reason    string
}

// Kick throws an occupant out, if the principal may do so, and keeps record of
// it. It returns what became of that and how long the chat server took. The error
// is why nobody was kicked, or [xmpp.ErrUnknown]: that it is not known.
func (d *Desk) Kick(ctx context.Context, order Order) (Conclusion, error) {
	if err := order.Principal.Require(Kick, order.Room); err != nil {
		return Conclusion{Outcome: OutcomeOf(err)}, err
	}
	id, err := d.intend(ctx, order)
	if err != nil {
		return Conclusion{Outcome: Failed}, err
	}
	began := d.options.Now()
	occupant, kickErr := d.kick(ctx, order)
	conclusion := Conclusion{Outcome: OutcomeOf(kickErr), RealJID: occupant.RealJID, Duration: d.options.Now().Sub(began)}
	if kickErr != nil {
		conclusion.Detail = kickErr.Error()
	}
	d.conclude(ctx, id, conclusion)
	return conclusion, kickErr
}

func (d *Desk) intend(ctx context.Context, order Order) (AttemptID, error) {
	began := d.options.Now()
	id, err := d.options.Trail.Intend(ctx, Intent{
		Actor: order.Principal.Actor, Address: order.Address,
		Room: order.Room.String(), Nick: order.Target.Nick, Reason: order.Reason,
	})
	d.options.Stored("intend", d.options.Now().Sub(began), err)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotAudited, err)
	}
	return id, nil
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
		d.options.Logger.ErrorContext(ctx, "outcome of a kick not stored", "attempt", id, "outcome", conclusion.Outcome, "error", err)
	}
}

// kick asks the chat side. After a panic it is not known how far that came.
func (d *Desk) kick(ctx context.Context, order Order) (_ xmpp.Occupant, err error) {
	defer func() {
		if value := recover(); value != nil {
			d.options.Panicked(value, debug.Stack())
			err = xmpp.ErrUnknown
		}
	}()
	return d.options.Chat.Kick(ctx, order.Room, order.Target, order.Reason)
}
