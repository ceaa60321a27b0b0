package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/transport"
	"muckick/xmpp"
)

var (
	errUnauthorized  = fixedError("Authorization failed")
	errMissingFields = fixedError("Missing nickname and/or MUC")

	// errTooManyGuesses means that an address sent too many wrong secrets.
	errTooManyGuesses = fixedError("Authorization failed too often")

	// errTooManySearches means that an operator has too many searches under way.
	errTooManySearches = errors.New("you have other searches or exports under way: wait for them, or end them")

	// errSignedOut means that a page needs an operator and nobody is signed in.
	errSignedOut = errors.New("you are not signed in")

	// errForgery means that a form did not come from a page of ours.
	errForgery = errors.New("this form is too old, or it came from another site")

	// errTokenUnchecked means that the store could not be asked for a token.
	errTokenUnchecked = errors.New("not kicked: the token cannot be checked now")

	// errOperatorUnchecked means that the store could not be asked for an
	// operator or a session.
	errOperatorUnchecked = errors.New("who you are cannot be checked now")

	// errCompressed means that a body is encoded, which nothing here inflates.
	errCompressed = errors.New("the body must not be compressed: send it without Content-Encoding")

	// errNoPage means that there is nothing at an address.
	errNoPage = errors.New("there is no such page")
)

// A fixedError has the reference's very words.
type fixedError string

func (e fixedError) Error() string { return string(e) }

// A fieldError names a field of a request and what is wrong with it.
type fieldError struct{ field, problem string }

func (e fieldError) Error() string { return e.field + " " + e.problem }

// An answer is what the client of a failed request is told.
type answer struct {
	status int
	text   string // in one line, for programs
	retry  bool   // trying again soon may help
}

// inOwnWords are the errors that are answered with nothing but their own words:
// what was added to them on the way stays in the log.
var inOwnWords = []struct {
	err    error
	status int
	retry  bool
}{
	{errUnauthorized, http.StatusUnauthorized, false},
	{errSignedOut, http.StatusUnauthorized, false},
	{errTooManyGuesses, http.StatusTooManyRequests, true},
	{errTooManySearches, http.StatusTooManyRequests, true},
	{errTokenUnchecked, http.StatusServiceUnavailable, true},
	{errOperatorUnchecked, http.StatusServiceUnavailable, true},
	{errForgery, http.StatusForbidden, false},
	{errNoPasswords, http.StatusForbidden, false},
	{errNoPassword, http.StatusForbidden, false},
	{errMissingFields, http.StatusBadRequest, false},
	{errNoPage, http.StatusNotFound, false},
	{errCompressed, http.StatusUnsupportedMediaType, false},
	{transport.ErrBodyTimeout, http.StatusRequestTimeout, false},
	{transport.ErrBodyTooLarge, http.StatusRequestEntityTooLarge, false},
	{transport.ErrBodyBroken, http.StatusBadRequest, false},
	{xmpp.ErrTooLarge, http.StatusRequestEntityTooLarge, false},
	{moderation.ErrNoEffect, http.StatusNotFound, false},
	{moderation.ErrEffectBusy, http.StatusConflict, false},
	{moderation.ErrNoExemption, http.StatusNotFound, false},
}

