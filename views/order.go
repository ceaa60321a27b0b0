package views

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"muckick/xmpp"
)

// The list of occupants is put in order and filtered here, and by the script
// order.js while it changes. A test holds both to the same results.

// An OccupantSort is what occupants are ordered by. It is also the class of the
// column.
type OccupantSort string

// What occupants can be ordered by.
const (
	OccupantsByNick        OccupantSort = "nick"
	OccupantsByRole        OccupantSort = "role"        // most powerful first
	OccupantsByAffiliation OccupantSort = "affiliation" // most powerful first
	OccupantsByJID         OccupantSort = "jid"
	OccupantsBySince       OccupantSort = "since" // newest first
)

// An OccupantOrder is an order of occupants. What is not known comes last in
// every order, and what is equal in the order of nicks.
type OccupantOrder struct {
	By       OccupantSort
	Reversed bool
}

// ParseOccupantOrder reads an order as an address has it: what it is by, after a
// minus if it is reversed. An unknown one is that of nicks.
func ParseOccupantOrder(text string) OccupantOrder {
	by, reversed := strings.CutPrefix(text, "-")
	switch o := (OccupantOrder{OccupantSort(by), reversed}); o.By {
	case OccupantsByNick, OccupantsByRole, OccupantsByAffiliation, OccupantsByJID, OccupantsBySince:
		return o
	}
	return OccupantOrder{By: OccupantsByNick}
}

// query is the order as [ParseOccupantOrder] reads it; empty for the usual one.
func (o OccupantOrder) query() string {
	switch {
	case o.Reversed:
		return "-" + string(o.By)
	case o.By == OccupantsByNick:
		return ""
	}
	return string(o.By)
}

// next is the order that the head of a column leads to.
func (o OccupantOrder) next(by OccupantSort) OccupantOrder {
	return OccupantOrder{By: by, Reversed: o.By == by && !o.Reversed}
}

// direction is the aria-sort value of an order.
func (o OccupantOrder) direction() string {
	if (o.By == OccupantsBySince) != o.Reversed {
		return "descending"
	}
	return "ascending"
}

// natural is the direction in which a column is ordered when it is asked for
// first.
func (s OccupantSort) natural() string { return OccupantOrder{By: s}.direction() }

var (
	rolesInOrder        = []xmpp.Role{xmpp.RoleModerator, xmpp.RoleParticipant, xmpp.RoleVisitor}
	affiliationsInOrder = []xmpp.Affiliation{xmpp.AffiliationOwner, xmpp.AffiliationAdmin, xmpp.AffiliationMember, xmpp.AffiliationNone, xmpp.AffiliationOutcast}
)

func wordsOf[T ~string](order []T) []string {
	var out []string
	for _, word := range order {
		out = append(out, string(word))
	}
	return out
}

// SortOccupants puts occupants into an order.
func SortOccupants(occupants []xmpp.Occupant, order OccupantOrder) {
	slices.SortStableFunc(occupants, func(a, b xmpp.Occupant) int {
		unknown, c := compareBy(order.By, a, b)
		if order.Reversed {
			c = -c
		}
		return cmp.Or(unknown, c, compareNicks(a, b))
	})
}

// compareBy returns how the occupants compare where one is unknown, and how they
// do where both are known.
func compareBy(by OccupantSort, a, b xmpp.Occupant) (unknown, known int) {
	switch by {
	case OccupantsByRole:
		return compareIn(rolesInOrder, a.Role, b.Role)
	case OccupantsByAffiliation:
		return compareIn(affiliationsInOrder, a.Affiliation, b.Affiliation)
	case OccupantsByJID:
		return unknownLast(a.RealJID == "", b.RealJID == ""), strings.Compare(fold(a.RealJID), fold(b.RealJID))
	case OccupantsBySince:
		return unknownLast(a.Since.IsZero(), b.Since.IsZero()), b.Since.Compare(a.Since)
	}
	return 0, compareNicks(a, b)
}

func compareNicks(a, b xmpp.Occupant) int {
	return cmp.Or(strings.Compare(fold(a.Nick), fold(b.Nick)), strings.Compare(a.Nick, b.Nick))
}

func compareIn[T comparable](order []T, a, b T) (unknown, known int) {
	i, j := slices.Index(order, a), slices.Index(order, b)
	return unknownLast(i < 0, j < 0), cmp.Compare(i, j)
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

// fold makes texts equal that differ in case only. It looks at one character at
// a time, so that a browser can do the same.
func fold(s string) string { return strings.Map(unicode.ToLower, s) }

// FilterOccupants returns the occupants whose nick, real JID, role or
// affiliation, in the protocol's word or in a plain one, contains the text,
// regardless of case.
func FilterOccupants(occupants []xmpp.Occupant, text string) []xmpp.Occupant {
	text = fold(strings.TrimSpace(text))
	if text == "" {
		return occupants
	}
	var out []xmpp.Occupant
	for _, o := range occupants {
		role, rolePlain := roleWords(o.Role)
		affiliation, affiliationPlain := affiliationWords(o.Affiliation)
		if slices.ContainsFunc([]string{o.Nick, o.RealJID, role, rolePlain, affiliation, affiliationPlain}, func(s string) bool {
			return strings.Contains(fold(s), text)
		}) {
			out = append(out, o)
		}
	}
	return out
}
