package web

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/web/store"
	"muckick/web/transport"
	"muckick/xmpp"
)

// concludeTimeout bounds storing an outcome, which goes on when the caller has
// left.
const concludeTimeout = 10 * time.Second

// kickAttempt is one authorized kick on its way.
type kickAttempt struct {
	kickRequest
	actor   store.Actor
	address string // of the client
	jid     xmpp.RoomJID
	outcome store.Outcome
	took    time.Duration
}

// handleKick kicks an occupant, for programs and for the panel alike. The order
// of its checks is the reference's: authorization, body, room, kick.
func (s *Server) handleKick(c *fiber.Ctx) error {
	attempt, err := s.readKick(c)
	if err != nil {
		return err
	}
	err = s.kick(c.UserContext(), attempt)
	// However long the kick took, what became of it is told.
	c.SetUserContext(context.WithoutCancel(c.UserContext()))
	s.metrics.observeKick(attempt.actor.Kind, attempt.outcome, attempt.took)
	s.logKick(c, attempt, err)
	return s.answerKick(c, attempt, err)
}

// readKick finds out who wants whom kicked where. Nothing that fails here
// reaches the store or the chat server.
func (s *Server) readKick(c *fiber.Ctx) (*kickAttempt, error) {
	attempt := &kickAttempt{address: s.clientAddress(c)}
	var err error
	if header := authorization(c); header != "" || !isPanel(c) {
		if attempt.actor, err = s.api.actor(c.UserContext(), header, attempt.address); err != nil {
			s.noteUnauthorized(c, err)
			return nil, err
		}
		if isCompressed(c) {
			return nil, refuseCompressed(c)
		}
		body, err := transport.ReadBody(c.Context(), maxKickBody)
		if err != nil {
			return nil, err
		}
		if attempt.kickRequest, err = decodeKickJSON(body); err != nil {
			return nil, err
		}
	} else {
		session, err := s.authenticate(c)
		if err != nil {
			return nil, err
		}
		if isCompressed(c) {
			return nil, refuseCompressed(c)
		}
		if _, err := transport.ReadBody(c.Context(), maxKickBody); err != nil {
			return nil, err
		}
		if err := s.checkForm(c, session); err != nil {
			return nil, err
		}
		attempt.actor = session.Operator.Actor()
		if attempt.kickRequest, err = readKickForm(c); err != nil {
			return nil, err
		}
	}
	if attempt.jid, err = s.parseRoom(c.UserContext(), attempt.room); err != nil {
		return nil, err
	}
	// What cannot be sent is not stored either: it may be as long as a body.
	if _, err := xmpp.PrepareNick(attempt.target.Nick); err != nil {
		return nil, err
	}
	return attempt, xmpp.CheckReason(attempt.reason)
}

// parseRoom reads the address of a room. Of one that is a host alone the error
// says first what is wrong with the host, as the reference does.
func (s *Server) parseRoom(ctx context.Context, address string) (xmpp.RoomJID, error) {
	room, err := xmpp.ParseRoom(address)
	if err == nil || strings.Contains(address, "@") {
		return room, err
	}
	var noHost *xmpp.NoHostError
	var noService *xmpp.NoServiceError
	if host := s.chat.CheckService(ctx, address); errors.As(host, &noHost) || errors.As(host, &noService) || errors.Is(host, xmpp.ErrOffline) {
		return xmpp.RoomJID{}, host
	}
	return xmpp.RoomJID{}, err
}

// isPanel reports whether a browser's form sent the request: a program sends no
// session cookie.
func isPanel(c *fiber.Ctx) bool { return c.Cookies(sessionCookie(c)) != "" }

// kick stores the intent, kicks, and stores the outcome. The error is why
// nobody was kicked, or that it is not known.
func (s *Server) kick(ctx context.Context, attempt *kickAttempt) error {
	began := s.now()
	id, err := s.store.Intend(ctx, store.Intent{
		Actor: attempt.actor, Address: attempt.address,
		Room: attempt.jid.String(), Nick: attempt.target.Nick, Reason: attempt.reason,
	})
	s.metrics.observeStore("intend", s.now().Sub(began), err)
	if err != nil {
		attempt.outcome = store.Failed
		return fmt.Errorf("%w: %w", errNotAudited, err)
	}
	began = s.now()
	occupant, kickErr := s.tryKick(ctx, attempt)
	attempt.outcome, attempt.took = outcomeOf(kickErr), s.now().Sub(began)

	conclusion := store.Conclusion{Outcome: attempt.outcome, RealJID: occupant.RealJID, Duration: attempt.took}
	if kickErr != nil {
		conclusion.Detail = kickErr.Error()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), concludeTimeout)
	defer cancel()
	began = s.now()
	err = s.store.Conclude(ctx, id, conclusion)
	s.metrics.observeStore("conclude", s.now().Sub(began), err)
	if err != nil {
		// The intent is on record, and its outcome will be unknown there. The
		// caller is told what the chat server said all the same.
		s.log.ErrorContext(ctx, "outcome of a kick not stored", "attempt", id, "outcome", attempt.outcome, "error", err)
	}
	return kickErr
}

// tryKick kicks. After a panic it is not known how far that came.
func (s *Server) tryKick(ctx context.Context, attempt *kickAttempt) (_ xmpp.Occupant, err error) {
	defer func() {
		if value := recover(); value != nil {
			s.logPanic(value, debug.Stack())
			err = xmpp.ErrUnknown
		}
	}()
	return s.chat.Kick(ctx, attempt.jid, attempt.target, attempt.reason)
}

// outcomeOf says for the audit trail what an error of a kick means.
func outcomeOf(err error) store.Outcome {
	var (
		noHost    *xmpp.NoHostError
		noService *xmpp.NoServiceError
		noRoom    *xmpp.NoRoomError
		refused   *xmpp.RefusedError
		join      *xmpp.JoinError
	)
	switch {
	case err == nil:
		return store.Kicked
	case errors.Is(err, xmpp.ErrUnknown):
		return store.Unknown
	case errors.Is(err, xmpp.ErrNoOccupant), errors.As(err, &noHost), errors.As(err, &noService), errors.As(err, &noRoom):
		return store.NotFound
	case errors.As(err, &refused), errors.Is(err, xmpp.ErrOwnOccupant):
		return store.Refused
	case errors.As(err, &join) && errors.As(err, new(*xmpp.StanzaError)):
		return store.Refused
	}
	return store.Failed
}
