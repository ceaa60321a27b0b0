package web

import (
	"context"
	"errors"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"muckick/web/store"
)

// note puts an event on the trail. The store keeps nobody waiting for it, and
// counts what comes too often.
func (s *Server) note(c *fiber.Ctx, event store.Event) {
	if event.Address == "" {
		event.Address = s.clientAddress(c)
	}
	if err := s.store.Record(c.UserContext(), event); err != nil {
		s.logger(c).ErrorContext(c.UserContext(), "event not recorded", "kind", event.Kind, "error", err)
	}
}

// actAs makes the changes of the request those of the operator, for the trail.
func (s *Server) actAs(c *fiber.Ctx, operator store.Operator) {
	c.SetUserContext(store.WithOrigin(c.UserContext(), s.origin(c, operator)))
}

func (s *Server) origin(c *fiber.Ctx, operator store.Operator) store.Origin {
	return store.Origin{Actor: operator.Actor(), Address: s.clientAddress(c)}
}

// noteUnauthorized notes a program with a wrong header or token.
func (s *Server) noteUnauthorized(c *fiber.Ctx, err error) {
	if !errors.Is(err, errUnauthorized) && !errors.Is(err, errTooManyGuesses) {
		return
	}
	s.metrics.unauthorized.Inc()
	if c.Get(fiber.HeaderAuthorization) == "" {
		return // nobody guessed anything
	}
	address := s.clientAddress(c)
	s.note(c, store.Event{Kind: store.Unauthorized, Origin: store.Origin{Address: address}})
	s.wrongHeaders.Do(func() {
		s.logger(c).LogAttrs(context.Background(), slog.LevelWarn, "authorization refused; the metric counts all of them", slog.String("address", address))
	})
}
