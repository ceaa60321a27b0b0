package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

// The fields of the form of arrivals, besides its filter and those of a plan.
const (
	formGroup = "group" // number of an arrival of a group that is ticked; several
	formUpto  = "upto"  // what the page knew: epoch and number of the latest arrival
)

// handleArrivalPlan makes a plan of the arrivals and the groups that are ticked, and
// leads to it.
func (s *Server) handleArrivalPlan(c *fiber.Ctx) error {
	filter, err := arrivalsFilter(c.FormValue)
	if err != nil {
		return err
	}
	wish, err := s.readWish(c)
	if err != nil {
		return err
	}
	if wish.Kind != xmpp.ActionKick {
		wish.Way = moderation.OneByOne // the form asks for it on behalf of kicks
	}
	picks, err := s.picksOfGroups(c.UserContext(), c, filter, wish.Kind)
	if err != nil {
		return err
	}
	wish.Selection = moderation.Selection{Picks: latestPicks(append(picks, wish.Selection.Picks...))}
	if len(wish.Selection.Picks) == 0 {
		s.setFlash(c, views.Message{Tone: views.ToneBad, Title: "Nobody is ticked", Text: "Tick people, or a group of them."})
		return c.Redirect(filter.Path(), fiber.StatusSeeOther)
	}
	plan, err := s.planner.Make(c.UserContext(), principalOf(c), wish)
	if err != nil {
		return err
	}
	return c.Redirect(views.PlanPath(string(plan.ID)), fiber.StatusSeeOther)
}

// picksOfGroups returns whom the ticked groups mean: all in them that the page knew
// of, in rooms where the operator may do this. Groups are made anew, and found by one
// of their arrivals.
func (s *Server) picksOfGroups(ctx context.Context, c *fiber.Ctx, filter views.ArrivalsFilter, kind xmpp.ActionKind) ([]moderation.Pick, error) {
	ticked := make(map[uint64]bool)
	for _, text := range fieldsOf(c, formGroup) {
		number, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fieldError{formGroup, "is no number"}
		}
		ticked[number] = true
	}
	if len(ticked) == 0 {
		return nil, nil
	}
	epoch, text, _ := strings.Cut(c.FormValue(formUpto), "-")
	upto, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, fieldError{formUpto, "is no number"}
	}
	if epoch != s.epoch {
		return nil, fieldError{formGroup, "is of a page from before muckick was restarted: look at the arrivals again"}
	}
	grants := principalOf(c).Grants
	wanted := wantedBy(filter, grants)
	arrivals := s.chat.Arrivals(arrivalsLooked, func(a xmpp.Arrival) bool { return a.Number <= upto && wanted(a) })
	groups, err := s.groupArrivals(ctx, filter.By, arrivals)
	if err != nil {
		return nil, err
	}
	var picks []moderation.Pick
	for _, group := range groups {
		found := 0
		for _, a := range group.Arrivals {
			if ticked[a.Number] {
				found++
				delete(ticked, a.Number)
			}
		}
		if found == 0 {
			continue
		}
		for _, a := range group.Arrivals {
			if grants.May(moderation.Needs(kind), a.Room) {
				picks = append(picks, pickOfArrival(a))
			}
		}
	}
	if len(ticked) > 0 {
		return nil, fieldError{formGroup, "is not remembered any more: look at the arrivals again"}
	}
	return picks, nil
}

func pickOfArrival(a xmpp.Arrival) moderation.Pick {
	o := a.Occupant
	return moderation.Pick{Room: a.Room, Target: xmpp.Target{Nick: o.Nick, RealJID: o.RealJID, OccupantID: o.OccupantID, Since: o.Since}}
}

// latestPicks returns of each person in a room, as far as accounts tell, and of each
// nick, the pick that came latest.
func latestPicks(picks []moderation.Pick) []moderation.Pick {
	type key struct {
		room xmpp.RoomJID
		who  string
	}
	at := make(map[key]int)
	var latest []moderation.Pick
	for _, pick := range picks {
		k := key{pick.Room, xmpp.BareJID(pick.Target.RealJID) + "/" + pick.Target.Nick}
		i, known := at[k]
		switch {
		case !known:
			at[k] = len(latest)
			latest = append(latest, pick)
		case pick.Target.Since.After(latest[i].Target.Since):
			latest[i] = pick
		}
	}
	return latest
}
