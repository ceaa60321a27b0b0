package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

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
// stands. What became of a form is shown whatever else is not known.
func (s *Server) handlePerson(c *fiber.Ctx) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	m, err := s.person(c, account)
	m.Results = s.takeResults(c, account)
	switch {
	case err != nil && m.Results == nil:
		return err
	case err != nil:
		s.logger(c).ErrorContext(c.UserContext(), "a page lacks what is known of a person", "error", err)
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
	if m.Exempt, err = s.exemptions(c, account); err != nil {
		return m, err
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
