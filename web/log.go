package web

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/web/moderation"
)

// requestKey is where guard leaves the id of the request, which the log and the
// client see.
const requestKey = "request"

// loggedKey is where logAction leaves that the request has its line in the log.
const loggedKey = "logged"

// errPanicked means that a handler panicked, which the log has.
var errPanicked = errors.New("internal error")

// recoverPanic makes an error of a panic of the handlers that follow.
func (s *Server) recoverPanic(c *fiber.Ctx) (err error) {
	defer func() {
		if value := recover(); value != nil {
			s.metrics.panics.Inc()
			s.logger(c).LogAttrs(c.UserContext(), slog.LevelError, "a handler panicked",
				slog.String("method", c.Method()), slog.String("route", c.Route().Path),
				slog.Any("panic", value), slog.String("stack", string(debug.Stack())))
			c.Locals(loggedKey, true)
			err = errPanicked
		}
	}()
	return c.Next()
}

// logRequest notes every request on the level debug, without what is behind the
// question mark of its address.
func (s *Server) logRequest(c *fiber.Ctx) error {
	if !s.log.Enabled(c.UserContext(), slog.LevelDebug) {
		return c.Next()
	}
	began := time.Now()
	err := c.Next()
	s.logger(c).LogAttrs(c.UserContext(), slog.LevelDebug, "request",
		slog.String("method", c.Method()), slog.String("path", c.Path()), slog.Int("status", statusOf(c, err)),
		slog.String("address", s.clientAddress(c)), slog.Duration("took", time.Since(began)))
	return err
}

// statusOf is the status of an answer whose handler returned err.
func statusOf(c *fiber.Ctx, err error) int {
	if err != nil {
		return answerTo(err).status
	}
	return c.Response().StatusCode()
}

// noteRefused counts a request that reaches no handler.
func (s *Server) noteRefused(status int) {
	s.metrics.observeRefused(status)
	s.log.Debug("request that no handler gets", "status", status)
}

// logPanic is for panics that end no request, or one that no handler has.
func (s *Server) logPanic(value any, stack []byte) {
	s.metrics.panics.Inc()
	s.log.Error("panic", "panic", value, "stack", string(stack))
}

func newRequestID() string { return rand.Text()[:12] }

// logger returns the log with the request's id.
func (s *Server) logger(c *fiber.Ctx) *slog.Logger {
	id, _ := c.Locals(requestKey).(string)
	return s.log.With("request", id)
}

// logAction notes an action and what became of it, once.
func (s *Server) logAction(c *fiber.Ctx, order moderation.Order, conclusion moderation.Conclusion, err error) {
	c.Locals(loggedKey, true)
	level := slog.LevelInfo
	if err != nil && answerTo(err).status >= fiber.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("outcome", string(conclusion.Outcome)),
		slog.String("actor", string(order.Principal.Kind)), slog.String("name", order.Principal.Name),
		slog.String("address", order.Address), slog.String("room", order.Action.Room.String()), slog.String("nick", order.Action.Target.Nick),
		slog.Duration("took", conclusion.Duration),
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	s.logger(c).LogAttrs(c.UserContext(), level, string(order.Action.Kind), attrs...)
}
