package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
)

// readyTimeout bounds how long the store may take to say that it is well.
const readyTimeout = 3 * time.Second

// handleHealth says that the process is alive.
func (s *Server) handleHealth(c *fiber.Ctx) error {
	return c.JSON(map[string]string{"status": "ok"})
}

// handleReady says whether a kick would work: 200 if the chat server is
// connected and the audit trail takes entries, else 503 naming what is wrong.
func (s *Server) handleReady(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyTimeout)
	defer cancel()
	report := map[string]string{"chat": "ok", "store": "ok"}
	if status, _ := s.chat.Status(); !status.Online {
		report["chat"] = "not connected"
		c.Status(http.StatusServiceUnavailable)
	}
	if err := s.store.Ping(ctx); err != nil {
		s.logger(c).WarnContext(ctx, "store not ready", "error", err)
		report["store"] = "does not accept entries"
		c.Status(http.StatusServiceUnavailable)
	}
	return c.JSON(report)
}
