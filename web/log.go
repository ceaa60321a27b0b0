package web

import (
	"crypto/rand"
	"log/slog"

	"github.com/gofiber/fiber/v2"
)

// requestKey is where guard leaves the id of the request, which the log and the
// client see.
const requestKey = "request"

// loggedKey is where logKick leaves that the request has its line in the log.
const loggedKey = "logged"

func newRequestID() string { return rand.Text()[:12] }

// logger returns the log with the request's id.
func (s *Server) logger(c *fiber.Ctx) *slog.Logger {
	id, _ := c.Locals(requestKey).(string)
	return s.log.With("request", id)
}

// logKick notes a kick and what became of it, once.
func (s *Server) logKick(c *fiber.Ctx, attempt *kickAttempt, err error) {
	c.Locals(loggedKey, true)
	level := slog.LevelInfo
	if err != nil && answerTo(err).status >= fiber.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("outcome", string(attempt.outcome)),
		slog.String("actor", string(attempt.actor.Kind)), slog.String("name", attempt.actor.Name),
		slog.String("address", attempt.address), slog.String("room", attempt.jid.String()), slog.String("nick", attempt.target.Nick),
		slog.Duration("took", attempt.took),
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	s.logger(c).LogAttrs(c.UserContext(), level, "kick", attrs...)
}