// answerTo is the one table from errors to answers, for programs and pages
// alike. What is not in it is a fault of ours, and its details stay in the log.
//
// It is apart from [xmpp.OutcomeOf], which knows no HTTP, and from what package
// views says of an outcome, which is read from the store without an error. A test
// sees to it that each error of packages xmpp and moderation was thought of in all
// three.
func answerTo(err error) answer {
	for _, own := range inOwnWords {
		if errors.Is(err, own.err) {
			return answer{status: own.status, text: own.err.Error(), retry: own.retry}
		}
	}
	var (
		noHost    *xmpp.NoHostError
		noService *xmpp.NoServiceError
		noRoom    *xmpp.NoRoomError
		refused   *xmpp.RefusedError
		stanza    *xmpp.StanzaError
		framework *fiber.Error
	)
	joining := errors.As(err, new(*xmpp.JoinError))
	switch {
	case errors.As(err, new(*moderation.ForbiddenError)):
		return answer{status: http.StatusForbidden, text: err.Error()}
	case errors.As(err, new(fieldError)), errors.As(err, new(*store.RuleError)), errors.Is(err, store.ErrCursor),
		errors.As(err, new(*xmpp.AddressError)), errors.As(err, new(*xmpp.NickError)), errors.As(err, new(*xmpp.ReasonError)),
		errors.As(err, new(*xmpp.AccountError)), errors.As(err, new(*xmpp.DomainError)), errors.As(err, new(*xmpp.FieldError)),
		errors.Is(err, xmpp.ErrHiddenAccount), errors.As(err, new(*moderation.SelectionError)):
		return answer{status: http.StatusBadRequest, text: err.Error()}
	case errors.Is(err, moderation.ErrNoPlan), errors.Is(err, moderation.ErrNoJob), errors.Is(err, moderation.ErrNoBar):
		return answer{status: http.StatusNotFound, text: err.Error()}
	case errors.As(err, new(*xmpp.ProtectedError)), errors.As(err, new(*xmpp.ChangedError)), errors.As(err, new(*moderation.AdmissionError)):
		return answer{status: http.StatusConflict, text: err.Error()}

	case errors.As(err, &noHost):
		return answer{status: http.StatusNotFound, text: "MUC not found: No such host: " + noHost.Host}
	case errors.As(err, &noService):
		return answer{status: http.StatusNotFound, text: fmt.Sprintf("MUC not found: Host '%s' is not a MUC service", noService.Host)}
	case errors.As(err, &noRoom):
		return answer{status: http.StatusNotFound, text: fmt.Sprintf("MUC not found: No MUC '%s' found for host: %s", noRoom.Room.Local(), noRoom.Room.Domain())}

	case errors.As(err, new(*xmpp.TakenError)):
		return answer{status: http.StatusConflict, text: "not kicked: " + err.Error()}
	case errors.Is(err, xmpp.ErrUnknown):
		return answer{status: http.StatusGatewayTimeout, text: xmpp.ErrUnknown.Error()}
	case errors.Is(err, xmpp.ErrNoOccupant):
		return couldNotKick("modify: item-not-found")
	case errors.Is(err, xmpp.ErrOwnOccupant):
		return couldNotKick("cancel: not-allowed")
	case errors.As(err, &refused):
		return couldNotKick(refused.Err.Type + ": " + refused.Err.Condition)
	case joining && errors.As(err, &stanza):
		return couldNotKick(stanza.Type + ": " + stanza.Condition)

	case errors.Is(err, moderation.ErrNotAudited):
		return answer{status: http.StatusServiceUnavailable, text: "not kicked: " + moderation.ErrNotAudited.Error(), retry: true}
	case errors.Is(err, xmpp.ErrOffline), errors.Is(err, xmpp.ErrOverloaded), errors.Is(err, xmpp.ErrNotSent),
		errors.Is(err, xmpp.ErrNoAnswer), joining, errors.As(err, &stanza), errors.As(err, new(*xmpp.ProtocolError)):
		return answer{status: http.StatusServiceUnavailable, text: "not kicked: " + err.Error(), retry: true}
	case errors.Is(err, context.DeadlineExceeded):
		return answer{status: http.StatusServiceUnavailable, text: "this took too long", retry: true}
	case errors.As(err, &framework) && framework.Code == http.StatusNotFound: // its text repeats the address
		return answer{status: http.StatusNotFound, text: errNoPage.Error()}
	case errors.As(err, &framework):
		return answer{status: framework.Code, text: framework.Message}
	}
	return answer{status: http.StatusInternalServerError, text: "internal error"}
}

func couldNotKick(why string) answer {
	return answer{status: http.StatusBadRequest, text: "Couldn't kick user: " + why}
}

// retryAfter is how many seconds a client is asked to wait.
const retryAfter = "2"

// handleError answers a request whose handler failed, as its client can read
// it: JSON for programs, a page for people.
func (s *Server) handleError(c *fiber.Ctx, err error) error {
	a := answerTo(err)
	if a.status >= http.StatusInternalServerError && c.Locals(loggedKey) == nil {
		s.logger(c).LogAttrs(c.UserContext(), slog.LevelError, "request failed",
			slog.String("method", c.Method()), slog.String("route", c.Route().Path), slog.Int("status", a.status), slog.Any("error", err))
	}
	if a.retry {
		c.Set(fiber.HeaderRetryAfter, retryAfter)
	}
	c.Status(a.status)
	if wantsHTML(c) {
		return s.errorPage(c, err, a)
	}
	return sendError(c, a.text)
}
