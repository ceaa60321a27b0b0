package xmpp

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
)

const (
	// maxFound is how many people a search returns at most.
	maxFound = 1000

	// maxQuery is how many bytes a query may have: no address has more.
	maxQuery = 3*maxPart + 2
)

// occupancy returns a stay as it is told to others.
func (s *stay) occupancy() Occupancy {
	o := Occupancy{Room: s.room.jid, Occupant: *s.occupant, Left: s.left.time(), Unseen: s.unseen}
	if s.left == 0 && !s.room.live {
		o.Left, o.Unseen = s.room.seen, true
	}
	return o
}

// isPresent reports whether they are there now.
func (s *stay) isPresent() bool { return s.left == 0 && s.room.live }

// stays yields all of the person's.
func (p *person) stays() iter.Seq[*stay] {
	return func(yield func(*stay) bool) {
		for _, list := range [][]*stay{p.here, p.gone} {
			for _, s := range list {
				if !yield(s) {
					return
				}
			}
		}
	}
}

func (ix *peopleIndex) occupancies(account string, now time.Time) (list []Occupancy) {
	ix.have(now, func() {
		if p := ix.persons[account]; p != nil {
			for s := range p.stays() {
				list = append(list, s.occupancy())
			}
		}
	})
	slices.SortFunc(list, byPresence)
	return list
}

// roomsWhere returns the rooms that are wanted.
func (ix *peopleIndex) roomsWhere(wanted func(*indexedRoom) bool) (rooms []RoomJID) {
	ix.have(time.Time{}, func() {
		for jid, r := range ix.rooms {
			if wanted(r) {
				rooms = append(rooms, jid)
			}
		}
	})
	return rooms
}

// present returns who is in a room that we are in.
func (ix *peopleIndex) present(jid RoomJID) (list []Occupancy) {
	ix.have(time.Time{}, func() {
		if r := ix.rooms[jid]; r != nil && r.live {
			list = make([]Occupancy, 0, len(r.byNick))
			for _, s := range r.byNick {
				list = append(list, s.occupancy())
			}
		}
	})
	return list
}

// find is [Client.FindPeople].
func (ix *peopleIndex) find(query string, limit int, visible func(RoomJID) bool, now time.Time) []Person {
	query = foldText(query)
	if limit = min(limit, maxFound); limit <= 0 || query == "" || len(query) > maxQuery {
		return nil
	}
	// Who says what is visible may ask us in turn, so they are asked before.
	rooms := ix.roomsWhere(func(*indexedRoom) bool { return true })
	rooms = slices.DeleteFunc(rooms, func(room RoomJID) bool { return !visible(room) })
	slices.SortFunc(rooms, RoomJID.compare)
	s := search{query: []byte(query), limit: limit, visible: make(map[*indexedRoom]bool, len(rooms)), best: make(map[any]class)}
	ix.have(now, func() {
		for _, room := range rooms {
			if r := ix.rooms[room]; r != nil {
				s.visible[r] = true
				r.corpus.search(s.query, s.consider)
			}
		}
		s.conclude()
	})
	slices.SortFunc(s.found, found.compare)
	people := make([]Person, len(s.found))
	for i, f := range s.found {
		slices.SortFunc(f.person.Occupancies, byPresence)
		people[i] = f.person
	}
	return people
}

// A class says how much somebody is what was searched for: by how they match and,
// among equals, whether they are present. Less is better.
type class int

const classes = 2 * class(matchNone)

func classOf(s *stay, m match) class {
	if s.isPresent() {
		return 2 * class(m)
	}
	return 2*class(m) + 1
}

// A search looks for people. What does not belong to the best is passed over
// early, since a short query matches everybody.
type search struct {
	query   []byte
	limit   int
	visible map[*indexedRoom]bool

	best   map[any]class // of a *person, or of the *stay of somebody hidden
	counts [classes]int  // how many there are of each
	found  []found
}

// A found person is one with how much they are what was searched for.
type found struct {
	person Person
	class  class
}

func (a found) compare(b found) int {
	return cmp.Or(cmp.Compare(a.class, b.class), strings.Compare(a.person.Account, b.person.Account),
		strings.Compare(a.person.Nick, b.person.Nick), byPresence(a.person.Occupancies[0], b.person.Occupancies[0]))
}

// consider takes in a stay that matches.
func (s *search) consider(stay *stay, m match) {
	c, better := classOf(stay, m), 0
	for i := range c + 1 {
		better += s.counts[i]
	}
	if better >= s.limit {
		return
	}
	var who any = stay.person
	if stay.person.account == "" {
		who = stay
	}
	before, known := s.best[who]
	switch {
	case known && before <= c:
		return
	case known:
		s.counts[before]--
	}
	s.best[who] = c
	s.counts[c]++
}

// conclude finds out what is to be told of the best ones.
func (s *search) conclude() {
	last, room := class(0), s.limit // the class that does not fit in whole, and how much of it does
	for last < classes && s.counts[last] <= room {
		room -= s.counts[last]
		last++
	}
	var edge []found
	for who, c := range s.best {
		switch {
		case c < last:
			s.found = append(s.found, s.tell(who, c))
		case c == last:
			edge = append(edge, s.tell(who, c))
		}
	}
	slices.SortFunc(edge, found.compare)
	s.found = append(s.found, edge[:min(room, len(edge))]...)
}

// tell returns a found person with what is visible of them, and the nick that
// matches best.
func (s *search) tell(who any, c class) found {
	if hidden, ok := who.(*stay); ok {
		return found{Person{Nick: hidden.occupant.Nick, Occupancies: []Occupancy{hidden.occupancy()}}, c}
	}
	p := who.(*person)
	f := found{Person{Account: p.account}, c}
	shown := classes + 2
	for stay := range p.stays() {
		if !s.visible[stay.room] {
			continue
		}
		f.person.Occupancies = append(f.person.Occupancies, stay.occupancy())
		if c := classOf(stay, matches([]byte(foldText(stay.occupant.Nick)), s.query)); c < shown {
			shown, f.person.Nick = c, stay.occupant.Nick
		}
	}
	return f
}
