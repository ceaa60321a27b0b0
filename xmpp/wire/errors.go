package wire

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

	// ErrTooLarge means that the stanza would be larger than servers accept.
	ErrTooLarge = errors.New("the stanza is larger than chat servers accept")

	// ErrNoLogin means that the server offers no way to log in on this connection,
	// as one that insists on TLS does before it.
	ErrNoLogin = errors.New("the chat server offers no way to log in")

	// ErrPlaintext means that an unprotected connection would leave this machine.
	ErrPlaintext = errors.New("an unprotected connection is only made to a loopback address")
)

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

// Has reports whether the error has the condition.
func (e *StanzaError) Has(condition string) bool { return e.Condition == condition }

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
