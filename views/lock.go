package views

import (
	"time"

	"muckick/xmpp"
)

// evictedShown is how many of those who would be thrown out the page names.
const evictedShown = 200

// A LockModel is what the page shows that locks a room.
type LockModel struct {
	Page
	Room      string // address
	Info      xmpp.RoomInfo
	Obstacle  xmpp.Obstacle // why it cannot be locked
	Locks     []StandingLock
	Occupants int
	Evicted   []xmpp.Occupant // who would be thrown out if it were members-only
	Unknown   int             // of whom nobody knows whether they would
	Reasons   []string
	Durations []time.Duration
}

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
