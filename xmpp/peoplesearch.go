package xmpp

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// maxFound is how many people a search returns at most.
	maxFound = 1000

	// maxQuery is how many bytes a query may have: no address has more.
	maxQuery = 3*maxPart + 2
)

// foldText returns a text without its differences in case, width and other forms
// of compatibility, such as bold letters of mathematics.
func foldText(text string) string {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
		}
	}
	return strings.ToLower(text)
}

// A match is how well a text fits what is searched for; less is better.
type match int

const (
	matchEqual match = iota
	matchBegin
	matchWithin
	matchNone
)

func matches(text, query string) match {
	switch i := strings.Index(text, query); {
	case i < 0:
		return matchNone
	case i > 0:
		return matchWithin
	case len(text) > len(query):
		return matchBegin
	}
	return matchEqual
}

// A found person is one with the stay whose nick is to be shown.
type found struct {
	person *person
	shown  *stay
	match  match
}

// occupancy returns a stay as it is told to others.
func (s *stay) occupancy() Occupancy {
	o := Occupancy{Room: s.room.jid, Occupant: s.occupant, Left: s.left, Unseen: s.unseen}
	if s.left.IsZero() && !s.room.live {
		o.Left, o.Unseen = s.room.seen, true
	}
	return o
}

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

// isPresent reports whether they are there now.
func (s *stay) isPresent() bool { return s.left.IsZero() && s.room.live }

func (ix *peopleIndex) occupancies(account string, now time.Time) (list []Occupancy) {
	ix.have(now, func() {
		if p := ix.persons[account]; p != nil {
			for s := range p.stays() {
				list = append(list, s.occupancy())
			}
		}
	})
	return sortOccupancies(list)
}

// liveRooms returns the rooms that we are in.
func (ix *peopleIndex) liveRooms() []RoomJID {
	return ix.roomsWhere(func(r *indexedRoom) bool { return r.live })
}

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
			for _, s := range r.byNick {
				list = append(list, s.occupancy())
			}
		}
	})
	return sortOccupancies(list)
}

// find is [Client.FindPeople].
func (ix *peopleIndex) find(query string, limit int, visible func(RoomJID) bool, now time.Time) []Person {
	query = foldText(query)
	if limit = min(limit, maxFound); limit <= 0 || query == "" || len(query) > maxQuery {
		return nil
	}
	// Who says what is visible may ask us in turn, so they are asked before.
	seen := make(map[RoomJID]bool)
	for _, room := range ix.roomsWhere(func(*indexedRoom) bool { return true }) {
		if visible(room) {
			seen[room] = true
		}
	}
	var people []Person
	ix.have(now, func() {
		search := search{query: query, limit: limit, visible: make(map[*indexedRoom]bool, len(seen))}
		for room := range seen {
			if r := ix.rooms[room]; r != nil {
				search.visible[r] = true
			}
		}
		for _, p := range ix.persons {
			search.account(p)
		}
		for r := range search.visible {
			search.hidden(&r.hidden)
		}
		for _, f := range search.best() {
			people = append(people, search.tell(f))
		}
	})
	for i := range people {
		sortOccupancies(people[i].Occupancies)
	}
	return people
}

// A search looks for people.
type search struct {
	query   string
	limit   int
	visible map[*indexedRoom]bool
	found   []found
}

// account adds a person if they match.
func (s *search) account(p *person) {
	f := found{person: p, match: matches(p.folded, s.query)}
	var latest *stay
	nick := matchNone
	for stay := range p.stays() {
		if !s.visible[stay.room] {
			continue
		}
		latest = later(latest, stay)
		if m := matches(stay.folded, s.query); m < nick || m == nick && m < matchNone && later(f.shown, stay) == stay {
			nick, f.shown = m, stay
		}
	}
	f.match = min(f.match, nick)
	if latest == nil || f.match == matchNone {
		return
	}
	if f.shown == nil {
		f.shown = latest
	}
	s.add(f)
}

// later returns the stay that is more of the present.
func later(a, b *stay) *stay {
	switch {
	case a == nil:
		return b
	case a.isPresent() != b.isPresent():
		if a.isPresent() {
			return a
		}
		return b
	case b.occupancy().Left.After(a.occupancy().Left):
		return b
	}
	return a
}

// hidden adds those of a room whose account is hidden, each by itself.
func (s *search) hidden(p *person) {
	for stay := range p.stays() {
		if m := matches(stay.folded, s.query); m < matchNone {
			s.add(found{person: p, shown: stay, match: m})
		}
	}
}

// add keeps the best ones, and not many more than are wanted.
func (s *search) add(f found) {
	if s.found = append(s.found, f); len(s.found) >= 4*s.limit+64 {
		s.found = s.best()
	}
}

func (s *search) best() []found {
	slices.SortFunc(s.found, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.match, b.match), cmpBool(b.shown.isPresent(), a.shown.isPresent()),
			strings.Compare(a.person.folded, b.person.folded), strings.Compare(a.shown.folded, b.shown.folded),
			byPresence(a.shown.occupancy(), b.shown.occupancy()))
	})
	return s.found[:min(len(s.found), s.limit)]
}

// tell returns a found person with what is visible of them.
func (s *search) tell(f found) Person {
	p := Person{Account: f.person.account, Nick: f.shown.occupant.Nick}
	if p.Account == "" {
		p.Occupancies = []Occupancy{f.shown.occupancy()}
		return p
	}
	for stay := range f.person.stays() {
		if s.visible[stay.room] {
			p.Occupancies = append(p.Occupancies, stay.occupancy())
		}
	}
	return p
}
