package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

const (
	// arrivalsLooked is how many arrivals a page looks at: all that the chat side
	// remembers.
	arrivalsLooked = 20_000

	// unwatchedNamed is how many rooms that are not watched a page names.
	unwatchedNamed = 50
)

// handleArrivals shows who came into the rooms that muckick is in and the operator
// may see.
func (s *Server) handleArrivals(c *fiber.Ctx) error {
	filter, err := arrivalsFilter(c.Query)
	if err != nil {
		return err
	}
	grants := principalOf(c).Grants
	m := views.ArrivalsModel{
		Page: s.page(c, "Arrivals", views.SectionArrivals), Filter: filter, Reasons: s.options.Reasons, Durations: s.options.Durations,
		MayAct: mayActSomewhere(grants), Rehearse: s.options.Rehearse != nil && grants.MayEverywhere(moderation.Administer),
		Unwatched: s.unwatched(c.UserContext(), grants),
	}
	if m.List, err = s.arrivalsList(c.UserContext(), filter, grants); err != nil {
		return err
	}
	m.Events = filter.EventsPath(m.List.Epoch, m.List.Last)
	return render(c, views.Arrivals(m))
}

// arrivalsFilter reads a filter from the fields of a query or a form.
func arrivalsFilter(field func(name string, byDefault ...string) string) (views.ArrivalsFilter, error) {
	f := views.ArrivalsFilter{By: views.ArrivalOrder(field("by")), Query: strings.TrimSpace(field("q")), New: field("new") == "yes"}
	if f.By != views.ArrivalsByDomain && f.By != views.ArrivalsByName {
		f.By = views.ArrivalsInTime
	}
	if text := strings.TrimSpace(field("room")); text != "" {
		room, err := xmpp.ParseRoom(text)
		if err != nil {
			return f, err
		}
		f.Room = room.String()
	}
	if text := field("since"); text != "" {
		since, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return f, fieldError{formSince, "is no time"}
		}
		f.Since = since
	}
	return f, nil
}

// wantedBy returns which arrivals a filter lets pass, in rooms that the grants show.
func wantedBy(f views.ArrivalsFilter, grants moderation.Grants) func(xmpp.Arrival) bool {
	query := strings.ToLower(f.Query)
	return func(a xmpp.Arrival) bool {
		switch {
		case f.New && a.Known, a.Time.Before(f.Since), f.Room != "" && a.Room.String() != f.Room, !grants.May(moderation.See, a.Room):
			return false
		}
		return query == "" || strings.Contains(strings.ToLower(a.Occupant.Nick), query) || strings.Contains(strings.ToLower(a.Occupant.RealJID), query)
	}
}

// mayActOn reports whether anything may be done to people in a room.
func mayActOn(grants moderation.Grants, room xmpp.RoomJID) bool {
	return grants.May(moderation.Kick, room) || grants.May(moderation.Ban, room) || grants.May(moderation.Mute, room)
}

func mayActSomewhere(grants moderation.Grants) bool {
	return grants.MaySomewhere(moderation.Kick) || grants.MaySomewhere(moderation.Ban) || grants.MaySomewhere(moderation.Mute)
}

// arrivalsList returns the arrivals of a filter as a page shows them.
func (s *Server) arrivalsList(ctx context.Context, filter views.ArrivalsFilter, grants moderation.Grants) (views.ArrivalsList, error) {
	l := views.ArrivalsList{By: filter.By, Epoch: s.epoch}
	limit := views.ArrivalsShown
	if filter.By != views.ArrivalsInTime {
		limit = arrivalsLooked
	}
	wanted := wantedBy(filter, grants)
	arrivals := s.chat.Arrivals(limit, func(a xmpp.Arrival) bool {
		l.Last = a.Number
		if !wanted(a) {
			return false
		}
		l.Total++
		return true
	})
	if filter.By == views.ArrivalsInTime {
		l.Rows = arrivalRows(arrivals, grants)
		return l, nil
	}
	groups, err := s.groupArrivals(ctx, filter.By, arrivals)
	if err != nil {
		return l, err
	}
	for _, g := range groups[:min(len(groups), views.ArrivalGroupsShown)] {
		l.Groups = append(l.Groups, arrivalGroup(g, grants))
	}
	l.Others = len(groups) - len(l.Groups)
	return l, nil
}

