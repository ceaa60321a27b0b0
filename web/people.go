package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/sync/errgroup"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

const (
	// peopleShown is how many people a search finds.
	peopleShown = 100

	// doneShown is how many entries of the audit trail a person's page shows.
	doneShown = 25

	// personFresh is how old what an open page says of a person may be.
	personFresh = time.Second

	// maxRoomsAtOnce is in how many rooms one form acts. More is a plan.
	maxRoomsAtOnce = 25
)

// visibleTo returns which rooms somebody with the grants may see.
func visibleTo(grants moderation.Grants) func(xmpp.RoomJID) bool {
	return func(room xmpp.RoomJID) bool { return grants.May(moderation.See, room) }
}

// handlePeople finds people by account or nick, over all rooms that muckick is in
// and the operator may see.
func (s *Server) handlePeople(c *fiber.Ctx) error {
	m := views.PeopleModel{Page: s.page(c, "People", views.SectionPeople), Query: strings.TrimSpace(c.Query("q"))}
	if m.Query != "" {
		found := s.chat.FindPeople(m.Query, peopleShown+1, visibleTo(principalOf(c).Grants))
		m.More = len(found) > peopleShown
		m.People = found[:min(len(found), peopleShown)]
	}
	return render(c, views.People(m))
}

// handlePerson shows where an account is and was, what was done to it, and what
// stands.
func (s *Server) handlePerson(c *fiber.Ctx) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	m, err := s.person(c, account)
	if err != nil {
		return err
	}
	return render(c, views.Person(m))
}

// handlePersonEvents streams where an account is.
func (s *Server) handlePersonEvents(c *fiber.Ctx) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	visible := visibleTo(principalOf(c).Grants)
	return s.stream(c, nil, func(ctx context.Context, tell func([]byte)) {
		looks := time.NewTicker(personFresh)
		defer looks.Stop()
		var told string
		for {
			if now := renderText(views.PersonNow(s.presentOf(account, visible))); now != told {
				tell(sse("person", "", now))
				told = now
			}
			select {
			case <-ctx.Done():
				return
			case <-looks.C:
			}
		}
	})
}

// presentOf returns the visible rooms that an account is in.
func (s *Server) presentOf(account string, visible func(xmpp.RoomJID) bool) []xmpp.Occupancy {
	return slices.DeleteFunc(s.chat.Occupancies(account), func(o xmpp.Occupancy) bool {
		return !o.Left.IsZero() || !visible(o.Room)
	})
}

// accountOf reads the account that the address of the page names.
func accountOf(c *fiber.Ctx) (string, error) {
	text, err := url.PathUnescape(c.Params("account"))
	if err != nil {
		return "", errNoPage
	}
	return xmpp.ParseAccount(text)
}

func (s *Server) person(c *fiber.Ctx, account string) (views.PersonModel, error) {
	ctx, grants := c.UserContext(), principalOf(c).Grants
	visible := visibleTo(grants)
	m := views.PersonModel{
		Page: s.page(c, account, views.SectionPeople), Account: account, Reasons: s.options.Reasons, Durations: s.options.Durations,
	}
	m.Events = views.PersonPath(account, "events")
	unseen, err := s.unseenRooms(ctx, visible)
	if err != nil && !errors.Is(err, xmpp.ErrOffline) {
		return m, err
	}
	m.Unseen = len(unseen)
	for _, o := range s.chat.Occupancies(account) {
		if visible(o.Room) {
			m.Occupancies = append(m.Occupancies, views.PersonOccupancy{Occupancy: o, May: mayIn(grants, o.Room)})
		}
	}
	effects, err := s.store.Effects(ctx, store.EffectFilter{Account: account, Within: scopesOf(grants, moderation.See)}, standingShown)
	if err != nil {
		return m, err
	}
	for _, e := range effects {
		m.Standing = append(m.Standing, effectEntry(e, grants))
	}
	if m.Bars, _, err = s.bars(c, moderation.BarFilter{Account: account}); err != nil {
		return m, err
	}
	if !grants.MaySomewhere(moderation.Audit) {
		return m, nil
	}
	attempts, next, err := s.store.Attempts(ctx, store.Filter{RealJID: account, Within: scopesOf(grants, moderation.Audit)}, store.Page{Limit: doneShown})
	if err != nil {
		return m, err
	}
	m.MoreDone = next != ""
	for _, a := range attempts {
		m.Done = append(m.Done, auditEntry(a))
	}
	return m, nil
}

