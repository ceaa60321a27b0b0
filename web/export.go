package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/web/store"
)

func (s *Server) handleAuditCSV(c *fiber.Ctx) error {
	return s.exportAttempts(c, "csv", store.WriteCSV)
}

func (s *Server) handleAuditJSONLines(c *fiber.Ctx) error {
	return s.exportAttempts(c, "jsonl", store.WriteJSONLines)
}

func (s *Server) exportAttempts(c *fiber.Ctx, format string, write func(io.Writer, iter.Seq2[store.Attempt, error]) error) error {
	filter, problem := storeFilter(typedFilter(c), principalOf(c))
	if problem != "" {
		return fiber.NewError(fiber.StatusBadRequest, problem)
	}
	return s.export(c, "audit", format, func(ctx context.Context, w io.Writer) error {
		return write(w, s.store.EachAttempt(ctx, filter))
	})
}

func (s *Server) handleAuditEventsCSV(c *fiber.Ctx) error {
	return s.exportEvents(c, "csv", store.WriteEventsCSV)
}

func (s *Server) handleAuditEventsJSONLines(c *fiber.Ctx) error {
	return s.exportEvents(c, "jsonl", store.WriteEventsJSONLines)
}

func (s *Server) exportEvents(c *fiber.Ctx, format string, write func(io.Writer, iter.Seq2[store.Event, error]) error) error {
	filter, problem := storeEventFilter(typedEventsFilter(c))
	if problem != "" {
		return fiber.NewError(fiber.StatusBadRequest, problem)
	}
	return s.export(c, "events", format, func(ctx context.Context, w io.Writer) error {
		return write(w, s.store.EachEvent(ctx, filter))
	})
}

// exportTypes are the content types of exports by format, which is also the
// file's extension.
var exportTypes = map[string]string{
	"csv":   "text/csv; charset=utf-8",
	"jsonl": "application/jsonl; charset=utf-8",
}

// export streams what write writes as a file. When it cannot be completed, the
// connection ends before the body does, so that the client does not take a part
// for the whole.
func (s *Server) export(c *fiber.Ctx, what, format string, write func(context.Context, io.Writer) error) error {
	end := func() {}
	if c.Method() == fiber.MethodGet { // whose body alone is written
		var err error
		if end, err = s.searches.export(principalOf(c).ID); err != nil {
			return err
		}
	}
	c.Set(fiber.HeaderContentType, exportTypes[format])
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="muckick-`+what+"-"+s.now().UTC().Format(day)+"."+format+`"`)
	if c.Method() == fiber.MethodGet {
		s.note(c, store.Event{
			Kind: store.Exported, Origin: s.origin(c, sessionOf(c).Operator),
			Detail: strings.TrimSpace(what + " " + format + " " + c.Context().QueryArgs().String()),
		})
	}
	// The stream outlives the handler, and with it the request's context.
	log := s.logger(c)
	secret, _ := s.cookies.get(c, sessionCookie(c))
	grants := principalOf(c).Grants
	s.streams.Start(c.Context(), func(w *bufio.Writer, cut func(error)) error {
		defer end()
		ctx, stop := s.whileSignedIn(s.streaming, secret, grants, cut)
		defer stop()
		err := write(ctx, w)
		if err != nil && !errors.Is(err, io.ErrClosedPipe) { // which means that the client has left
			log.ErrorContext(ctx, "export ended early", "error", err)
		}
		return err
	})
	return nil
}
