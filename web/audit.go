package web

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a server may lack the zones that browsers know

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/store"
	"muckick/xmpp"
)

// entriesPerPage is how many kicks a page of the audit trail shows.
const entriesPerPage = 50

// day is how a filter writes a date.
const day = "2006-01-02"

func (s *Server) handleAudit(c *fiber.Ctx) error {
	m := views.AuditModel{Page: s.page(c, "Audit", views.SectionAudit), Filter: typedFilter(c), After: c.Query("after")}
	filter, problem := storeFilter(m.Filter)
	if problem != "" {
		m.Problem = problem
		return render(c.Status(fiber.StatusBadRequest), views.Audit(m))
	}
	attempts, next, err := s.store.Attempts(c.UserContext(), filter, store.Page{Limit: entriesPerPage, After: store.Cursor(m.After)})
	if err != nil {
		return err
	}
	m.Next = string(next)
	for _, attempt := range attempts {
		m.Entries = append(m.Entries, auditEntry(attempt))
	}
	return render(c, views.Audit(m))
}

// typedFilter reads the filter as it was typed.
func typedFilter(c *fiber.Ctx) views.AuditFilter {
	field := func(name string) string { return strings.TrimSpace(c.Query(name)) }
	f := views.AuditFilter{
		From: field("from"), To: field("to"), Zone: field("zone"), Actor: field("actor"), Room: field("room"),
		Nick: c.Query("nick"), JID: field("jid"), Outcome: views.Outcome(field("outcome")),
		Kind: views.ActorKind(field("kind")),
	}
	if f.From == "" && f.To == "" {
		f.Zone = "" // which would filter nothing
	}
	return f
}

// storeFilter returns what the store is asked for, or what is wrong with it.
func storeFilter(typed views.AuditFilter) (filter store.Filter, problem string) {
	filter = store.Filter{Actor: typed.Actor, Room: preparedRoom(typed.Room), Nick: typed.Nick, RealJID: typed.JID}
	zone, err := time.LoadLocation(typed.Zone)
	if err != nil || typed.Zone == "Local" { // which is wherever muckick runs
		return store.Filter{}, "There is no such time zone."
	}
	for _, date := range []struct {
		text  string
		into  *time.Time
		later int // days
	}{{typed.From, &filter.From, 0}, {typed.To, &filter.To, 1}} {
		if date.text == "" {
			continue
		}
		at, err := time.ParseInLocation(day, date.text, zone)
		if err != nil {
			return store.Filter{}, "A day has the form 2006-01-31."
		}
		*date.into = at.AddDate(0, 0, date.later)
	}
	if typed.Kind != "" && !slices.Contains(views.ActorKinds(), typed.Kind) {
		return store.Filter{}, "There is no such way to ask for a kick."
	}
	filter.Kind = store.ActorKind(typed.Kind)
	if typed.Outcome == "" {
		return filter, ""
	}
	for _, outcome := range []store.Outcome{store.Pending, store.Kicked, store.Refused, store.NotFound, store.Failed, store.Unknown} {
		// Exports write it as the store does.
		if typed.Outcome == viewOutcome(outcome) || typed.Outcome == views.Outcome(outcome) {
			filter.Outcome = outcome
			return filter, ""
		}
	}
	return store.Filter{}, "There is no such outcome."
}

// preparedRoom writes an address as the audit trail does, if it is one.
func preparedRoom(typed string) string {
	room, err := xmpp.ParseRoom(typed)
	if err != nil {
		return typed
	}
	return room.String()
}

func auditEntry(a store.Attempt) views.AuditEntry {
	return views.AuditEntry{
		ID: string(a.ID), At: a.Time, Actor: a.Actor.Name, Kind: views.ActorKind(a.Actor.Kind), Address: a.Address,
		Room: a.Room, Nick: a.Nick, RealJID: a.RealJID,
		Reason: a.Reason, Outcome: viewOutcome(a.Outcome), Detail: a.Detail, Duration: a.Duration,
	}
}

func (s *Server) handleAuditCSV(c *fiber.Ctx) error {
	return s.export(c, "csv", "text/csv; charset=utf-8", store.WriteCSV)
}

func (s *Server) handleAuditJSONLines(c *fiber.Ctx) error {
	return s.export(c, "jsonl", "application/jsonl; charset=utf-8", store.WriteJSONLines)
}

// export streams the entries that the filter allows as a file. When it cannot
// be completed, the connection ends before the body does, so that the client
// does not take a part for the whole.
func (s *Server) export(c *fiber.Ctx, extension, contentType string, write func(io.Writer, iter.Seq2[store.Attempt, error]) error) error {
	filter, problem := storeFilter(typedFilter(c))
	if problem != "" {
		return fiber.NewError(fiber.StatusBadRequest, problem)
	}
	c.Set(fiber.HeaderContentType, contentType)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="muckick-audit-`+s.now().UTC().Format(day)+"."+extension+`"`)
	if c.Method() == fiber.MethodGet {
		s.note(c, store.Event{Kind: store.Exported, Origin: s.origin(c, sessionOf(c).Operator), Detail: extension + " " + c.Context().QueryArgs().String()})
	}
	// The stream outlives the handler, and with it the request's context.
	log := s.logger(c)
	secret, _ := s.cookies.get(c, sessionCookie(c))
	s.streams.Start(c.Context(), func(w *bufio.Writer, cut func(error)) error {
		ctx, stop := s.whileSignedIn(s.streaming, secret, cut)
		defer stop()
		err := write(w, s.store.EachAttempt(ctx, filter))
		if err != nil && !errors.Is(err, io.ErrClosedPipe) { // which means that the client has left
			log.ErrorContext(ctx, "export ended early", "error", err)
		}
		return err
	})
	return nil
}
