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

// answerTo is the one table from errors to answers, for programs and pages
// alike. What is not in it is a fault of ours, and its details stay in the log.
func answerTo(err error) answer {
	var (
		address   *xmpp.AddressError
		nick      *xmpp.NickError
		reason    *xmpp.ReasonError
		field     fieldError
		noHost    *xmpp.NoHostError
		noService *xmpp.NoServiceError
		noRoom    *xmpp.NoRoomError
		taken     *xmpp.TakenError
		account   *xmpp.AccountError
		domain    *xmpp.DomainError
		setting   *xmpp.FieldError
		changed   *xmpp.ChangedError
		protected *xmpp.ProtectedError
		refused   *xmpp.RefusedError
		join      *xmpp.JoinError
		stanza    *xmpp.StanzaError
		rule      *store.RuleError
		protocol  *xmpp.ProtocolError
		forbidden *moderation.ForbiddenError
		selection *moderation.SelectionError
		framework *fiber.Error
	)
	switch {
	case errors.Is(err, errUnauthorized):
		return answer{status: http.StatusUnauthorized, text: errUnauthorized.Error()}
	case errors.Is(err, errTooManyGuesses):
		return answer{status: http.StatusTooManyRequests, text: errTooManyGuesses.Error(), retry: true}
	case errors.Is(err, errTooManySearches):
		return answer{status: http.StatusTooManyRequests, text: errTooManySearches.Error(), retry: true}
	case errors.Is(err, errTokenUnchecked):
		return answer{status: http.StatusServiceUnavailable, text: errTokenUnchecked.Error(), retry: true}
	case errors.Is(err, errOperatorUnchecked):
		return answer{status: http.StatusServiceUnavailable, text: errOperatorUnchecked.Error(), retry: true}
	case errors.Is(err, errSignedOut):
		return answer{status: http.StatusUnauthorized, text: errSignedOut.Error()}
	case errors.Is(err, errForgery):
		return answer{status: http.StatusForbidden, text: errForgery.Error()}
	case errors.Is(err, errNoPasswords):
		return answer{status: http.StatusForbidden, text: errNoPasswords.Error()}
	case errors.Is(err, errNoPassword):
		return answer{status: http.StatusForbidden, text: errNoPassword.Error()}
	case errors.As(err, &forbidden):
		return answer{status: http.StatusForbidden, text: err.Error()}
	case errors.Is(err, errMissingFields):
		return answer{status: http.StatusBadRequest, text: errMissingFields.Error()}
	case errors.As(err, &field), errors.As(err, &address), errors.As(err, &nick), errors.As(err, &reason), errors.As(err, &rule),
		errors.As(err, &account), errors.As(err, &domain), errors.As(err, &setting), errors.Is(err, xmpp.ErrHiddenAccount),
		errors.Is(err, store.ErrCursor):
		return answer{status: http.StatusBadRequest, text: err.Error()}
	case errors.Is(err, transport.ErrBodyTimeout):
		return answer{status: http.StatusRequestTimeout, text: transport.ErrBodyTimeout.Error()}
	case errors.Is(err, transport.ErrBodyTooLarge):
		return answer{status: http.StatusRequestEntityTooLarge, text: transport.ErrBodyTooLarge.Error()}
	case errors.Is(err, transport.ErrBodyBroken):
		return answer{status: http.StatusBadRequest, text: transport.ErrBodyBroken.Error()}
	case errors.Is(err, errCompressed):
		return answer{status: http.StatusUnsupportedMediaType, text: errCompressed.Error()}
	case errors.Is(err, xmpp.ErrTooLarge):
		return answer{status: http.StatusRequestEntityTooLarge, text: xmpp.ErrTooLarge.Error()}

	case errors.As(err, &noHost):
		return answer{status: http.StatusNotFound, text: "MUC not found: No such host: " + noHost.Host}
	case errors.As(err, &noService):
		return answer{status: http.StatusNotFound, text: fmt.Sprintf("MUC not found: Host '%s' is not a MUC service", noService.Host)}
	case errors.As(err, &noRoom):
		return answer{status: http.StatusNotFound, text: fmt.Sprintf("MUC not found: No MUC '%s' found for host: %s", noRoom.Room.Local(), noRoom.Room.Domain())}

	case errors.As(err, &taken):
		return answer{status: http.StatusConflict, text: "not kicked: " + err.Error()}
	case errors.As(err, &protected), errors.As(err, &changed):
		return answer{status: http.StatusConflict, text: err.Error()}
	case errors.Is(err, xmpp.ErrUnknown):
		return answer{status: http.StatusGatewayTimeout, text: xmpp.ErrUnknown.Error()}
	case errors.Is(err, xmpp.ErrNoOccupant):
		return couldNotKick("modify: item-not-found")
	case errors.Is(err, xmpp.ErrOwnOccupant):
		return couldNotKick("cancel: not-allowed")
	case errors.As(err, &refused):
		return couldNotKick(refused.Err.Type + ": " + refused.Err.Condition)
	case errors.As(err, &join) && errors.As(join.Err, &stanza):
		return couldNotKick(stanza.Type + ": " + stanza.Condition)

	case errors.Is(err, moderation.ErrNotAudited):
		return answer{status: http.StatusServiceUnavailable, text: "not kicked: " + moderation.ErrNotAudited.Error(), retry: true}
	case errors.Is(err, xmpp.ErrOffline), errors.Is(err, xmpp.ErrOverloaded), errors.Is(err, xmpp.ErrNotSent),
		errors.Is(err, xmpp.ErrNoAnswer), errors.As(err, &join), errors.As(err, &stanza), errors.As(err, &protocol):
		return answer{status: http.StatusServiceUnavailable, text: "not kicked: " + err.Error(), retry: true}
	case errors.Is(err, context.DeadlineExceeded):
		return answer{status: http.StatusServiceUnavailable, text: "this took too long", retry: true}
	case errors.As(err, &framework) && framework.Code == http.StatusNotFound: // its text repeats the address
		return answer{status: http.StatusNotFound, text: errNoPage.Error()}
	case errors.As(err, &framework):
		return answer{status: framework.Code, text: framework.Message}
	case errors.Is(err, moderation.ErrNoPlan), errors.Is(err, moderation.ErrNoJob), errors.Is(err, moderation.ErrNoBar):
		return answer{status: http.StatusNotFound, text: err.Error()}
	case errors.As(err, &selection):
		return answer{status: http.StatusBadRequest, text: err.Error()}
	case errors.Is(err, moderation.ErrNoEffect):
		return answer{status: http.StatusNotFound, text: moderation.ErrNoEffect.Error()}
	case errors.Is(err, moderation.ErrEffectBusy):
		return answer{status: http.StatusConflict, text: moderation.ErrEffectBusy.Error()}
	case errors.Is(err, errNoPage):
		return answer{status: http.StatusNotFound, text: errNoPage.Error()}
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
