package views

import (
	"strings"
	"time"

	"muckick/xmpp"
)

// A LockModel is what the page shows that locks a room.
type LockModel struct {
	Page
	Room      string // address
	Info      xmpp.RoomInfo
	Obstacle  xmpp.Obstacle // why it cannot be locked
	Locks     []StandingLock
	Occupants int
	Evicted   []LockPerson // who would be thrown out if it were members-only, and did not become members
	Unseen    int          // more of them, whom the page has no place for
	Undated   int          // of them, who was there before muckick, so that nobody knows since when
	Unknown   int          // of whom nobody knows whether they would
	Marks     []LockMark
	Reasons   []string
	Durations []time.Duration

	// What was typed into the form that was not carried out.
	Reason, For string
	Refused     []LockRefusal // why it was not
	Left        string        // what is left of it; may be empty
}

// A LockPerson is somebody in a room without affiliation.
type LockPerson struct {
	Nicks     []string
	Account   string    // bare JID; empty where the room hides it, so that they cannot be made a member
	Since     time.Time // zero if nobody knows
	Keep      bool      // is to become a member
	Wave      bool      // came when a wave had begun
	Known     bool      // and was seen before it
	Moderator bool      // for this visit
}

// A LockMark is a time before which people were there who are to stay.
type LockMark struct {
	Label   string
	At      time.Time // zero for all or none
	Query   string    // what asks for it
	Current bool
}

// A LockRefusal is somebody who was to stay and could not be made a member.
type LockRefusal struct{ Nick, Account, Problem string }

// kept counts the people who are to stay.
func (m LockModel) kept() int {
	n := 0
	for _, p := range m.Evicted {
		if p.Keep {
			n++
		}
	}
	return n
}

// evicted counts the occupants without affiliation.
func (m LockModel) evicted() int {
	n := m.Unseen
	for _, p := range m.Evicted {
		n += len(p.Nicks)
	}
	return n
}

// name is what a person is called in words.
func (p LockPerson) name() string { return strings.Join(p.Nicks, ", ") }

// A StandingLock is a lock of ours.
type StandingLock struct {
	EffectEntry
	Silenced int // who get their voice back by its end; -1 if not known
}

// locksBy reports whether a lock of the kind stands.
func (m LockModel) locksBy(membersOnly bool) bool {
	for _, lock := range m.Locks {
		if lock.MembersOnly == membersOnly {
			return true
		}
	}
	return false
}

// lockWords says what a lock does.
func lockWords(membersOnly bool) string {
	if membersOnly {
		return "members only"
	}
	return "newcomers cannot talk"
}

// unlockWords says what the end of a lock does.
func unlockWords(membersOnly bool) string {
	if membersOnly {
		return "Unlock: all can come in"
	}
	return "Unlock: newcomers can talk"
}

// isOpenAgain reports whether the room says that it is not as a lock left it.
func isOpenAgain(i xmpp.RoomInfo, lock EffectEntry) bool {
	if i.JID == (xmpp.RoomJID{}) || lock.Pending {
		return false // nothing is known
	}
	return lock.MembersOnly && !i.MembersOnly || !lock.MembersOnly && !i.Moderated
}
