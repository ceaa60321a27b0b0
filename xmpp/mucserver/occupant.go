package mucserver

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// occupant is somebody in a room: either one or several sessions of an account,
// or a resident.
type occupant struct {
	rank
	nick     string
	bare     string // bare real JID
	real     string // real JID, that of the first session
	sessions []*session
	resident *Resident
	payload  []byte // what clients added to their presence, as XML
	number   uint64 // order of entering
	since    time.Time
}

// An Occupant is what [Room.Occupants] says about an occupant.
type Occupant struct {
	Nick        string
	RealJID     string // full JID of a session, the given one of a resident
	Role        Role
	Affiliation Affiliation
	Sessions    int // 0 for a resident
	Since       time.Time
}

// Occupants returns who is in the room, in the order of entering.
func (r *Room) Occupants() []Occupant {
	r.mu.Lock()
	defer r.unlock()
	list := make([]Occupant, 0, len(r.occupants))
	for _, o := range r.sorted() {
		list = append(list, Occupant{
			Nick:        o.nick,
			RealJID:     o.real,
			Role:        o.role,
			Affiliation: o.affiliation,
			Sessions:    len(o.sessions),
			Since:       o.since,
		})
	}
	return list
}

func (r *Room) sorted() []*occupant {
	return slices.SortedFunc(maps.Values(r.occupants), func(a, b *occupant) int {
		return cmp.Compare(a.number, b.number)
	})
}

// nicks returns the nicknames of all occupants in no particular order.
func (r *Room) nicks() []string {
	r.mu.Lock()
	defer r.unlock()
	return slices.Collect(maps.Keys(r.occupants))
}

// affiliationOf returns the affiliation that counts for a bare JID.
func (r *Room) affiliationOf(bare string) Affiliation {
	if r.srv.isAdmin(bare) {
		return AffiliationOwner
	}
	return r.affiliations[bare]
}

// rankOf returns the permissions of a session; without a role if it is not in
// the room.
func (r *Room) rankOf(s *session) rank {
	if o := r.listeners[s]; o != nil {
		return o.rank
	}
	return rank{affiliation: r.affiliationOf(s.jid.bare())}
}

// add puts an occupant in the room and tells nobody.
func (r *Room) add(nick, bare, real string, affiliation Affiliation) *occupant {
	r.entered++
	o := &occupant{
		rank:   rank{role: initialRole(affiliation, r.config.Moderated), affiliation: affiliation},
		nick:   nick,
		bare:   bare,
		real:   real,
		number: r.entered,
		since:  r.srv.opts.Now(),
	}
	r.occupants[nick] = o
	r.byAccount[o.bare] = append(r.byAccount[o.bare], o)
	return o
}

// remove takes an occupant out of the room and tells everybody why. The session
// that caused it, if any, gets the id of its stanza back.
func (r *Room) remove(o *occupant, ev event, by *session, id string) {
	r.announce(o, ev, by, id)
	r.detach(o, ev)
}

// detach takes an occupant out of the room and tells nobody but a resident.
func (r *Room) detach(o *occupant, ev event) {
	delete(r.occupants, o.nick)
	r.byAccount[o.bare] = slices.DeleteFunc(r.byAccount[o.bare], func(other *occupant) bool { return other == o })
	if len(r.byAccount[o.bare]) == 0 {
		delete(r.byAccount, o.bare)
	}
	for _, s := range o.sessions {
		delete(r.listeners, s)
		s.left(r)
	}
	if o.resident != nil {
		o.resident.depart(ev)
	}
	if len(r.occupants) == 0 && !r.config.Persistent {
		r.gone = true
	}
}
