package web

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

const (
	// sortPatience is how long a list that is sorted by occupants waits for the
	// rooms to say how many they have.
	sortPatience = 2 * time.Second

	// countsAsked is how many rooms a page may ask about at once.
	countsAsked = 200
)

func (s *Server) handleRooms(c *fiber.Ctx) error {
	return s.roomsPage(c, views.RoomsModel{})
}

// roomsPage shows the list of rooms; m says what is wrong with an address that
// was to be opened.
func (s *Server) roomsPage(c *fiber.Ctx, m views.RoomsModel) error {
	m.Page = s.page(c, "Rooms", views.SectionRooms)
	m.Query, m.Sort = strings.TrimSpace(c.Query("q")), views.RoomsByName
	if c.Query("sort") == string(views.RoomsByOccupants) {
		m.Sort = views.RoomsByOccupants
	}
	list, err := s.rooms.services(c.UserContext())
	if err != nil {
		m.Services = append(m.Services, views.ServiceRooms{Problem: sentence(err.Error())})
	}
	principal := principalOf(c)
	list = visible(list, principal.Grants)
	coverage := s.chat.Coverage()
	m.Watching = watching(list, coverage, principal.Grants)
	list = matching(list, m.Query)
	for _, service := range list {
		m.Total += len(service.rooms)
	}
	counts := s.roomCounts(c.UserContext(), list, m.Sort)
	if m.Sort == views.RoomsByOccupants {
		sortByOccupants(list, counts)
	}
	m.Number = pageNumber(c.Query("page"), m.Total)
	activity := s.activity(c.UserContext(), coverage, principal.Grants)
	m.Services = append(m.Services, onPage(list, m.Number, counts, activity)...)
	if m.Query == "" && m.Number == 1 {
		known := listedRooms{names: make(map[string]string), counts: make(map[string]int), activity: activity}
		known.add(list, counts)
		m.Busy = known.busy()
		opened, err := s.store.OpenedRooms(c.UserContext(), sessionOf(c).Operator)
		if err != nil {
			return err
		}
		for _, address := range opened {
			if room, err := xmpp.ParseRoom(address); err == nil && principal.Grants.May(moderation.See, room) {
				m.Opened = append(m.Opened, known.entry(address))
			}
		}
	}
	return render(c, views.Rooms(m))
}

// refusedNamed is how many rooms that cannot be entered the list names.
const refusedNamed = 50

// watching says how far muckick is with entering the rooms of a list, which are those
// that the grants show. It is nil if it is in all of them, or does not enter all.
func watching(list []serviceRooms, coverage xmpp.Coverage, grants moderation.Grants) *views.Watching {
	if coverage.Scope != xmpp.WatchAll || coverage.Listed.IsZero() {
		return nil
	}
	w := &views.Watching{}
	if coverage.Err != nil {
		w.Problem = "Not all rooms are known: " + coverage.Err.Error() + "."
	}
	if grants.MayEverywhere(moderation.See) {
		w.Beyond = coverage.Beyond
	}
	inside := make(map[xmpp.RoomJID]bool, len(coverage.Inside))
	for _, room := range coverage.Inside {
		inside[room] = true
	}
	for _, service := range list {
		for _, room := range service.rooms {
			w.Rooms++
			if inside[room.JID] {
				w.Inside++
			}
		}
	}
	for _, refused := range coverage.Refused {
		switch {
		case !grants.May(moderation.See, refused.Room):
		case len(w.Refused) < refusedNamed:
			w.Refused = append(w.Refused, views.RefusedRoom{Room: refused.Room.String(), Why: sentence(refused.Err.Error()), Again: refused.Again})
		default:
			w.MoreRefused++
		}
	}
	if w.Inside == w.Rooms && w.Problem == "" && w.Beyond == 0 && len(w.Refused) == 0 {
		return nil
	}
	return w
}

// visible returns those of the rooms that somebody may see. A room that was
// granted to them by its address is there although it is hidden.
func visible(list []serviceRooms, grants moderation.Grants) []serviceRooms {
	if grants.MayEverywhere(moderation.See) {
		return list
	}
	var seen []serviceRooms
	for _, service := range list {
		part := serviceRooms{service: service.service, err: service.err}
		whole := false
		for _, scope := range grants.Scopes(moderation.See) {
			domain, _ := scope.Service()
			whole = whole || domain == service.service.Domain
			listed := func(r xmpp.Room) bool { return scope.Covers(r.JID) }
			if room, ok := scope.Room(); ok && room.Domain() == service.service.Domain && !slices.ContainsFunc(service.rooms, listed) {
				part.rooms = append(part.rooms, xmpp.Room{JID: room})
			}
		}
		for _, room := range service.rooms {
			if grants.May(moderation.See, room.JID) {
				part.rooms = append(part.rooms, room)
			}
		}
		if whole || len(part.rooms) > 0 {
			seen = append(seen, part)
		}
	}
	return seen
}

// matching returns the rooms whose address or name contains the query,
// regardless of case, sorted by name.
func matching(list []serviceRooms, query string) []serviceRooms {
	query = strings.ToLower(query)
	out := make([]serviceRooms, len(list))
	for i, service := range list {
		out[i] = serviceRooms{service: service.service, err: service.err}
		for _, room := range service.rooms {
			if query == "" || strings.Contains(strings.ToLower(room.Name), query) || strings.Contains(room.JID.String(), query) {
				out[i].rooms = append(out[i].rooms, room)
			}
		}
		slices.SortFunc(out[i].rooms, byName)
	}
	return out
}

