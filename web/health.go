package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/store"
)

// readyTimeout bounds how long the store may take to say that it is well.
const readyTimeout = 3 * time.Second

// handleHealth says that the process is alive.
func (s *Server) handleHealth(c *fiber.Ctx) error {
	return c.JSON(map[string]string{"status": "ok"})
}

// handleReady answers 200 if the chat server is connected and the audit trail takes
// entries, else 503 naming what is wrong. Whether the account may kick it does not
// know: that is for "muckick check".
func (s *Server) handleReady(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyTimeout)
	defer cancel()
	report := map[string]string{"chat": "ok", "store": "ok"}
	if status, _ := s.chat.Status(); !status.Online {
		report["chat"] = chatTrouble(status.Err)
		c.Status(http.StatusServiceUnavailable)
	}
	if err := s.store.Ping(ctx); err != nil {
		s.logger(c).WarnContext(ctx, "store not ready", "error", err)
		report["store"] = storeTrouble(err)
		c.Status(http.StatusServiceUnavailable)
	}
	return c.JSON(report)
}

// chatTrouble words why there is no session with the chat server. Details stay
// in the log, since anybody may ask.
func chatTrouble(err error) string {
	const trouble = "not connected"
	switch offlineCause(err) {
	case views.OfflineRefused:
		return trouble + ": the login was refused"
	case views.OfflineUnchecked:
		return trouble + ": the chat server cannot check the password"
	case views.OfflineNoLogin:
		return trouble + ": the chat server offers no way to log in"
	case views.OfflineCertificate:
		return trouble + ": the chat server's certificate is not accepted"
	}
	return trouble
}

// storeTrouble words why the audit trail takes no entries.
func storeTrouble(err error) string {
	const trouble = "does not accept entries"
	switch {
	case errors.Is(err, store.ErrMoved):
		return trouble + ": its file was moved away or replaced"
	case errors.Is(err, store.ErrFull):
		return trouble + ": it is full"
	case errors.Is(err, store.ErrReadOnly):
		return trouble + ": it is read-only"
	case errors.Is(err, store.ErrLogin):
		return trouble + ": its login was refused"
	case errors.Is(err, context.DeadlineExceeded):
		return trouble + ": it does not answer"
	case errors.Is(err, store.ErrUnreachable):
		return trouble + ": it cannot be reached"
	}
	return trouble
}
