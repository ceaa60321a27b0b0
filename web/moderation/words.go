package moderation

import (
	"context"
	"errors"

	"muckick/xmpp"
)

// inside is said of an error that is for the log alone: a database's words name
// its tables and addresses, and mean nothing to a moderator.
const inside = "something failed inside muckick, as when the store cannot be asked: its log says what"

// InWords says an error as the audit trail, effects and pages show it. Errors of
// packages xmpp and moderation speak for themselves; what a database says is left
// out, and belongs in the log.
func InWords(err error) string {
	var known *wordedError
	var silent *silenceError
	switch {
	case errors.As(err, &known):
		return known.text
	case errors.As(err, &silent):
		return silent.Error()
	case errors.Is(err, ErrNotAudited):
		return ErrNotAudited.Error()
	case speaksForItself(err):
		return err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "it took too long"
	case errors.Is(err, context.Canceled):
		return "it was given up"
	}
	return inside
}

// speaksForItself reports whether an error is one of package xmpp or of this one.
func speaksForItself(err error) bool {
	for _, one := range []error{
		xmpp.ErrUnknown, xmpp.ErrNoOccupant, xmpp.ErrOwnOccupant, xmpp.ErrHiddenAccount, xmpp.ErrOffline, xmpp.ErrOverloaded,
		xmpp.ErrNotSent, xmpp.ErrNoAnswer, xmpp.ErrTooLarge, xmpp.ErrPlaintext, xmpp.ErrNoLogin, xmpp.ErrWatchClosed,
		ErrEffectBusy, ErrNoBar, ErrNoEffect, ErrNoExemption, ErrNoJob, ErrNoPlan, ErrNothingToDo, ErrPlanChanged, ErrPlanExpired, ErrStepTaken,
		errClosedAgain, errLockedAgain,
	} {
		if errors.Is(err, one) {
			return true
		}
	}
	for _, kind := range []any{
		new(*xmpp.AccountError), new(*xmpp.AddressError), new(*xmpp.ChangedError), new(*xmpp.DomainError), new(*xmpp.Exit), new(*xmpp.FieldError),
		new(*xmpp.JoinError), new(*xmpp.LoginError), new(*xmpp.NickError), new(*xmpp.NoHostError), new(*xmpp.NoRoomError),
		new(*xmpp.NoServiceError), new(*xmpp.ProtectedError), new(*xmpp.ProtocolError), new(*xmpp.ReasonError), new(*xmpp.RefusedError),
		new(*xmpp.StanzaError), new(*xmpp.TakenError),
		new(*AdmissionError), new(*EvictionError), new(*ExpectError), new(*ForbiddenError), new(*GrantError), new(*PlanUsedError),
		new(*RuleError), new(*ScopeError), new(*SelectionError),
	} {
		if errors.As(err, kind) {
			return true
		}
	}
	return false
}

// isForLog reports whether the words for an error leave out something.
func isForLog(err error) bool { return err != nil && !speaksForItself(unworded(err)) }

// A wordedError is a cause with the words for it.
type wordedError struct {
	text  string
	cause error
}

func (e *wordedError) Error() string { return e.text }

// Unwrap returns what the words leave out.
func (e *wordedError) Unwrap() error { return e.cause }

// because says what is not so, and why.
func because(what string, cause error) error {
	return &wordedError{what + ": " + InWords(cause), cause}
}

// unworded returns what words leave out of an error, for the log.
func unworded(err error) error {
	var known *wordedError
	var silent *silenceError
	switch {
	case errors.As(err, &known):
		return unworded(known.cause)
	case errors.As(err, &silent):
		return unworded(silent.cause)
	}
	return err
}
