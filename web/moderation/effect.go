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

	State   EffectState
	Ended   time.Time // zero while it stands
	EndedBy Actor
	Problem string    // why it could not be lifted when that was last tried
	Tries   int       // how often that was in vain
	Due     time.Time // when it is looked at next; zero for never
}

// Stands reports whether the effect has not ended, for all we know.
func (e Effect) Stands() bool { return e.State == EffectPending || e.State == EffectStanding }

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

// ErrNoEffect means that there is no effect with that id.
var ErrNoEffect = errors.New("there is no such effect")

// Effects keeps the effects of actions.
type Effects interface {
	// BeginEffect keeps a new effect, which is pending, and gives it its id. It
	// returns when that is durable.
	BeginEffect(ctx context.Context, e Effect) (EffectID, error)

	// SetEffect keeps what may change of an effect but its end, unless it has ended already.
	SetEffect(ctx context.Context, e Effect) error

	// SetEffectEnd changes when an effect is to end by itself, unless it has ended
	// already; zero for never.
	SetEffectEnd(ctx context.Context, id EffectID, until time.Time) error

	// DropEffect forgets an effect that never came about.
	DropEffect(ctx context.Context, id EffectID) error

	// Effect returns the effect with an id, or ErrNoEffect.
	Effect(ctx context.Context, id EffectID) (Effect, error)

	// Effects returns up to limit effects that the filter allows, those that end
	// first at the beginning, and then the newest.
	Effects(ctx context.Context, filter EffectFilter, limit int) ([]Effect, error)

	// ClaimEffects returns up to limit effects that are due, which no other
	// replica gets for as long as the claim lasts.
	ClaimEffects(ctx context.Context, limit int, lasting time.Duration) ([]Effect, error)
}
