package mucserver

import "errors"

// Errors of the functions that set up a server and its rooms.
var (
	// ErrServing is returned by [Server.Serve] while an earlier call still runs.
	ErrServing = errors.New("mucserver: already serving")
	// ErrGone is returned for a room that no longer exists, and for a resident
	// that is no longer in its room.
	ErrGone = errors.New("mucserver: no longer there")
)

// A StanzaError is a stanza error as RFC 6120 §8.3 defines it: what a client is
// told about a request that failed.
type StanzaError struct {
	Type      string // auth, cancel, modify or wait
	Condition string // such as "item-not-found"
	Text      string // for people; may be empty
}

// Error returns type, condition and text.
func (e *StanzaError) Error() string {
	if e.Text == "" {
		return e.Type + ": " + e.Condition
	}
	return e.Type + ": " + e.Condition + ": " + e.Text
}

func badRequest(text string) error   { return &StanzaError{"modify", "bad-request", text} }
func conflict(text string) error     { return &StanzaError{"cancel", "conflict", text} }
func forbidden(text string) error    { return &StanzaError{"auth", "forbidden", text} }
func jidMalformed(text string) error { return &StanzaError{"modify", "jid-malformed", text} }
func notAllowed(text string) error   { return &StanzaError{"cancel", "not-allowed", text} }
func noSuchRoom() error {
	return &StanzaError{"cancel", "item-not-found", "there is no such room"}
}
func notAcceptable() error {
	return &StanzaError{"modify", "not-acceptable", "only occupants of the room may do this"}
}
func serviceUnavailable() error { return &StanzaError{"cancel", "service-unavailable", ""} }

// errNoSuchNick is the answer to who names a nick that nobody in the room has.
var errNoSuchNick = &StanzaError{"modify", "item-not-found", "nobody in the room has this nickname"}

// asStanzaError returns what a client is told about err.
func asStanzaError(err error) *StanzaError {
	var e *StanzaError
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, ErrGone) {
		return asStanzaError(noSuchRoom())
	}
	return &StanzaError{Type: "wait", Condition: "internal-server-error"}
}
