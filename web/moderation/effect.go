package moderation

import (
	"context"
	"errors"
	"time"

	"muckick/xmpp"
)

// EffectID names an effect.
type EffectID string

// JobID names a job.
type JobID string

// EffectState is whether an effect stands.
type EffectState string

// The states of effects.
const (
	EffectPending  EffectState = "pending"  // its action is under way, or what became of that is not known
	EffectStanding EffectState = "standing" // the room is as the action left it, for all we know
	EffectLifted   EffectState = "lifted"   // taken back by us, and confirmed
	EffectGone     EffectState = "gone"     // not as the action left it any more: taken back by hand, or lost
)

// An Effect is what stays after an action: a ban, a mute or a lock. It is on
// record before the action is sent.
type Effect struct {
	ID         EffectID
	Action     xmpp.ActionKind // ban, mute or lock
	Room       xmpp.RoomJID
	Account    string // bare JID; empty where the room does not show it, and for a lock
	Nick       string // at that time; empty for a lock
	OccupantID string
	Reason     string
	By         Actor
	Since      time.Time
	Until      time.Time // when it is to end by itself; zero for never
	Attempt    AttemptID // the entry of the audit trail that made it
	Job        JobID     // whose step that was; empty for none

	// What was before, for taking it back.
	Before      xmpp.Affiliation
	MembersOnly bool
	Fields      map[string]string

	// Granted are those whom a lock made members, or perhaps, until it ends.
	Granted []Stayer

	State   EffectState
	Ended   time.Time // zero while it stands
	EndedBy Actor     // who lifted it, also while something of it is left
	Problem string    // why it could not be lifted when that was last tried
	Tries   int       // how often that was in vain
	Due     time.Time // when it is looked at next; zero for never
}

// Stands reports whether the effect has not ended, for all we know.
func (e Effect) Stands() bool { return e.State == EffectPending || e.State == EffectStanding }

// Members counts the accounts that a lock made members.
func (e Effect) Members() int { return len(oneOfEach(e.Granted)) }

// EffectFilter says which effects are wanted. Zero fields allow all.
type EffectFilter struct {
	Room    xmpp.RoomJID
	Action  xmpp.ActionKind
	Account string
	Nick    string // counts only where the account is not known
	Job     JobID
	Ended   bool // also those that have ended

	// Within allows only rooms in one of the scopes; nil allows all of them.
	Within []Scope
}

var (
	// ErrNoEffect means that there is no effect with that id, or none any more that
	// stands.
	ErrNoEffect = errors.New("there is no such effect")

	// ErrEffectBusy means that an effect cannot be changed, since it is being ended.
	ErrEffectBusy = errors.New("it is being ended just now")
)

// Effects keeps the effects of actions. Each method changes what it is about and
// nothing else, so that none undoes what another process has changed meanwhile. An
// effect that has ended is not changed any more.
type Effects interface {
	// NewEffectID returns an id for an effect that begins at a time.
	NewEffectID(at time.Time) EffectID

	// BeginEffect keeps a new effect, which is pending, or what is known better of
	// one that is. It returns when that is durable.
	BeginEffect(ctx context.Context, e Effect) error

	// SettleEffect keeps that an effect stands, even if it is not on record any
	// more, and looks at it next when it is to end. If it replaces, the others of
	// the same kind on the same person, which stand, are gone.
	SettleEffect(ctx context.Context, e Effect, replaces bool) error

	// EndEffect keeps that an effect has ended as e says.
	EndEffect(ctx context.Context, e Effect) error

	// PutOffEffect keeps the problem of e, the tries and when it is looked at next,
	// unless its end was changed meanwhile.
	PutOffEffect(ctx context.Context, e Effect) error

	// SetEffectEnd changes when an effect is to end by itself; zero for never. The
	// error is ErrNoEffect if it has ended already, and ErrEffectBusy if somebody is
	// about to end it.
	SetEffectEnd(ctx context.Context, id EffectID, until time.Time) error

	// SetGranted changes whom a lock made members. The effect may have ended.
	SetGranted(ctx context.Context, id EffectID, granted []Stayer) error

	// DropEffect forgets an effect that never came about.
	DropEffect(ctx context.Context, id EffectID) error

	// Effect returns the effect with an id, or ErrNoEffect.
	Effect(ctx context.Context, id EffectID) (Effect, error)

	// Effects returns up to limit effects that the filter allows, those that end
	// first at the beginning, and then the newest.
	Effects(ctx context.Context, filter EffectFilter, limit int) ([]Effect, error)

	// EffectRooms returns the rooms with effects that stand, sorted.
	EffectRooms(ctx context.Context) ([]xmpp.RoomJID, error)

	// ClaimEffects returns up to limit effects that are due, which no other
	// replica gets for as long as the claim lasts. Whether they are due goes by a
	// clock that all replicas share.
	ClaimEffects(ctx context.Context, limit int, lasting time.Duration) ([]Effect, error)
}