// scopesOf returns where a capability was granted; never nil, which would stand
// for everywhere.
func scopesOf(grants moderation.Grants, capability moderation.Capability) []moderation.Scope {
	return append([]moderation.Scope{}, grants.Scopes(capability)...)
}

// mayIn returns what may be done to people in a room.
func mayIn(grants moderation.Grants, room xmpp.RoomJID) views.MayIn {
	return views.MayIn{Kick: grants.May(moderation.Kick, room), Ban: grants.May(moderation.Ban, room)}
}

// handlePersonAct kicks a person from the rooms that are ticked, or bans them
// there. Each room's outcome is shown by itself.
func (s *Server) handlePersonAct(c *fiber.Ctx) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	kind := xmpp.ActionKind(c.FormValue(formAction))
	if kind != xmpp.ActionKick && kind != xmpp.ActionBan {
		return fieldError{formAction, "is no action for several rooms"}
	}
	until, err := s.readEnd(c)
	if err != nil {
		return err
	}
	if err := xmpp.CheckReason(c.FormValue(formReason)); err != nil {
		return err
	}
	rooms, err := tickedRooms(c)
	if err != nil {
		return err
	}
	results := s.actInRooms(c, rooms, account, xmpp.Action{Kind: kind, Reason: c.FormValue(formReason)}, until)
	// However long that took, what became of it is told.
	within, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), personPatience)
	defer cancel()
	c.SetUserContext(within)
	m, err := s.person(c, account)
	if err != nil {
		s.logger(c).ErrorContext(within, "a page lacks what is known of a person", "error", err)
	}
	m.Results = results
	return render(c, views.Person(m))
}

// personPatience is how long a page takes at most to be made after its form was
// carried out.
const personPatience = 5 * time.Second

// actInRooms does one thing to an account in several rooms, one after the other, as
// long as an action may take in all.
func (s *Server) actInRooms(c *fiber.Ctx, rooms []xmpp.RoomJID, account string, action xmpp.Action, until time.Time) []views.RoomResult {
	ctx, cancel := context.WithTimeout(c.UserContext(), s.options.KickTimeout)
	defer cancel()
	principal := principalOf(c)
	var results []views.RoomResult
	for _, room := range rooms {
		action.Room = room
		for _, target := range s.targetsIn(room, account, action.Kind) {
			action.Target = target
			order := moderation.Order{Principal: principal, Address: s.clientAddress(c), Until: until, Action: action}
			var conclusion moderation.Conclusion
			err := s.begin(ctx, order)
			if err != nil {
				conclusion.Outcome = xmpp.OutcomeOf(err)
			} else {
				conclusion, err = s.desk.Do(ctx, order)
				s.metrics.observeAction(principal.Kind, action.Kind, conclusion.Outcome, conclusion.Duration)
				s.logAction(c, order, conclusion, err)
			}
			results = append(results, views.RoomResult{Room: room.String(), Result: resultOf(order, conclusion, err)})
		}
	}
	return results
}

// errNoTime means that others before took all the time there was.
var errNoTime = errors.New("there was no time left for it")

// begin returns nil if an order can be given. A kick of whom nobody has seen in the
// room has no nick, and no request to send.
func (s *Server) begin(ctx context.Context, order moderation.Order) error {
	switch {
	case ctx.Err() != nil:
		return errNoTime
	case order.Action.Kind == xmpp.ActionKick && order.Action.Target.Nick == "":
		if err := order.Principal.Require(moderation.Kick, order.Action.Room); err != nil {
			return err
		}
		return xmpp.ErrNoOccupant
	}
	return nil
}

