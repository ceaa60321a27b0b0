package xmpp

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Occupants lists who is in the room. In a room that muckick is in, presence
// tells; else the room is asked, and only where it grants nothing is it joined.
// A room that does not exist gives a [NoRoomError]. With a [JoinError] the roster
// says whether we are an admin of the service, and nothing else.
func (c *Client) Occupants(ctx context.Context, jid RoomJID) (Roster, error) {
	s := c.current()
	if s == nil {
		return Roster{}, ErrOffline
	}
	if err := s.services.check(ctx, jid.Domain()); err != nil {
		return Roster{}, err
	}
	r := s.hold(jid)
	defer r.release()
	if v := r.present(); v != nil {
		return r.roster(v), nil
	}
	roster, err := s.rosterFromOutside(ctx, jid)
	var refused *StanzaError
	if !errors.As(err, &refused) {
		return roster, err
	}
	v, err := r.enter(ctx)
	if err != nil {
		return Roster{Room: jid, ServiceAdmin: s.services.isAdmin(jid.Domain())}, err
	}
	return r.roster(v), nil
}

// Enter lists who is in the room as [Client.Occupants] does, and joins the room
// for that if we are not in it: some rooms tell more from inside. It is left again
// when nobody needs it for some time.
func (c *Client) Enter(ctx context.Context, jid RoomJID) (roster Roster, err error) {
	err = c.in(ctx, jid, func(r *room) error {
		v, err := r.enter(ctx)
		if err == nil {
			roster = r.roster(v)
		}
		return err
	})
	return roster, err
}

// Census lists who is in the room as its role lists say now. It enters the room,
// and corrects what presence told: some servers remove people without a word.
// With [GapCompleteness] the room does not give all its lists.
func (c *Client) Census(ctx context.Context, jid RoomJID) (Roster, error) {
	var roster Roster
	err := c.in(ctx, jid, func(r *room) error {
		v, err := r.enter(ctx)
		if err != nil {
			return err
		}
		if err := r.reconcile(ctx, v); err != nil && !errors.As(err, new(*StanzaError)) {
			return err
		}
		roster = r.roster(v)
		return nil
	})
	return roster, err
}

// rosterFromOutside asks the room for its role lists (XEP-0045 §9) and its
// items (§6.5), whichever it grants. A *StanzaError means that it grants
// neither.
func (s *stream) rosterFromOutside(ctx context.Context, jid RoomJID) (Roster, error) {
	var lists roleLists
	var named []Occupant
	var listErr, itemErr error
	var group errgroup.Group
	group.Go(func() error { lists, listErr = s.roleLists(ctx, jid); return nil })
	group.Go(func() error { named, itemErr = s.occupantItems(ctx, jid); return nil })
	_ = group.Wait() // each part keeps its own error
	for _, err := range []error{listErr, itemErr} {
		var refused *StanzaError
		switch {
		case err == nil:
		case !errors.As(err, &refused):
			return Roster{}, err
		case refused.Type == "cancel" && refused.Has("item-not-found"):
			return Roster{}, &NoRoomError{Room: jid}
		}
	}
	roster := Roster{Room: jid}
	byNick := make(map[string]Occupant)
	if itemErr == nil && len(named) > 0 {
		roster.Sources = append(roster.Sources, SourceItems)
		for _, occupant := range named {
			byNick[occupant.Nick] = occupant
		}
	}
	if listErr == nil {
		roster.Sources = append([]Source{SourceRoles}, roster.Sources...)
		maps.Copy(byNick, lists.byNick)
		if lists.lacking != nil {
			roster.Gaps = append(roster.Gaps, GapCompleteness)
		}
	}
	if len(roster.Sources) == 0 {
		return Roster{}, listErr
	}
	roster.fill(slices.Collect(maps.Values(byNick)))
	if listErr == nil {
		look := roomPeople{client: s.client, jid: jid}
		look.look(roster.Occupants)
	}
	return roster, nil
}

// occupantItems returns the nicks that the room's disco#items name.
func (s *stream) occupantItems(ctx context.Context, jid RoomJID) ([]Occupant, error) {
	items, err := s.items(ctx, jid.String())
	if err != nil {
		return nil, err
	}
	var list []Occupant
	for _, item := range items {
		if _, nick, found := strings.Cut(item.JID, "/"); found && nick != "" {
			list = append(list, Occupant{Nick: nick})
		}
	}
	return list, nil
}

// roster returns the list as we see it, or saw it, on a visit.
func (r *room) roster(v *visit) Roster {
	equal := r.stream.client.protects(r.jid, r.standing(v).Affiliation)
	r.mu.Lock()
	defer r.mu.Unlock()
	roster := Roster{
		Room: r.jid, Sources: []Source{SourcePresence}, Live: r.visit == v, Self: v.self,
		ServiceAdmin: r.stream.services.isAdmin(r.jid.Domain()),
	}
	if !roster.Live {
		roster.Self, roster.JoinErr = Occupant{}, &JoinError{Room: r.jid, Err: v.exit()}
	}
	if len(v.occupants.unseen) > 0 {
		roster.Sources = append(roster.Sources, SourceRoles)
	}
	roster.fill(v.occupants.all())
	if v.unlisted {
		roster.Gaps = append(roster.Gaps, GapCompleteness)
	}
	for i, occupant := range roster.Occupants {
		roster.Occupants[i].Obstacle = obstacle(v.self, occupant, equal)
	}
	return roster
}

// find returns the occupants of the given nicks, and the nicks that nobody has.
func (r *room) find(v *visit, nicks map[string]struct{}) (present []Occupant, gone []string) {
	equal := r.stream.client.protects(r.jid, r.standing(v).Affiliation)
	r.mu.Lock()
	defer r.mu.Unlock()
	for nick := range nicks {
		occupant, ok := v.occupants.find(nick)
		if !ok {
			gone = append(gone, nick)
			continue
		}
		occupant.Obstacle = obstacle(v.self, occupant, equal)
		present = append(present, occupant)
	}
	slices.SortFunc(present, byNick)
	slices.Sort(gone)
	return present, gone
}

// fill sets the occupants and says what the list could not see.
func (list *Roster) fill(occupants []Occupant) {
	slices.SortFunc(occupants, byNick)
	list.Occupants = occupants
	var noRole, noJID bool
	for _, occupant := range list.Occupants {
		noRole = noRole || occupant.Role == ""
		noJID = noJID || occupant.RealJID == ""
	}
	if noRole {
		list.Gaps = append(list.Gaps, GapRoles)
	}
	if noJID {
		list.Gaps = append(list.Gaps, GapRealJIDs)
	}
}

func byNick(a, b Occupant) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a.Nick), strings.ToLower(b.Nick)), cmp.Compare(a.Nick, b.Nick))
}

// obstacle foretells whether self can kick the occupant (XEP-0045 §8.2: not
// those of a higher affiliation, and some servers protect equals too).
func obstacle(self, occupant Occupant, equalProtected bool) Obstacle {
	ours, theirs := self.Affiliation.rank(), occupant.Affiliation.rank()
	switch {
	case occupant.Self, occupant.Ours:
		return ObstacleSelf
	case self.Nick == "":
		return ObstacleNone // not inside: only a try can tell
	case self.Role != RoleModerator:
		return ObstacleNotModerator
	case theirs > ours && theirs >= AffiliationAdmin.rank(),
		theirs == ours && equalProtected && theirs >= AffiliationAdmin.rank():
		return ObstacleOutranked
	}
	return ObstacleNone
}
