package moderation

import (
	"fmt"
	"slices"

	"muckick/xmpp"
)

// An Eviction is what an eviction does to a room and has to put back. It is on
// record before it is done.
type Eviction struct {
	Room    xmpp.RoomJID
	Locked  bool     `json:",omitempty"` // members-only by us, or perhaps
	Granted []Stayer `json:",omitempty"` // made members by us, or perhaps
}

// A Stayer is somebody without affiliation who is to outlast an eviction, and what
// they were before.
type Stayer struct {
	Account string
	Nick    string
	Role    xmpp.Role
}

// An EvictionError says why people cannot be evicted from a room.
type EvictionError struct{ Problem string }

func (e *EvictionError) Error() string { return e.Problem }

// A crowd sorts who is in a room by what an eviction does to them.
type crowd struct {
	out     []int           // of the targets, who goes
	leaving map[string]bool // their accounts
	stay    []Stayer        // who goes too unless they are made members
}

// sortCrowd sorts who is in a room. Out are those targets who are without
// affiliation under the nick that is meant, unless somebody else there is of the
// same account: it would become a member. Who is of the accounts that are leaving already
// is left out. The error is an [*EvictionError] where an
// eviction would do what cannot be put back.
func sortCrowd(roster xmpp.Roster, targets []xmpp.Target, leaving map[string]bool) (crowd, error) {
	if slices.Contains(roster.Gaps, xmpp.GapCompleteness) {
		return crowd{}, &EvictionError{"the room does not say who all is there"}
	}
	byNick := make(map[string]int, len(targets))
	for i, target := range targets {
		byNick[target.Nick] = i
	}
	meant := func(o xmpp.Occupant) (int, bool) {
		i, ok := byNick[o.Nick]
		return i, ok && o.Affiliation == xmpp.AffiliationNone && targets[i].Means(o)
	}
	shared := make(map[string]bool) // accounts of those who are no targets
	for _, o := range roster.Occupants {
		if _, ok := meant(o); !ok {
			shared[AccountKey(o.RealJID)] = true
		}
	}
	sorted := crowd{leaving: make(map[string]bool)}
	for _, o := range roster.Occupants {
		if o.Self || o.Ours || o.Affiliation != xmpp.AffiliationNone && o.Affiliation != "" || leaving[AccountKey(o.RealJID)] {
			continue
		}
		i, ok := meant(o)
		account := AccountKey(o.RealJID)
		switch {
		case o.Affiliation == "" || o.Role == "":
			return crowd{}, &EvictionError{fmt.Sprintf("the room does not tell the role of %q", o.Nick)}
		case account == "":
			return crowd{}, &EvictionError{"the room does not show the accounts of those who stay, so they cannot be made members"}
		case ok && !shared[account]:
			sorted.out = append(sorted.out, i)
			sorted.leaving[account] = true
		case o.Role == xmpp.RoleModerator:
			return crowd{}, &EvictionError{fmt.Sprintf("%q is moderator without an affiliation, and would not be afterwards", o.Nick)}
		default:
			sorted.stay = append(sorted.stay, Stayer{Account: o.Account(), Nick: o.Nick, Role: o.Role})
		}
	}
	return sorted, nil
}

// errClosed says that nobody can be evicted from a room by closing it.
var errClosed = &EvictionError{"the room is members-only already"}
