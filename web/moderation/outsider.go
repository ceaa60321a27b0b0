package moderation

import (
	"cmp"
	"slices"
	"time"

	"muckick/xmpp"
)

// An Outsider is an account without affiliation in a room, under all of its nicks, or
// one occupant whose account the room hides. They are thrown out of a room that
// becomes members-only, unless they are made a member before.
type Outsider struct {
	Account   string    // bare JID; empty where the room hides it
	Since     time.Time // when the first of the nicks came; zero if nobody knows
	Occupants []xmpp.Occupant
}

// IsModerator reports whether they are moderator for this visit.
func (o Outsider) IsModerator() bool {
	return slices.ContainsFunc(o.Occupants, func(o xmpp.Occupant) bool { return o.Role == xmpp.RoleModerator })
}

// stayers returns what is to be known of them to make them a member.
func (o Outsider) stayers() []Stayer {
	stayers := make([]Stayer, 0, len(o.Occupants))
	for _, nick := range o.Occupants {
		stayers = append(stayers, Stayer{Account: o.Account, Nick: nick.Nick, Role: nick.Role})
	}
	return stayers
}

// Outsiders returns who of a room's occupants is without affiliation, the longest
// there first, and of how many it is not known. Occupants of ours are none.
func Outsiders(occupants []xmpp.Occupant) (outsiders []Outsider, unknown int) {
	at := make(map[string]int)
	for _, o := range occupants {
		switch {
		case o.Self, o.Ours:
			continue
		case o.Affiliation == "":
			unknown++
			continue
		case o.Affiliation != xmpp.AffiliationNone:
			continue
		}
		key := AccountKey(o.RealJID)
		i, known := at[key]
		if !known || key == "" {
			i = len(outsiders)
			at[key] = i
			outsiders = append(outsiders, Outsider{Account: o.Account(), Since: o.Since})
		}
		one := &outsiders[i]
		one.Occupants = append(one.Occupants, o)
		if o.Since.Before(one.Since) {
			one.Since = o.Since
		}
	}
	slices.SortStableFunc(outsiders, func(a, b Outsider) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Occupants[0].Nick, b.Occupants[0].Nick))
	})
	return outsiders, unknown
}
