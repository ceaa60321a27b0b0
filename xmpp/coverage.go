package xmpp

import (
	"slices"
	"time"
)

// A WatchScope says which rooms a [Client] is in.
type WatchScope string

// The scopes.
const (
	WatchUsed WatchScope = "used" // those that somebody uses, and for some time after
	WatchAll  WatchScope = "all"  // besides, every room that the services list
)

// Coverage says which rooms muckick is in, and so how whole its knowledge of
// people is. With [WatchUsed] only Scope, Inside and Powerless have a meaning.
type Coverage struct {
	Scope  WatchScope
	Inside []RoomJID // sorted; nobody is there while it is offline

	// Powerless are those of the rooms inside where the account is no moderator, so
	// that it may not kick (XEP-0045 §5.1.1); sorted.
	Powerless []RoomJID

	Listed  time.Time   // when the services listed their rooms last; zero if they did not yet
	Err     error       // why not all of them did, the last time
	Rooms   int         // how many they listed
	Waiting int         // of those: how many were not tried yet
	Refused []Uncovered // of those: which could not be entered, sorted
	Beyond  int         // of those: how many are more than muckick watches
}

// An Uncovered room is one that muckick could not enter.
type Uncovered struct {
	Room  RoomJID
	Err   error
	Again time.Time // when it is tried again
}

// Coverage returns which rooms muckick is in, and how far it has come with entering
// the rest.
func (c *Client) Coverage() Coverage {
	s := c.current()
	if s == nil {
		return Coverage{Scope: c.options.Watch}
	}
	inside, powerless := s.roomsInside()
	coverage := s.everyRoom.coverage(inside)
	coverage.Scope = c.options.Watch
	coverage.Inside, coverage.Powerless = inside, powerless
	return coverage
}

// roomsInside returns the rooms that we are in, and those of them where we are no
// moderator, sorted.
func (s *stream) roomsInside() (rooms, powerless []RoomJID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for jid, r := range s.rooms {
		v := r.present()
		if v == nil {
			continue
		}
		rooms = append(rooms, jid)
		if r.standing(v).Role != RoleModerator {
			powerless = append(powerless, jid)
		}
	}
	slices.SortFunc(rooms, RoomJID.compare)
	slices.SortFunc(powerless, RoomJID.compare)
	return rooms, powerless
}

// coverage counts all that is not inside, of whatever reason we may be there.
func (e *everyRoom) coverage(inside []RoomJID) Coverage {
	are := make(map[RoomJID]bool, len(inside))
	for _, jid := range inside {
		are[jid] = true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	c := Coverage{Listed: e.listed, Err: e.listErr, Rooms: len(e.rooms) + e.beyond, Beyond: e.beyond}
	for jid, w := range e.rooms {
		switch {
		case are[jid]:
		case w.err != nil:
			c.Refused = append(c.Refused, Uncovered{Room: jid, Err: w.err, Again: w.due})
		case !w.tried:
			c.Waiting++
		}
	}
	slices.SortFunc(c.Refused, func(a, b Uncovered) int { return a.Room.compare(b.Room) })
	return c
}
