package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"muckick/xmpp"
)

// A RoomModel is what a room's page shows.
//
// Its events have to begin where Occupants end. If Filter left any occupant
// out, they have to begin with a reset, because the script filters by itself
// and needs the whole list.
type RoomModel struct {
	Page
	Header    RoomHeaderModel
	Occupants []xmpp.Occupant // in the order of Sort
	Filter    string          // what the occupants were filtered by; may be empty
	Sort      OccupantSort
	Total     int      // occupants before the filter
	Reasons   []string // that are offered for a kick
}

// RoomHeaderModel is what is said of a room as a whole.
type RoomHeaderModel struct {
	Info      xmpp.RoomInfo
	Address   string // of the room
	Occupants int    // as many as are known of; -1 if not known
	Ready     Readiness
	// How the list of occupants came about.
	AsOf    time.Time // when it was last known to be right
	Live    bool      // presence keeps it up to date
	Sources []xmpp.Source
	Gaps    []xmpp.Gap
}

// Readiness says whether muckick can moderate a room, and if not, why.
type Readiness struct {
	// Entering is set while muckick is on its way into the room, and it cannot
	// be told yet; the other fields do not count then.
	Entering bool
	Obstacle xmpp.Obstacle // ObstacleNone if it can
	Account  string        // muckick's JID, named in what has to change
	Detail   string        // the error's own words; may be empty
	// AdminOf is the room's service if muckick is an admin of it, and yet no owner
	// of the room: one setting of the service changes that.
	AdminOf string
}

// An OccupantSort is an order of occupants.
type OccupantSort string

// The orders of occupants. Each falls back on the nick.
const (
	OccupantsByNick        OccupantSort = "nick"
	OccupantsByRole        OccupantSort = "role"        // most powerful first
	OccupantsByAffiliation OccupantSort = "affiliation" // most powerful first
	OccupantsByJID         OccupantSort = "jid"         // unknown last
	OccupantsBySince       OccupantSort = "since"       // newest first, unknown last
)

var (
	rolesInOrder        = []xmpp.Role{xmpp.RoleModerator, xmpp.RoleParticipant, xmpp.RoleVisitor}
	affiliationsInOrder = []xmpp.Affiliation{xmpp.AffiliationOwner, xmpp.AffiliationAdmin, xmpp.AffiliationMember, xmpp.AffiliationNone, xmpp.AffiliationOutcast}
)

// SortOccupants puts occupants into an order, the same one that the script
// keeps when they change. An unknown order is that of nicks.
func SortOccupants(occupants []xmpp.Occupant, order OccupantSort) {
	slices.SortStableFunc(occupants, func(a, b xmpp.Occupant) int {
		return cmp.Or(compareBy(order, a, b),
			strings.Compare(strings.ToLower(a.Nick), strings.ToLower(b.Nick)),
			strings.Compare(a.Nick, b.Nick))
	})
}

func compareBy(order OccupantSort, a, b xmpp.Occupant) int {
	switch order {
	case OccupantsByRole:
		return cmp.Compare(place(rolesInOrder, a.Role), place(rolesInOrder, b.Role))
	case OccupantsByAffiliation:
		return cmp.Compare(place(affiliationsInOrder, a.Affiliation), place(affiliationsInOrder, b.Affiliation))
	case OccupantsByJID:
		return cmp.Or(unknownLast(a.RealJID == "", b.RealJID == ""), strings.Compare(strings.ToLower(a.RealJID), strings.ToLower(b.RealJID)))
	case OccupantsBySince:
		return cmp.Or(unknownLast(a.Since.IsZero(), b.Since.IsZero()), b.Since.Compare(a.Since))
	}
	return 0
}

// place is where v stands in an order; what is not in it comes last.
func place[T comparable](order []T, v T) int {
	if i := slices.Index(order, v); i >= 0 {
		return i
	}
	return len(order)
}

func unknownLast(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// FilterOccupants returns the occupants whose nick, real JID, role or
// affiliation contains the text, regardless of case.
func FilterOccupants(occupants []xmpp.Occupant, text string) []xmpp.Occupant {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return occupants
	}
	var out []xmpp.Occupant
	for _, o := range occupants {
		role, _ := roleWords(o.Role)
		affiliation, affiliationPlain := affiliationWords(o.Affiliation)
		if slices.ContainsFunc([]string{o.Nick, o.RealJID, role, affiliation, affiliationPlain}, func(s string) bool {
			return strings.Contains(strings.ToLower(s), text)
		}) {
			out = append(out, o)
		}
	}
	return out
}

// clampedNick is how many bytes a nick may have before a row is likely to show
// only its beginning.
const clampedNick = 40

// address is that of the page in an order.
func (m RoomModel) address(order OccupantSort) string {
	sort := ""
	if order != OccupantsByNick {
		sort = string(order)
	}
	return withQuery(roomPath(m.Header.Address), "filter", m.Filter, "sort", sort)
}

// shown says how much of the list is on the page.
func (m RoomModel) shown() string {
	if m.Filter == "" {
		return count(m.Total, "listed", "listed")
	}
	return number(len(m.Occupants)) + " of " + count(m.Total, "listed", "listed")
}

// direction is the aria-sort value of an order.
func (s OccupantSort) direction() string {
	if s == OccupantsBySince {
		return "descending"
	}
	return "ascending"
}

// traits are the room's settings that matter to a moderator.
func traits(i xmpp.RoomInfo) []string {
	var out []string
	for _, t := range []struct {
		is   bool
		text string
	}{
		{i.Hidden, "hidden"},
		{i.MembersOnly, "members only"},
		{i.Moderated, "moderated"},
		{i.PasswordProtected, "password"},
		{i.NonAnonymous, "JIDs visible to all"},
	} {
		if t.is {
			out = append(out, t.text)
		}
	}
	return out
}
