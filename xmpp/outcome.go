package xmpp

import "errors"

// An Outcome is what became of an action on one target.
type Outcome string

// The outcomes.
const (
	Pending   Outcome = "pending"   // begun, and not known to have ended
	Done      Outcome = "done"      // confirmed by the chat server
	Already   Outcome = "already"   // it was so before: nothing was changed
	Gone      Outcome = "gone"      // no such host, room or occupant, or the nick is somebody else's now
	Refused   Outcome = "refused"   // by the chat server
	NotSent   Outcome = "not sent"  // nothing happened, for a reason on our side
	Unknown   Outcome = "unknown"   // it may have happened
	Cancelled Outcome = "cancelled" // somebody stopped it before it was sent
)

// Outcomes returns all outcomes, those that one looks for most first.
func Outcomes() []Outcome {
	return []Outcome{Done, Already, Refused, Gone, NotSent, Unknown, Pending, Cancelled}
}

// OutcomeOf returns what the error of an action means for its target: [NotSent]
// for every error that is not named here.
func OutcomeOf(err error) Outcome {
	switch {
	case err == nil:
		return Done
	case errors.Is(err, ErrUnknown):
		return Unknown
	case errors.Is(err, ErrNoOccupant), errors.As(err, new(*TakenError)),
		errors.As(err, new(*NoHostError)), errors.As(err, new(*NoServiceError)), errors.As(err, new(*NoRoomError)):
		return Gone
	case errors.Is(err, ErrOwnOccupant), errors.As(err, new(*ProtectedError)), errors.As(err, new(*RefusedError)),
		errors.As(err, new(*JoinError)) && errors.As(err, new(*StanzaError)):
		return Refused
	}
	return NotSent
}
