package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

// barsShown is how many of those who are kept out a page shows.
const barsShown = 500

// bars returns who is kept out, as pages show it, and whether there are more.
func (s *Server) bars(c *fiber.Ctx, filter moderation.BarFilter) (entries []views.BarEntry, more bool, err error) {
	principal := principalOf(c)
	bars, err := s.doors.Bars(c.UserContext(), principal, filter)
	if err != nil {
		return nil, false, err
	}
	for _, bar := range bars[:min(len(bars), barsShown)] {
		entries = append(entries, views.BarEntry{
			ID: bar.ID, Room: bar.Room.String(), Account: bar.Account, Nick: bar.Nick, Ban: bar.Kind == xmpp.ActionBan, Reason: bar.Reason,
			By: bar.By.Name, Job: string(bar.Job), Since: bar.Since, Until: bar.Until, Returned: bar.Returned, Acted: bar.Acted, Last: bar.Last,
			MayLetIn: principal.Grants.May(moderation.Needs(bar.Kind), bar.Room),
		})
	}
	return entries, len(bars) > barsShown, nil
}

// formBy says by what somebody is kept out: "ban", or else by kicks.
const formBy = "by"

// readKeepOut reads by what somebody is to be kept out, and until when.
func (s *Server) readKeepOut(c *fiber.Ctx) (kind xmpp.ActionKind, until time.Time, err error) {
	switch by := c.FormValue(formBy); by {
	case "", string(xmpp.ActionKick):
		kind = xmpp.ActionKick
	case string(xmpp.ActionBan):
		kind = xmpp.ActionBan
	default:
		return "", time.Time{}, fieldError{formBy, "is neither kick nor ban"}
	}
	until, err = s.readEnd(c)
	if err == nil && until.IsZero() {
		err = fieldError{formFor, "has to say for how long: to keep somebody out for ever, ban them"}
	}
	return kind, until, err
}

// handleKeepOut keeps those out whom a job threw out.
func (s *Server) handleKeepOut(c *fiber.Ctx) error {
	kind, until, err := s.readKeepOut(c)
	if err != nil {
		return err
	}
	id := moderation.JobID(c.Params("id"))
	count, err := s.doors.KeepOut(c.UserContext(), principalOf(c), s.clientAddress(c), id, kind, until)
	if err != nil {
		return err
	}
	s.setFlash(c, views.KeptOut(count, kind == xmpp.ActionBan, until))
	return c.Redirect(views.JobPath(string(id)), fiber.StatusSeeOther)
}

// handlePersonKeepOut keeps a person out of the rooms that are ticked.
func (s *Server) handlePersonKeepOut(c *fiber.Ctx) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	kind, until, err := s.readKeepOut(c)
	if err != nil {
		return err
	}
	rooms, err := tickedRooms(c)
	if err != nil {
		return err
	}
	err = s.doors.KeepPersonOut(c.UserContext(), principalOf(c), s.clientAddress(c), moderation.Barring{
		Account: account, Rooms: rooms, Kind: kind, Reason: c.FormValue(formReason), Until: until,
	})
	if err != nil {
		return err
	}
	s.setFlash(c, views.KeptOut(len(rooms), kind == xmpp.ActionBan, until))
	return c.Redirect(views.PersonPath(account), fiber.StatusSeeOther)
}

// handleLetIn ends that somebody is kept out.
func (s *Server) handleLetIn(c *fiber.Ctx) error {
	bar, err := s.doors.LetIn(c.UserContext(), principalOf(c), c.FormValue("id"))
	if err != nil {
		return err
	}
	s.setFlash(c, views.LetIn(bar.Kind == xmpp.ActionBan && bar.Acted > 0))
	return c.Redirect(s.backTo(c, "/standing"), fiber.StatusSeeOther)
}
