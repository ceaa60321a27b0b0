package xmpp

import (
	"errors"
	"fmt"
)

var (
	// ErrOffline means that there is no session with the chat server, so
	// nothing was sent.
	ErrOffline = errors.New("not connected to the chat server")

	// ErrOverloaded means that too many requests wait already, so nothing was
	// sent.
	ErrOverloaded = errors.New("too many requests are waiting for the chat server")

	// ErrNotSent means that the caller gave up while the request was still
	// waiting: nothing was sent.
	ErrNotSent = errors.New("given up before anything was sent")

	// ErrNoAnswer means that a request was sent and that no answer came.
	ErrNoAnswer = errors.New("the chat server did not answer")

	// ErrUnknown means that a kick was sent and that no answer came: it may or
	// may not have happened.
	ErrUnknown = errors.New("the chat server did not answer: the kick may have happened")

	// ErrTooLarge means that the stanza would be larger than servers accept.
	ErrTooLarge = errors.New("the stanza is larger than chat servers accept")

	// ErrNoOccupant means that nobody of that nick is in the room.
	ErrNoOccupant = errors.New("nobody of that nick is in the room")

	// ErrOwnOccupant means that the nick is muckick's own, which it does not
	// kick.
	ErrOwnOccupant = errors.New("muckick does not kick its own occupant")
)

// A TakenError says that somebody else bears the nick of a kick's target now.
// Nothing was sent.
type TakenError struct{ Bearer Occupant }

func (e *TakenError) Error() string {
	text := "somebody else bears the nick now"
	if e.Bearer.RealJID != "" {
		text += ": " + e.Bearer.RealJID
	}
	return text
}

// An AddressError says why a text is no address of a room.
type AddressError struct{ Address, Reason string }

func (e *AddressError) Error() string {
	return fmt.Sprintf("invalid room address: %s", e.Reason)
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

// A StanzaError is an error that an XMPP entity answered with (RFC 6120 §8.3).
type StanzaError struct {
	Type      string // auth, cancel, continue, modify, wait
	Condition string // e.g. item-not-found
	Text      string // may be empty; from the network, so hostile
}

func (e *StanzaError) Error() string {
	if e.Text == "" {
		return e.Type + ": " + e.Condition
	}
	return e.Type + ": " + e.Condition + " (" + e.Text + ")"
}

// is reports whether the error has the condition.
func (e *StanzaError) is(condition string) bool { return e.Condition == condition }

// A JoinError says why muckick could not enter a room.
type JoinError struct {
	Room RoomJID
	Err  error // a *StanzaError if the room refused
}

func (e *JoinError) Error() string { return fmt.Sprintf("cannot join %s: %v", e.Room, e.Err) }

// Unwrap returns what the room answered.
func (e *JoinError) Unwrap() error { return e.Err }

// A RefusedError says that the room refused a kick.
type RefusedError struct {
	Err      *StanzaError
	Obstacle Obstacle // what stood in the way, as far as it is known
}

func (e *RefusedError) Error() string { return "kick refused: " + e.Err.Error() }

// Unwrap returns the room's answer.
func (e *RefusedError) Unwrap() error { return e.Err }

// A ProtocolError says that an entity answered with something that cannot be
// understood.
type ProtocolError struct {
	From string
	Err  error
}

func (e *ProtocolError) Error() string { return fmt.Sprintf("bad answer from %s: %v", e.From, e.Err) }

// Unwrap returns what was wrong with the answer.
func (e *ProtocolError) Unwrap() error { return e.Err }

// A LoginError says that the chat server did not accept the account.
type LoginError struct {
	Err       error
	Temporary bool // it could not check the password for now
}

func (e *LoginError) Error() string { return "login refused: " + e.Err.Error() }

// Unwrap returns the server's answer.
func (e *LoginError) Unwrap() error { return e.Err }
