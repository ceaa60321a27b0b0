package views

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"muckick/xmpp"
)

// TargetsShown is how many targets of each room a plan's page lists. All of them
// are counted.
const TargetsShown = 200

// A NewPlanModel is the form that selects people by rules. It has what was typed.
type NewPlanModel struct {
	Page
	Problem     string // what is wrong with it; may be empty
	Where       string // rooms and services, one a line
	Nicks       string // patterns, one a line
	Accounts    string // patterns, one a line
	Joined      string // in the last so long
	Role        xmpp.Role
	Affiliation xmpp.Affiliation
	Members     bool
	Everybody   bool
	Evict       bool // the way was chosen that evicts
	MembersOnly bool // that was chosen for a lock
	Stay        []LockMark
	For         string // how long it lasts
	Action      xmpp.ActionKind
	Reason      string
	Reasons     []string
	Durations   []time.Duration
}

// A PlanModel is what the page of a plan shows before it runs.
type PlanModel struct {
	Page
	ID, Hash string
	Expect   int    // the number that has to be typed; 0 for none
	Problem  string // why it was not begun; may be empty
	Action   xmpp.ActionKind
	Purpose  string // "undo" or "retry" of a job; empty for a selection
	Of       string // that job
	Evict    bool   // by making the rooms members-only for a moment

	MembersOnly bool // locks that make rooms so
	Miscounted  bool // the problem is that another number was typed

	Reason  string
	Until   time.Time // zero for ever
	Expires time.Time
	Expired bool
	WillDo  int // targets
	People  int // whom these are, each counted once, as far as accounts tell
	Undated int // who may have joined since, but nobody saw when
	Rooms   []PlanRoom
	Unseen  []UnseenRoom
}

// A PlanRoom is what a plan does in one room.
type PlanRoom struct {
	Room                                   string // address
	WillDo, AlreadySo, Protected, CannotDo int
	Occupants                              int
	Admitted, Evicted                      int          // who becomes a member, and who is thrown out since they do not
	Targets                                []PlanTarget // the first ones

	// Of a plan for whole rooms, such as a lock.
	Whole      bool
	Hidden     int             // of those evicted, who was to stay and hides the account
	Dismissed  int             // who is no member any more
	People     int             // nicks of all of whom something becomes
	Bystanders []PlanBystander // the first of them
}

// A PlanTarget is one target of a plan.
type PlanTarget struct {
	Action      xmpp.ActionKind
	Nick        string
	Account     string // full or bare JID; empty if not known
	Affiliation xmpp.Affiliation
	Verdict     string // "will do", "already so", "protected" or "cannot be done"
	Protection  string // why
	Note        string // such as who exempted them
	Evict       bool   // of a plan to evict
}

// An UnseenRoom is one that could not be looked into.
type UnseenRoom struct{ Room, Problem string }

// PlanPath is the address of a plan's page.
func PlanPath(id string) string { return "/plans/" + url.PathEscape(id) }

// hidden counts the targets of a room that the page need not list.
func (r PlanRoom) hidden() int {
	if r.Whole {
		return 0 // the room is the target
	}
	return r.WillDo + r.AlreadySo + r.Protected + r.CannotDo - len(r.Targets)
}

// summary counts the targets of a room.
func (r PlanRoom) summary() string {
	words := r.wholeSummary()
	if !r.Whole {
		words = strconv.Itoa(r.WillDo) + " of " + count(r.Occupants, "occupant", "occupants")
	}
	for _, other := range []struct {
		n    int
		word string
	}{{r.Protected, "protected"}, {r.AlreadySo, "already so"}, {r.CannotDo, r.cannotWords()}} {
		if other.n > 0 {
			if words != "" {
				words += ", "
			}
			words += strconv.Itoa(other.n) + " " + other.word
		}
	}
	return words
}

// cannotWords says what is the matter with targets of whom nothing can be done.
func (r PlanRoom) cannotWords() string {
	for _, t := range r.Targets {
		if t.Verdict == "cannot be done" {
			return t.verdictWords()
		}
	}
	return "cannot be done"
}

// title says what a plan would do.
func (m PlanModel) title() string {
	if m.MembersOnly && m.Purpose == "" {
		return m.button() + ": " + m.closingTitle()
	}
	return m.button()
}

