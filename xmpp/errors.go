package xmpp

import (
	"errors"
	"fmt"

	"muckick/xmpp/wire"
)

var (
	// ErrUnknown means that an action was sent, and that no answer came or one
	// that proves nothing: it may or may not have happened.
	ErrUnknown = errors.New("the chat server did not confirm it: it may have happened")

	// ErrNoOccupant means that nobody of that nick is in the room.
	ErrNoOccupant = errors.New("nobody of that nick is in the room")

	// ErrOwnOccupant means that the nick is muckick's own, which it does nothing
	// to.
	ErrOwnOccupant = errors.New("muckick does nothing to its own occupant")

	// ErrHiddenAccount means that the room does not show the account of the
	// occupant, without which nobody can be banned.
	ErrHiddenAccount = errors.New("the room does not show the account of this occupant")
)

// A TakenError says that somebody else bears the nick of an action's target now.
// Nothing was sent.
type TakenError struct{ Bearer Occupant }

func (e *TakenError) Error() string {
	text := "somebody else bears the nick now"
	if e.Bearer.RealJID != "" {
		text += ": " + e.Bearer.RealJID
	}
	return text
}

// What the connection to the chat server answers with, see package wire.
var (
	ErrOffline    = wire.ErrOffline
	ErrOverloaded = wire.ErrOverloaded
	ErrNotSent    = wire.ErrNotSent
	ErrNoAnswer   = wire.ErrNoAnswer
	ErrTooLarge   = wire.ErrTooLarge
	ErrPlaintext  = wire.ErrPlaintext
	ErrNoLogin    = wire.ErrNoLogin
)

// Errors of the connection that carry more, see package wire.
type (
	StanzaError   = wire.StanzaError
	ProtocolError = wire.ProtocolError
	LoginError    = wire.LoginError
)

// An AddressError says why a text is no address of a room.
type AddressError struct{ Address, Reason string }

func (e *AddressError) Error() string {
	return fmt.Sprintf("invalid room address: %s", e.Reason)
}

// An AccountError says why a text is no account whose affiliation can be changed.
type AccountError struct{ Address, Reason string }

func (e *AccountError) Error() string { return "invalid account: " + e.Reason }

// A DomainError says that the address is a whole domain, where an action needs an
// account.
type DomainError struct{ Domain string }

func (e *DomainError) Error() string {
	return e.Domain + " is a whole domain: an account has the form name@domain"
}

// A ProtectedError names an account to which muckick itself does not do
// something, whatever the room would allow. Nothing was sent.
type ProtectedError struct {
	Account  string
	Kind     ActionKind
	Obstacle Obstacle // [ObstacleSelf], [ObstacleOwner] or [ObstacleRank]
}

func (e *ProtectedError) Error() string {
	why := map[Obstacle]string{
		ObstacleSelf:  "it is muckick's own account",
		ObstacleOwner: "it is an owner of the room",
		ObstacleRank:  "it is an owner or an admin of the room",
	}[e.Obstacle]
	return fmt.Sprintf("muckick does not do this to %s: %s", e.Account, why)
}

// A ChangedError says that an account does not have the affiliation, any more,
// that a change presupposed. Nothing was sent.
type ChangedError struct {
	Account     string
	Presupposed Affiliation
	Present     Affiliation
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s is not %s but %s now", e.Account, e.Presupposed, e.Present)
}

// A FieldError says what is wrong with a field of a room's configuration, for a
// lock or an unlock.
type FieldError struct{ Field, Problem string }

func (e *FieldError) Error() string {
	if e.Field == "" {
		return "fields of the room's configuration: " + e.Problem
	}
	return e.Field + ": " + e.Problem
}

// A NickError says why a text can be no nick.
type NickError struct{ Reason string }

func (e *NickError) Error() string { return "invalid nick: " + e.Reason }

// A ReasonError says why a text cannot be sent as a reason.
type ReasonError struct{ Reason string }

func (e *ReasonError) Error() string { return "invalid reason: " + e.Reason }

// A NoHostError names a domain that is unknown to muckick. Nothing was sent to it.
type NoHostError struct{ Host string }

func (e *NoHostError) Error() string { return "no such host: " + e.Host }

// A NoServiceError names a host that is known and is no MUC service.
type NoServiceError struct{ Host string }

func (e *NoServiceError) Error() string { return e.Host + " is not a MUC service" }

// A NoRoomError names a room that does not exist.
type NoRoomError struct{ Room RoomJID }

func (e *NoRoomError) Error() string { return "no such room: " + e.Room.String() }

// A JoinError says why muckick could not enter a room.
type JoinError struct {
	Room RoomJID
	Err  error // a *StanzaError if the room refused
}

func (e *JoinError) Error() string { return fmt.Sprintf("cannot join %s: %v", e.Room, e.Err) }

// Unwrap returns what the room answered.
func (e *JoinError) Unwrap() error { return e.Err }

// A RefusedError says that the room refused an action.
type RefusedError struct {
	Err      *StanzaError
	Obstacle Obstacle // what stood in the way, as far as it is known
}

func (e *RefusedError) Error() string { return "refused: " + e.Err.Error() }

// Unwrap returns the room's answer.
func (e *RefusedError) Unwrap() error { return e.Err }
