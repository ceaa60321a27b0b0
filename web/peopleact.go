package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

const (
	// maxRoomsAtOnce is in how many rooms one form acts. More is a plan.
	maxRoomsAtOnce = 25

	// personPatience is how long a page takes at most to be made after its form was
	// carried out.
	personPatience = 5 * time.Second
)

// handlePersonAct kicks a person from the rooms that are ticked, or bans them
// there. Each room's outcome is shown by itself on the person's page, to which it
// leads, so that nothing is done again when that is reloaded.
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
	if err := s.keepResults(c, account, results); err == nil {
		return c.Redirect(views.PersonPath(account), fiber.StatusSeeOther)
	} else if !errors.Is(err, errTooManyResults) {
		s.logger(c).ErrorContext(c.UserContext(), "what became of a form is told at once", "error", err)
	}
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

// handlePersonPlan makes a plan of what is to be done to a person in the rooms that
// are ticked, and leads to it.
func (s *Server) handlePersonPlan(c *fiber.Ctx) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	end, err := s.searches.page(c.UserContext(), principalOf(c).ID)
	if err != nil {
		return err
	}
	defer end()
	rooms, err := roomsOf(c)
	if err != nil {
		return err
	}
	wish := moderation.Wish{Kind: xmpp.ActionKind(c.FormValue(formKind)), Reason: c.FormValue(formReason)}
	if wish.Kind == xmpp.ActionKick {
		wish.Way = moderation.Way(c.FormValue(formWay))
	} else if wish.Until, err = s.readEnd(c); err != nil {
		return err
	}
	for _, room := range rooms {
		wish.Selection.Picks = append(wish.Selection.Picks, moderation.Pick{Room: room, Target: xmpp.Target{RealJID: account}})
	}
	plan, err := s.planner.Make(c.UserContext(), principalOf(c), wish)
	if err != nil {
		return err
	}
	return c.Redirect(views.PlanPath(string(plan.ID)), fiber.StatusSeeOther)
}

// tickedRooms reads the rooms of a form that acts in them one after the other.
func tickedRooms(c *fiber.Ctx) ([]xmpp.RoomJID, error) {
	rooms, err := roomsOf(c)
	if err == nil && len(rooms) > maxRoomsAtOnce {
		err = fieldError{formRoom, "names more than 25 rooms at once: make a plan"}
	}
	return rooms, err
}

// roomsOf reads the rooms of a form.
func roomsOf(c *fiber.Ctx) ([]xmpp.RoomJID, error) {
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
	if len(rooms) == 0 {
		return nil, fieldError{formRoom, "names no room: tick at least one"}
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
