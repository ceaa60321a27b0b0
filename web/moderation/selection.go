package moderation

import (
	"fmt"
	"strings"
	"time"

	"muckick/xmpp"
)

const (
	// maxPicks bounds how many people one selection names.
	maxPicks = 20_000
	// maxGlobs bounds the patterns of each kind in one selection.
	maxGlobs = 50
	// maxScopes bounds the places of one selection.
	maxScopes = 1000
)

// A SelectionError says why a selection cannot be used.
type SelectionError struct{ Problem string }

func (e *SelectionError) Error() string { return e.Problem }

// A Selection is a rule that says which people in which rooms are meant: those
// who are picked, and in the rooms of Where those who have the traits.
type Selection struct {
	Picks  []Pick
	Where  []Scope // of those with the traits; of a lock, the rooms themselves
	Traits Traits

	// Everybody means all in the rooms of Where. Only administrators may say so.
	Everybody bool

	// Members lets traits and Everybody hit members too.
	Members bool
}

// A Pick names somebody in a room: by a nick and what was known of its bearer, or
// by the account alone, which then is Target.RealJID. Such a person need not be
// there to be banned.
type Pick struct {
	Room   xmpp.RoomJID
	Target xmpp.Target
}

// Traits say what people are like. All that they say has to hold; of several globs
// of a kind, one. Zero Traits say nothing, and apply to nobody.
type Traits struct {
	Nicks       []Glob
	Accounts    []Glob    // of bare JIDs; who hides theirs is not meant
	Since       time.Time // joined then or later; whose join was not seen is not meant
	Role        xmpp.Role
	Affiliation xmpp.Affiliation
}

// isEmpty reports whether they say nothing about people.
func (r Traits) isEmpty() bool {
	return len(r.Nicks) == 0 && len(r.Accounts) == 0 && r.Since.IsZero() && r.Role == "" && r.Affiliation == ""
}

// applies reports whether an occupant has the traits. undated means that
// they are, but for the time of their joining, which is not known.
func (r Traits) applies(o xmpp.Occupant) (applies, undated bool) {
	switch {
	case r.Role != "" && r.Role != o.Role,
		r.Affiliation != "" && r.Affiliation != o.Affiliation,
		len(r.Nicks) > 0 && !anyMatches(r.Nicks, o.Nick),
		len(r.Accounts) > 0 && (o.RealJID == "" || !anyMatches(r.Accounts, o.Account())):
		return false, false
	case r.Since.IsZero():
		return true, false
	case o.Since.IsZero():
		return false, true
	}
	return !o.Since.Before(r.Since), false
}

func anyMatches(globs []Glob, text string) bool {
	text = strings.ToLower(text)
	for _, glob := range globs {
		if glob.match(text) {
			return true
		}
	}
	return false
}

// isSingle reports whether one person in one room is named, and nobody else.
func (s Selection) isSingle() bool { return len(s.Picks) == 1 && !s.byTraits() }

// byTraits reports whether it means others than those picked.
func (s Selection) byTraits() bool { return s.Everybody || !s.Traits.isEmpty() }

// check returns nil if a principal may use the selection for an action. The
// error is a [*SelectionError], a [*ForbiddenError] or a [*xmpp.NoRoomError].
func (s Selection) check(p Principal, kind xmpp.ActionKind) error {
	if err := s.checkShape(kind); err != nil {
		return err
	}
	if s.Everybody {
		if err := p.RequireEverywhere(Administer); err != nil {
			return err
		}
	}
	if kind == xmpp.ActionBan {
		for _, glob := range s.Traits.Accounts {
			if !glob.isWholeDomain() {
				continue
			}
			if err := p.RequireEverywhere(Administer); err != nil {
				return err
			}
		}
	}
	return s.checkRooms(p, kind)
}

// checkShape says what is wrong with a selection whoever uses it.
func (s Selection) checkShape(kind xmpp.ActionKind) error {
	switch {
	case len(s.Picks) > maxPicks:
		return &SelectionError{fmt.Sprintf("more than %d people are picked", maxPicks)}
	case len(s.Traits.Nicks) > maxGlobs, len(s.Traits.Accounts) > maxGlobs:
		return &SelectionError{fmt.Sprintf("there are more than %d patterns", maxGlobs)}
	case len(s.Where) > maxScopes:
		return &SelectionError{fmt.Sprintf("there are more than %d places", maxScopes)}
	case !kind.IsOfPerson() && (s.byTraits() || len(s.Picks) > 0):
		return &SelectionError{"rooms are locked, not people: nothing can be said about nicks, accounts and the like"}
	case !kind.IsOfPerson() && len(s.Where) == 0:
		return &SelectionError{"no room is selected"}
	case !kind.IsOfPerson():
		return nil
	case len(s.Picks) == 0 && !s.byTraits():
		return &SelectionError{"nobody is selected; everybody has to be said explicitly"}
	case s.byTraits() && len(s.Where) == 0:
		return &SelectionError{"it is not said in which rooms"}
	}
	for _, pick := range s.Picks {
		if pick.Room == (xmpp.RoomJID{}) || pick.Target.Nick == "" && pick.Target.RealJID == "" {
			return &SelectionError{"a pick names no room or nobody"}
		}
		if _, err := xmpp.PrepareNick(pick.Target.Nick); err != nil {
			return &SelectionError{err.Error()}
		}
	}
	return nil
}

// checkRooms expects the principal to see the rooms that are named, and to be
// allowed the action there.
func (s Selection) checkRooms(p Principal, kind xmpp.ActionKind) error {
	require := func(room xmpp.RoomJID) error {
		if err := p.Require(See, room); err != nil {
			return err
		}
		return p.Require(Needs(kind), room)
	}
	for _, scope := range s.Where {
		if room, ok := scope.Room(); ok {
			if err := require(room); err != nil {
				return err
			}
		}
	}
	checked := make(map[xmpp.RoomJID]bool)
	for _, pick := range s.Picks {
		if checked[pick.Room] {
			continue
		}
		if err := require(pick.Room); err != nil {
			return err
		}
		checked[pick.Room] = true
	}
	return nil
}
