package web

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

const (
	// standingShown is how many effects the page shows.
	standingShown = 500

	// bansPerPage is how many bans a page of them shows.
	bansPerPage = 100
)

// handleStanding shows the effects that stand in the rooms of the operator.
func (s *Server) handleStanding(c *fiber.Ctx) error {
	grants := principalOf(c).Grants
	scopes := append([]moderation.Scope{}, grants.Scopes(moderation.See)...) // never nil, which allows all
	effects, err := s.store.Effects(c.UserContext(), store.EffectFilter{Within: scopes}, standingShown+1)
	if err != nil {
		return err
	}
	m := views.StandingModel{Page: s.page(c, "Standing", views.SectionStanding), More: len(effects) > standingShown, Durations: s.options.Durations}
	for _, e := range effects[:min(len(effects), standingShown)] {
		m.Effects = append(m.Effects, effectEntry(e, grants))
	}
	if m.Bars, m.MoreBars, err = s.bars(c, moderation.BarFilter{}); err != nil {
		return err
	}
	return render(c, views.Standing(m))
}

func effectEntry(e store.Effect, grants moderation.Grants) views.EffectEntry {
	return views.EffectEntry{
		ID: string(e.ID), Action: e.Action, Room: e.Room.String(), Account: e.Account, Nick: e.Nick, Reason: e.Reason, By: e.By.Name,
		Since: e.Since, Until: e.Until, MembersOnly: e.MembersOnly, Pending: e.State == moderation.EffectPending, Problem: e.Problem, Due: e.Due,
		Granted: e.Members(), MayLift: grants.May(moderation.Needs(e.Action), e.Room),
	}
}

// effectOf returns the effect that a form names. Of one in a room that the
// operator does not know they do not learn.
func (s *Server) effectOf(c *fiber.Ctx) (store.Effect, error) {
	e, err := s.store.Effect(c.UserContext(), store.EffectID(c.FormValue("id")))
	if err == nil && !principalOf(c).Grants.Knows(e.Room) {
		err = moderation.ErrNoEffect
	}
	return e, err
}

// handleLift takes an effect back.
func (s *Server) handleLift(c *fiber.Ctx) error {
	e, err := s.effectOf(c)
	if err != nil {
		return err
	}
	order := s.desk.Lifting(principalOf(c), s.clientAddress(c), e)
	if !e.Stands() {
		// What stands there by now is not what the page showed.
		s.setFlash(c, resultOf(order, moderation.Conclusion{Outcome: xmpp.Already, Detail: string(e.State)}, nil).Message())
		return c.Redirect(s.backTo(c, "/standing"), fiber.StatusSeeOther)
	}
	conclusion, err := s.desk.Lift(c.UserContext(), order, e)
	s.metrics.observeAction(order.Principal.Kind, order.Action.Kind, conclusion.Outcome, conclusion.Duration)
	s.logAction(c, order, conclusion, err)
	if !order.Action.Kind.IsOfPerson() {
		refresh, done := context.WithTimeout(context.WithoutCancel(c.UserContext()), refreshPatience)
		defer done()
		s.hub.refresh(refresh, e.Room)
	}
	s.setFlash(c, resultOf(order, conclusion, err).Message())
	return c.Redirect(s.backTo(c, "/standing"), fiber.StatusSeeOther)
}

// handleEffectEnd changes when an effect ends by itself.
func (s *Server) handleEffectEnd(c *fiber.Ctx) error {
	e, err := s.effectOf(c)
	if err != nil {
		return err
	}
	if err := principalOf(c).Require(moderation.Needs(e.Action), e.Room); err != nil {
		return err
	}
	until, err := s.readEnd(c)
	if err != nil {
		return err
	}
	if err := s.store.SetEffectEnd(c.UserContext(), e.ID, until); err != nil {
		return err
	}
	what := string(e.Action) + " in " + e.Room.String() + ", for ever"
	if !until.IsZero() {
		what = string(e.Action) + " in " + e.Room.String() + ", until " + until.UTC().Format("2006-01-02 15:04:05") + " UTC"
	}
	s.note(c, store.Event{Kind: store.EffectChanged, Origin: s.origin(c, sessionOf(c).Operator), Subject: e.Account, SubjectID: string(e.ID), Detail: what})
	s.setFlash(c, views.Message{Tone: views.ToneGood, Title: "Changed", Subject: e.Account, Text: sentence(what)})
	return c.Redirect("/standing", fiber.StatusSeeOther)
}

// handleBans shows who is banned from a room, by the room's own list.
func (s *Server) handleBans(c *fiber.Ctx) error {
	room, err := roomOf(c)
	if err != nil {
		return err
	}
	m := views.BansModel{
		Page: s.page(c, "Bans", views.SectionRooms), Room: room.String(), Filter: strings.TrimSpace(c.Query("q")),
		Reasons: s.options.Reasons, Durations: s.options.Durations, Number: 1, Last: 1,
	}
	list, ours, err := s.desk.Outcasts(c.UserContext(), room)
	var refused *xmpp.RefusedError
	var join *xmpp.JoinError
	switch {
	case errors.As(err, &refused), errors.As(err, &join):
		m.Problem, m.Detail = "The room does not show muckick whom it has banned: its account has to be an admin or owner there.", err.Error()
		return render(c, views.Bans(m))
	case err != nil:
		return err
	}
	m.Total = len(list)
	wanted := strings.ToLower(m.Filter)
	list = slices.DeleteFunc(list, func(a xmpp.Affiliated) bool {
		return !strings.Contains(strings.ToLower(a.Account), wanted) && !strings.Contains(strings.ToLower(a.Reason), wanted)
	})
	m.Last = max(1, (len(list)+bansPerPage-1)/bansPerPage)
	if number, err := strconv.Atoi(c.Query("page")); err == nil {
		m.Number = min(max(number, 1), m.Last)
	}
	first := (m.Number - 1) * bansPerPage
	for _, a := range list[first:min(first+bansPerPage, len(list))] {
		entry := views.BanEntry{Account: a.Account, Reason: a.Reason}
		if e, known := ours[a.Account]; known {
			ours := effectEntry(e, principalOf(c).Grants)
			entry.Ours = &ours
			if entry.Reason == ours.Reason {
				entry.Reason = "" // said with ours
			}
		}
		m.Bans = append(m.Bans, entry)
	}
	return render(c, views.Bans(m))
}
