package views

import (
	"strconv"
	"strings"
)

// A PlanBystander is somebody without affiliation in a room that becomes
// members-only, or did for a lock that ends.
type PlanBystander struct {
	Nick       string
	Account    string // bare JID; empty where the room hides it
	Fate       string // "stays", "goes", "cannot stay", or "no member"
	Protection string // why they stay whatever was chosen; mostly empty
}

// fateWords says what becomes of somebody.
func (b PlanBystander) fateWords() string {
	switch b.Fate {
	case "goes":
		return "thrown out"
	case "cannot stay":
		return "thrown out: the room hides the account, so that nobody can make a member of it"
	case "no member":
		return "no member any more"
	}
	switch b.Protection {
	case "exempt":
		return "becomes a member: on the exempt list"
	case "moderator":
		return "becomes a member: moderator for this visit"
	}
	return "becomes a member"
}

// words say who stays by a mark, which is of a time, the wave, all or none.
func (k LockMark) words() string {
	if k.At.IsZero() && k.Query != "" {
		return k.Label
	}
	return "who was there before " + k.Label
}

// wholeSummary counts what a plan for whole rooms does to people in one.
func (r PlanRoom) wholeSummary() string {
	var words []string
	if r.Evicted > 0 {
		words = append(words, count(r.Evicted, "person is", "people are")+" thrown out")
	}
	if r.Admitted > 0 {
		words = append(words, count(r.Admitted, "person becomes a member", "people become members"))
	}
	if r.Dismissed > 0 {
		words = append(words, count(r.Dismissed, "person is no member any more", "people are no members any more"))
	}
	if r.Occupants > 0 && r.WillDo > 0 {
		words = append(words, count(r.Occupants, "occupant", "occupants"))
	}
	return strings.Join(words, ", ")
}

// hiddenPeople counts those without affiliation whom the page need not list.
func (r PlanRoom) hiddenPeople() int { return r.People - len(r.Bystanders) }

// total sums what a plan does to people in all rooms.
func (m PlanModel) total(of func(PlanRoom) int) int {
	total := 0
	for _, room := range m.Rooms {
		total += of(room)
	}
	return total
}

func (m PlanModel) evicted() int { return m.total(func(r PlanRoom) int { return r.Evicted }) }

func (m PlanModel) hiddenAccounts() int { return m.total(func(r PlanRoom) int { return r.Hidden }) }

// expectLabel asks for the number that has to be typed.
func (m PlanModel) expectLabel() string {
	label := "Type " + strconv.Itoa(m.Expect) + " to confirm"
	switch {
	case m.MembersOnly && m.Expect == m.evicted():
		label += ": so many people are thrown out"
	case m.Action.IsOfPerson() && m.Purpose == "" && m.People != m.WillDo:
		label += ": it is done " + m.times()
	}
	return label
}

// closingTitle counts whom a lock of several rooms throws out, and whom it makes
// members.
func (m PlanModel) closingTitle() string {
	out := "nobody is thrown out"
	if n := m.evicted(); n > 0 {
		out = count(n, "person is", "people are") + " thrown out"
	}
	if n := m.admitted(); n > 0 {
		out += ", " + count(n, "made a member", "made members")
	}
	return out
}

// closingCounts is closingTitle as a sentence.
func (m PlanModel) closingCounts() string {
	words := m.closingTitle()
	return strings.ToUpper(words[:1]) + words[1:] + "."
}

// keptWords says what the step of a job does to memberships; empty for one that is
// about none.
func (t JobTarget) keptWords() string {
	switch {
	case t.MembersOnly && t.Kept > 0:
		return "members only, with " + count(t.Kept, "person made a member before", "people made members before")
	case t.MembersOnly:
		return "members only"
	case t.Kept > 0:
		return "and " + count(t.Kept, "person is to be no member any more", "people are to be no members any more")
	}
	return ""
}
