package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/xmpp"
)

// roomPatience is how long a room's page waits for muckick to enter the room.
// After it the page shows what can be seen from outside, and events bring the
// rest.
const roomPatience = 100 * time.Millisecond

func (s *Server) handleRoom(c *fiber.Ctx) error {
	room, err := roomOf(c)
	if err != nil {
		return err
	}
	shot, err := s.look(c.UserContext(), room)
	if err != nil {
		return err
	}
	m := views.RoomModel{
		Page:   s.page(c, shot.title(), views.SectionRooms),
		Header: shot.header, Filter: c.Query("filter"), Total: len(shot.occupants),
		Order: views.ParseOccupantOrder(c.Query("sort")), Reasons: s.options.Reasons, Durations: s.options.Durations,
		Now: s.now(),
	}
	m.Notes = s.notes(c.UserContext(), room, shot.occupants, principalOf(c).Grants)
	m.Occupants = views.FilterOccupants(shot.occupants, m.Filter)
	views.SortOccupants(m.Occupants, m.Order)
	m.Events = roomPath(room) + "/events"
	if shot.last != "" && len(m.Occupants) == m.Total {
		m.Events += "?last=" + url.QueryEscape(shot.last)
	}
	s.renderStream(c, views.Room(m))
	return nil
}

// look returns a room as it is now: from its feed, or from outside if muckick
// is not in the room yet. That the room does not let muckick in is something that
// its page says.
func (s *Server) look(ctx context.Context, room xmpp.RoomJID) (snapshot, error) {
	feed := s.hub.follow(room)
	defer s.hub.leave(feed)
	wait, cancel := context.WithTimeout(ctx, roomPatience)
	defer cancel()
	if shot, ok := feed.snapshot(wait); ok {
		return shot, feed.failure()
	}
	info, err := s.chat.RoomInfo(ctx, room)
	if err != nil {
		return snapshot{}, err
	}
	roster, err := s.chat.Occupants(ctx, room)
	if err != nil && !errors.As(err, new(*xmpp.JoinError)) {
		return snapshot{}, err
	}
	header := views.RoomHeaderModel{
		Info: info, Address: room.String(), Occupants: len(roster.Occupants), AsOf: s.now(),
		Sources: roster.Sources, Gaps: roster.Gaps, Ready: readiness(roster, err, true),
	}
	header.Ready.Entering = err == nil && !roster.Live
	if header.Locks, err = s.locksOf(ctx, room); err != nil {
		return snapshot{}, err
	}
	return snapshot{header: header, occupants: roster.Occupants}, nil
}

// failure returns why a room has no page: it does not exist, or nothing was
// ever known of it. That it neither lets muckick in nor lists anybody is
// something that its page says.
func (f *feed) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.occupants == nil && !errors.As(f.state.err, new(*xmpp.JoinError)) {
		return f.state.err
	}
	return nil
}

func (s snapshot) title() string {
	if s.header.Info.Name != "" {
		return s.header.Info.Name
	}
	return s.header.Address
}

// handleKickConfirm asks for the reason of a kick where no script runs.
func (s *Server) handleKickConfirm(c *fiber.Ctx) error {
	room, err := roomOf(c)
	if err != nil {
		return err
	}
	m := views.KickConfirmModel{
		Page: s.page(c, "Kick", views.SectionRooms),
		Room: room.String(), Target: xmpp.Target{Nick: c.FormValue("nick")}, Reason: c.FormValue("reason"), Reasons: s.options.Reasons, Durations: s.options.Durations,
	}
	shot, err := s.look(c.UserContext(), room)
	if err != nil {
		return err
	}
	m.Mute = shot.header.Mute
	i := slices.IndexFunc(shot.occupants, func(o xmpp.Occupant) bool { return o.Nick == m.Target.Nick })
	switch {
	case i >= 0:
		occupant := shot.occupants[i]
		m.Target.RealJID, m.Target.OccupantID, m.Target.Since = occupant.RealJID, occupant.OccupantID, occupant.Since
		m.Blocked = views.ObstacleText(occupant.Obstacle)
	case !slices.Contains(shot.header.Gaps, xmpp.GapCompleteness):
		m.Blocked = "Nobody of that nick is in the room any more." // who takes it next is not meant
	}
	return render(c, views.KickConfirm(m))
}