// tickedRooms reads the rooms of a form.
func tickedRooms(c *fiber.Ctx) ([]xmpp.RoomJID, error) {
	var rooms []xmpp.RoomJID
	for _, text := range c.Request().PostArgs().PeekMulti(formRoom) {
		room, err := xmpp.ParseRoom(string(text))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(rooms, room) {
			rooms = append(rooms, room)
		}
	}
	switch {
	case len(rooms) == 0:
		return nil, fieldError{formRoom, "names no room: tick at least one"}
	case len(rooms) > maxRoomsAtOnce:
		return nil, fieldError{formRoom, "names more than 25 rooms at once"}
	}
	return rooms, nil
}

// targetsIn returns whom an action on an account means in a room: for a ban the
// account, and for a kick every nick that it bears there, or may still bear. Whoever
// left is named as they were, so that the attempt says that they are gone. Of whom
// nothing is known, there is no nick.
func (s *Server) targetsIn(room xmpp.RoomJID, account string, kind xmpp.ActionKind) []xmpp.Target {
	none := []xmpp.Target{{RealJID: account}}
	if kind == xmpp.ActionBan {
		return none
	}
	var there, gone []xmpp.Target
	for _, o := range s.chat.Occupancies(account) {
		if o.Room != room {
			continue
		}
		target := xmpp.Target{Nick: o.Occupant.Nick, RealJID: o.Occupant.RealJID, OccupantID: o.Occupant.OccupantID, Since: o.Occupant.Since}
		if o.Left.IsZero() || o.Unseen {
			there = append(there, target)
		} else {
			gone = append(gone, target)
		}
	}
	switch {
	case len(there) > 0:
		return there
	case len(gone) > 0:
		return gone[:1] // the latest
	}
	return none
}

const (
	// lookPatience is how long a look into all rooms may take, and looksAtOnce how
	// many rooms are asked at the same time, whoever looks.
	lookPatience = 20 * time.Second
	looksAtOnce  = 16
)

// unseenRooms returns the listed rooms that are visible and that muckick is not
// in, so that it does not know who is there.
func (s *Server) unseenRooms(ctx context.Context, visible func(xmpp.RoomJID) bool) ([]xmpp.RoomJID, error) {
	services, err := s.rooms.services(ctx)
	if err != nil {
		return nil, err
	}
	inside := make(map[xmpp.RoomJID]bool)
	for o := range s.chat.Present(visible) {
		inside[o.Room] = true // at least by muckick itself
	}
	var unseen []xmpp.RoomJID
	for _, service := range services {
		for _, room := range service.rooms {
			if visible(room.JID) && !inside[room.JID] {
				unseen = append(unseen, room.JID)
			}
		}
	}
	return unseen, nil
}

// handlePersonLook looks for a person in the rooms that muckick is not in, without
// entering them.
func (s *Server) handlePersonLook(c *fiber.Ctx) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), lookPatience)
	defer cancel()
	end, err := s.searches.page(ctx, principalOf(c).ID)
	if err != nil {
		return err
	}
	defer end()
	unseen, err := s.unseenRooms(ctx, visibleTo(principalOf(c).Grants))
	if err != nil {
		return err
	}
	var failed atomic.Int64
	var group errgroup.Group
	group.SetLimit(looksAtOnce)
	for _, room := range unseen {
		group.Go(func() error {
			if s.looks.Acquire(ctx, 1) != nil {
				failed.Add(1)
				return nil
			}
			defer s.looks.Release(1)
			if _, err := s.chat.Look(ctx, room); err != nil {
				failed.Add(1)
			}
			return nil
		})
	}
	_ = group.Wait() // each room that failed is counted
	s.setFlash(c, views.LookedInto(len(unseen), int(failed.Load())))
	return c.Redirect(views.PersonPath(account), fiber.StatusSeeOther)
}
