package web

import (
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a server may lack the zones that browsers know

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

// entriesPerPage is how many entries a page of the audit trail shows.
const entriesPerPage = 50

// day is how a filter writes a date.
const day = "2006-01-02"

func (s *Server) handleAudit(c *fiber.Ctx) error {
	m := views.AuditModel{Page: s.page(c, "Audit", views.SectionAudit), Filter: typedFilter(c), After: c.Query("after")}
	filter, problem := storeFilter(m.Filter, principalOf(c))
	if problem != "" {
		m.Problem = problem
		return render(c.Status(fiber.StatusBadRequest), views.Audit(m))
	}
	end, err := s.searches.page(c.UserContext(), principalOf(c).ID)
	if err != nil {
		return err
	}
	defer end()
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
		Nick: c.Query("nick"), JID: field("jid"), Action: xmpp.ActionKind(field("action")), Outcome: xmpp.Outcome(field("outcome")),
		Effect: field("effect"), Job: field("job"),
		Kind: moderation.ActorKind(field("kind")),
	}
	if f.From == "" && f.To == "" {
		f.Zone = "" // which would filter nothing
	}
	return f
}

// storeFilter returns what the store is asked for by a principal, which is no
// more than they may read, or what is wrong with it.
func storeFilter(typed views.AuditFilter, principal moderation.Principal) (filter store.Filter, problem string) {
	filter = store.Filter{
		Actor: typed.Actor, Room: preparedRoom(typed.Room), Nick: typed.Nick, RealJID: typed.JID,
		Within: append([]moderation.Scope{}, principal.Grants.Scopes(moderation.Audit)...), // never nil, which allows all
	}
	if filter.From, filter.To, problem = daysBetween(typed.From, typed.To, typed.Zone); problem != "" {
		return store.Filter{}, problem
	}
	if typed.Kind != "" && !slices.Contains(moderation.ActorKinds(), typed.Kind) {
		return store.Filter{}, "There is no such way to ask for anything."
	}
	filter.Kind = typed.Kind
	if typed.Action != "" && !slices.Contains(xmpp.ActionKinds(), typed.Action) {
		return store.Filter{}, "There is no such action."
	}
	filter.Action, filter.Effect, filter.Job = typed.Action, store.EffectID(typed.Effect), moderation.JobID(typed.Job)
	if typed.Outcome == "" {
		return filter, ""
	}
	if !slices.Contains(xmpp.Outcomes(), typed.Outcome) {
		return store.Filter{}, "There is no such outcome."
	}
	filter.Outcome = typed.Outcome
	return filter, ""
}

// daysBetween returns when the first of two days begins and the last one ends in
// a time zone, or what is wrong with them. An empty day gives the zero time, and
// an empty zone is UTC.
func daysBetween(first, last, zoneName string) (from, to time.Time, problem string) {
	zone, err := time.LoadLocation(zoneName)
	if err != nil || zoneName == "Local" { // which is wherever muckick runs
		return time.Time{}, time.Time{}, "There is no such time zone."
	}
	for _, date := range []struct {
		text  string
		into  *time.Time
		later int // days
	}{{first, &from, 0}, {last, &to, 1}} {
		if date.text == "" {
			continue
		}
		at, err := time.ParseInLocation(day, date.text, zone)
		if err != nil {
			return time.Time{}, time.Time{}, "A day has the form 2006-01-31."
		}
		*date.into = at.AddDate(0, 0, date.later)
	}
	return from, to, ""
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
		ID: string(a.ID), At: a.Time, Actor: a.Actor.Name, Kind: a.Actor.Kind,
		ActorID: a.Actor.ID, Address: a.Address,
		Room: a.Room, Nick: a.Nick, RealJID: a.RealJID,
		Reason: a.Reason, Action: a.Action, Effect: string(a.Effect), Job: string(a.Job), Outcome: a.Outcome, Detail: a.Detail, Duration: a.Duration,
	}
}
