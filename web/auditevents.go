package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/store"
)

func (s *Server) handleAuditEvents(c *fiber.Ctx) error {
	m := views.EventsModel{Page: s.page(c, "Sign-ins and changes", views.SectionAudit), Filter: typedEventsFilter(c), After: c.Query("after")}
	for _, kind := range store.EventKinds() {
		m.Kinds = append(m.Kinds, string(kind))
	}
	filter, problem := storeEventFilter(m.Filter)
	if problem != "" {
		m.Problem = problem
		return render(c.Status(fiber.StatusBadRequest), views.Events(m))
	}
	end, err := s.searches.page(c.UserContext(), principalOf(c).ID)
	if err != nil {
		return err
	}
	defer end()
	events, next, err := s.store.Events(c.UserContext(), filter, store.Page{Limit: entriesPerPage, After: store.Cursor(m.After)})
	if err != nil {
		return err
	}
	m.Next = string(next)
	for _, event := range events {
		m.Entries = append(m.Entries, eventEntry(event))
	}
	return render(c, views.Events(m))
}

// typedEventsFilter reads the filter as it was typed.
func typedEventsFilter(c *fiber.Ctx) views.EventsFilter {
	field := func(name string) string { return strings.TrimSpace(c.Query(name)) }
	f := views.EventsFilter{
		From: field("from"), To: field("to"), Zone: field("zone"), Kind: field("kind"), Actor: field("actor"), Subject: field("subject"),
	}
	if f.From == "" && f.To == "" {
		f.Zone = "" // which would filter nothing
	}
	return f
}

// storeEventFilter returns what the store is asked for, or what is wrong with
// it.
func storeEventFilter(typed views.EventsFilter) (filter store.EventFilter, problem string) {
	filter = store.EventFilter{Kind: store.EventKind(typed.Kind), Actor: typed.Actor, Subject: typed.Subject}
	if filter.From, filter.To, problem = daysBetween(typed.From, typed.To, typed.Zone); problem != "" {
		return store.EventFilter{}, problem
	}
	if typed.Kind != "" && !slices.Contains(store.EventKinds(), filter.Kind) {
		return store.EventFilter{}, "There is no such kind of event."
	}
	return filter, ""
}

func eventEntry(e store.Event) views.EventEntry {
	by := e.Actor.Kind
	if by == "" && e.Address != "" { // a request of somebody who had not signed in
		by = store.ByStranger
	}
	return views.EventEntry{
		ID: string(e.ID), At: e.Time, Kind: string(e.Kind), Suspect: e.Kind.ByStranger(),
		Actor: e.Actor.Name, ActorKind: by, ActorID: e.Actor.ID, Address: e.Address,
		Subject: e.Subject, SubjectID: e.SubjectID, Detail: e.Detail, Count: e.Count,
	}
}