// button is the title in few words.
func (m PlanModel) button() string {
	what := count(m.People, "person", "people")
	switch {
	case !m.Action.IsOfPerson():
		what = count(m.WillDo, "room", "rooms")
	case m.People != m.WillDo:
		what += ", " + m.times()
	}
	switch m.Purpose {
	case "undo":
		return "Undo: " + count(m.WillDo, "step", "steps")
	case "retry":
		return "Try again: " + count(m.WillDo, "step", "steps")
	}
	return actionNoun(m.Action) + " " + what
}

// times says how often and in how many rooms something is done to people, some of
// whom are in several of them.
func (m PlanModel) times() string {
	rooms := m.total(func(r PlanRoom) int { return min(r.WillDo, 1) })
	return count(m.WillDo, "time", "times") + " in " + count(rooms, "room", "rooms")
}

// verdictWords says why a plan leaves a target alone; empty for one that it does
// not.
func (t PlanTarget) verdictWords() string {
	switch t.Verdict {
	case "will do":
		return ""
	case "already so":
		return "already so"
	case "cannot be done":
		switch {
		case t.Evict:
			return "cannot be evicted"
		case t.Action == xmpp.ActionLock:
			return "cannot be locked"
		}
		return "cannot be taken back"
	}
	switch t.Protection {
	case "ours":
		return "protected: muckick itself"
	case "owner", "admin", "moderator", "member":
		return "protected: " + t.Protection + " of the room"
	case "exempt":
		return "protected: on the exempt list"
	case "unknown":
		return "protected: the room does not tell their role"
	}
	return "protected"
}

// from is where a plan comes from: the job that it is about, the one room that it is
// for, or any.
func (m PlanModel) from() string {
	switch {
	case m.Of != "":
		return JobPath(m.Of)
	case len(m.Rooms) == 1:
		return roomPath(m.Rooms[0].Room)
	}
	return "/rooms"
}

// cost compares evicting with kicking one by one, in requests to the chat server and
// in what it tells people.
func (m PlanModel) cost() string {
	var kicks, told, requests, changes int
	for _, room := range m.Rooms {
		if room.Evicted == 0 {
			continue
		}
		kicks += room.Evicted
		told += room.Evicted*room.Occupants - room.Evicted*(room.Evicted-1)/2
		requests += 2*room.Admitted + 2
		// Each change is told to whoever is there: before and after.
		changes += room.Admitted*room.Occupants + room.Admitted*(room.Occupants-room.Evicted)
	}
	text := fmt.Sprintf("%s for a moment: %s to the chat server and %s of their membership to people in the rooms. One by one it would be %s and %s.",
		count(m.admitted(), "person becomes a member", "people become members"), count(requests, "change", "changes"),
		count(changes, "notice", "notices"), count(kicks, "kick", "kicks"), count(told, "notice", "notices"))
	if changes > told {
		text += " Here one by one is quieter."
	}
	return text
}

func (m PlanModel) admitted() int {
	return m.total(func(r PlanRoom) int { return r.Admitted })
}

// leavesQuietly says who hears of it when a room becomes members-only.
const leavesQuietly = "Who left is told; on Prosody nobody else is, so that others see them until they ask for the list again."

// consequences says what people will see of a plan.
func (m PlanModel) consequences() string {
	switch {
	case m.Evict:
		return "Who stays becomes a member, then each room is members-only until the others are out, and then everything is put back. " +
			"Newcomers wait outside for those seconds; who comes in before becomes a member too. " +
			"Only who comes in between the last look and the closing, a moment, is thrown out as well and has to come in again; the job names them, if their coming was seen. " +
			leavesQuietly
	case m.MembersOnly:
		return "Nobody gets in who is not a member, until the lock ends. Who is none is thrown out at once, but for those who are made members before. " +
			"Nobody is thrown out of a room where one of them cannot be made a member: it is not locked then. " + leavesQuietly
	case m.Action == xmpp.ActionKick:
		return "One by one, through the rooms in turn. Everybody in a room sees each of them go, and who was kicked can come back."
	case m.Action == xmpp.ActionBan:
		return "One by one, through the rooms in turn. Each account is thrown out and kept out."
	case m.Action == xmpp.ActionLock:
		return "The rooms close to newcomers, and what was set before is remembered."
	case m.Action == xmpp.ActionUnlock:
		return "The rooms are as they were before the lock. Who was thrown out can come back, and who was made a member for it is none any more, and not thrown out."
	}
	return "One by one, through the rooms in turn."
}
