package web

import (
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// The fields of a form besides those of a kick.
const (
	formAction = "action" // what is to be done, as xmpp.ActionKind
	formKind   = "kind"   // what is to be planned, where formAction says what is done at once
	formFor    = "for"    // for how long, as time.Duration writes it; empty for ever
	formUntil  = "until"  // or until which moment, as browsers write a local time in UTC; counts before the other
)

// maxLasting bounds for how long something lasts that is to end by itself.
const maxLasting = 10 * 366 * 24 * time.Hour

// handleAct carries out what a form of a room's page asks for. Kicks go by
// handleKick, where programs kick too; both end in act.
func (s *Server) handleAct(c *fiber.Ctx) error {
	room, err := roomOf(c)
	if err != nil {
		return err
	}
	request, err := readKickForm(c)
	if err != nil {
		return err
	}
	kind := xmpp.ActionKind(c.FormValue(formAction))
	if !slices.Contains(xmpp.ActionKinds(), kind) || !kind.IsOfPerson() || kind == xmpp.ActionMember || kind == xmpp.ActionUnmember {
		return fieldError{formAction, "is no action"}
	}
	until, err := s.readEnd(c)
	if err != nil {
		return err
	}
	caller := caller{principal: principalOf(c), signedIn: true, session: sessionOf(c)}
	request.room = room.String()
	order, err := s.orderOf(c, caller, kind, request)
	if err != nil {
		return err
	}
	order.Until = until
	ctx, cancel := context.WithTimeout(c.UserContext(), s.options.KickTimeout)
	defer cancel()
	c.SetUserContext(ctx)
	return s.act(c, caller, order)
}

// act carries out an order and answers with what became of it.
func (s *Server) act(c *fiber.Ctx, caller caller, order moderation.Order) error {
	conclusion, err := s.carryOut(c, order)
	return s.answerAction(c, caller, order, conclusion, err)
}

// carryOut carries out an order, and notes what became of it.
func (s *Server) carryOut(c *fiber.Ctx, order moderation.Order) (moderation.Conclusion, error) {
	conclusion, err := s.desk.Do(c.UserContext(), order)
	// However long the action took, what became of it is told.
	c.SetUserContext(context.WithoutCancel(c.UserContext()))
	s.metrics.observeAction(order.Principal.Kind, order.Action.Kind, conclusion.Outcome, conclusion.Duration)
	s.logAction(c, order, conclusion, err)
	return conclusion, err
}

// readEnd reads when what a form asks for is to end by itself: zero for never.
func (s *Server) readEnd(c *fiber.Ctx) (time.Time, error) {
	if text := c.FormValue(formUntil); text != "" {
		until, err := time.Parse("2006-01-02T15:04", text)
		switch {
		case err != nil:
			return time.Time{}, fieldError{formUntil, "is no time"}
		case !until.After(s.now()):
			return time.Time{}, fieldError{formUntil, "is past"}
		case until.Sub(s.now()) > maxLasting:
			return time.Time{}, fieldError{formUntil, "is too far off"}
		}
		return until, nil
	}
	text := c.FormValue(formFor)
	if text == "" {
		return time.Time{}, nil
	}
	lasting, err := time.ParseDuration(text)
	if err != nil || lasting <= 0 || lasting > maxLasting {
		return time.Time{}, fieldError{formFor, "is no time that something may last"}
	}
	return s.now().Add(lasting), nil
}