func byName(a, b xmpp.Room) int {
	return cmp.Or(
		strings.Compare(strings.ToLower(cmp.Or(a.Name, a.JID.Local())), strings.ToLower(cmp.Or(b.Name, b.JID.Local()))),
		strings.Compare(a.JID.String(), b.JID.String()))
}

// roomCounts returns the numbers of occupants that are known. Only sorting by
// them waits for the rooms to answer.
func (s *Server) roomCounts(ctx context.Context, list []serviceRooms, order views.RoomSort) map[xmpp.RoomJID]int {
	counts := make(map[xmpp.RoomJID]int)
	var all []xmpp.RoomJID
	for _, service := range list {
		for _, room := range service.rooms {
			if n, ok := s.rooms.known(room.JID); ok {
				counts[room.JID] = n
			}
			all = append(all, room.JID)
		}
	}
	if order != views.RoomsByOccupants {
		return counts
	}
	ctx, cancel := context.WithTimeout(ctx, sortPatience)
	defer cancel()
	return s.rooms.occupants(ctx, all)
}

// sortByOccupants puts rooms with most occupants first, unknown ones last.
func sortByOccupants(list []serviceRooms, counts map[xmpp.RoomJID]int) {
	of := func(r xmpp.Room) int {
		if n, ok := counts[r.JID]; ok {
			return n
		}
		return -1
	}
	for _, service := range list {
		slices.SortStableFunc(service.rooms, func(a, b xmpp.Room) int { return cmp.Compare(of(b), of(a)) })
	}
}

// pageNumber reads which page is wanted; one that does not exist is the nearest
// that does.
func pageNumber(query string, total int) int {
	number, err := strconv.Atoi(query)
	if err != nil {
		number = 1
	}
	last := max(1, (total+views.RoomsPerPage-1)/views.RoomsPerPage)
	return min(max(number, 1), last)
}

// onPage cuts one page out of the list, service by service.
func onPage(list []serviceRooms, number int, counts map[xmpp.RoomJID]int, activity map[string]views.Activity) []views.ServiceRooms {
	skip, room := (number-1)*views.RoomsPerPage, views.RoomsPerPage
	var out []views.ServiceRooms
	for _, service := range list {
		part := views.ServiceRooms{Domain: service.service.Domain, Name: service.service.Name}
		if service.err != nil {
			part.Problem = sentence(service.err.Error())
		}
		from := min(skip, len(service.rooms))
		to := min(from+room, len(service.rooms))
		skip, room = skip-from, room-(to-from)
		for _, r := range service.rooms[from:to] {
			entry := views.RoomEntry{Address: r.JID.String(), Name: r.Name, Occupants: -1, Activity: activity[r.JID.String()]}
			if n, ok := counts[r.JID]; ok {
				entry.Occupants = n
			}
			part.Rooms = append(part.Rooms, entry)
		}
		if len(part.Rooms) > 0 || part.Problem != "" || len(list) == 1 {
			out = append(out, part)
		}
	}
	return out
}

// handleRoomCounts answers how many occupants the rooms have that a page shows.
func (s *Server) handleRoomCounts(c *fiber.Ctx) error {
	var rooms []xmpp.RoomJID
	asked := make(map[xmpp.RoomJID]string)
	for _, raw := range c.Context().QueryArgs().PeekMulti("address") {
		room, err := xmpp.ParseRoom(string(raw))
		if err != nil {
			return err
		}
		if len(rooms) == countsAsked {
			return fieldError{"address", "was given too often"}
		}
		if principalOf(c).Grants.May(moderation.See, room) {
			rooms = append(rooms, room)
			asked[room] = string(raw)
		}
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), listTimeout)
	defer cancel()
	counts := make(views.RoomCounts)
	for room, occupants := range s.rooms.occupants(ctx, rooms) {
		counts[asked[room]] = occupants
	}
	return c.JSON(counts)
}

// handleOpenRoom leads to a room by its address, since hidden rooms are not
// listed.
func (s *Server) handleOpenRoom(c *fiber.Ctx) error {
	address := strings.TrimSpace(c.FormValue("address"))
	room, err := xmpp.ParseRoom(strings.TrimSuffix(strings.TrimPrefix(address, "xmpp:"), "?join"))
	if err == nil {
		err = principalOf(c).Require(moderation.See, room)
	}
	if err == nil {
		_, err = s.chat.RoomInfo(c.UserContext(), room)
	}
	if err != nil {
		c.Status(answerTo(err).status)
		_, problem := wordsFor(err, answerTo(err))
		return s.roomsPage(c, views.RoomsModel{OpenAddress: address, OpenProblem: problem})
	}
	// The room opens all the same if it will have to be typed again.
	if err := s.store.RoomOpened(c.UserContext(), sessionOf(c).Operator, room.String()); err != nil {
		s.logger(c).WarnContext(c.UserContext(), "opened room not remembered", "error", err)
	}
	return c.Redirect(roomPath(room), fiber.StatusSeeOther)
}

// handleForgetRoom takes a room off those that the operator opened.
func (s *Server) handleForgetRoom(c *fiber.Ctx) error {
	if err := s.store.ForgetRoom(c.UserContext(), sessionOf(c).Operator, c.FormValue("address")); err != nil {
		return err
	}
	return c.Redirect("/rooms", fiber.StatusSeeOther)
}