// groupArrivals groups arrivals, the newest of which is first. One page at a time
// does so, since each needs a core for some time.
func (s *Server) groupArrivals(ctx context.Context, by views.ArrivalOrder, arrivals []xmpp.Arrival) ([]moderation.ArrivalGroup, error) {
	select {
	case s.grouping <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.grouping }()
	if by == views.ArrivalsByDomain {
		return moderation.GroupByDomain(arrivals), nil
	}
	return moderation.GroupByLikeness(arrivals), nil
}

func arrivalRows(arrivals []xmpp.Arrival, grants moderation.Grants) []views.ArrivalRow {
	rows := make([]views.ArrivalRow, len(arrivals))
	for i, a := range arrivals {
		rows[i] = views.ArrivalRow{Arrival: a, MayAct: mayActOn(grants, a.Room)}
	}
	return rows
}

func arrivalGroup(g moderation.ArrivalGroup, grants moderation.Grants) views.ArrivalGroup {
	group := views.ArrivalGroup{
		Label: g.Label, Member: g.Arrivals[len(g.Arrivals)-1].Number, People: g.People, New: g.New, Total: len(g.Arrivals),
		Rows: arrivalRows(g.Arrivals[:min(len(g.Arrivals), views.GroupArrivalsShown)], grants),
	}
	rooms := make(map[xmpp.RoomJID]bool)
	for _, a := range g.Arrivals {
		if !rooms[a.Room] {
			rooms[a.Room] = true
			group.MayAct = group.MayAct || mayActOn(grants, a.Room)
		}
	}
	group.Rooms = len(rooms)
	return group
}

// unwatched says which rooms that the grants show muckick is not in, so that it does
// not see who comes there.
func (s *Server) unwatched(ctx context.Context, grants moderation.Grants) views.Unwatched {
	coverage, visible := s.chat.Coverage(), visibleTo(grants)
	u := views.Unwatched{Scope: coverage.Scope}
	if grants.MayEverywhere(moderation.See) {
		u.Entering = coverage.Waiting
	}
	inside := make(map[xmpp.RoomJID]bool, len(coverage.Inside))
	for _, room := range coverage.Inside {
		if inside[room] = visible(room); inside[room] {
			u.Watched++
		}
	}
	services, err := s.rooms.services(ctx)
	if err != nil && !errors.Is(err, xmpp.ErrOffline) {
		u.Problem = "It is not known which rooms there are besides: " + err.Error() + "."
	}
	for _, service := range services {
		if service.err != nil {
			u.Problem = "It is not known which rooms " + service.service.Domain + " has: " + service.err.Error() + "."
		}
		for _, room := range service.rooms {
			switch {
			case inside[room.JID] || !visible(room.JID):
			case len(u.Rooms) < unwatchedNamed:
				u.Rooms = append(u.Rooms, room.JID.String())
			default:
				u.More++
			}
		}
	}
	return u
}

// handleRehearse starts a raid, in a demonstration.
func (s *Server) handleRehearse(c *fiber.Ctx) error {
	if s.options.Rehearse == nil {
		return errNoPage
	}
	m := views.Message{Tone: views.ToneGood, Title: "A raid has begun", Text: "Bots come into the rooms within a minute, and come back when they are kicked."}
	if err := s.options.Rehearse(); err != nil {
		m = views.Message{Tone: views.ToneWarn, Title: "No raid was started", Text: sentence(err.Error())}
	}
	s.setFlash(c, m)
	return c.Redirect("/arrivals?by=names&new=yes", http.StatusSeeOther)
}
