package xmpp

import (
	"maps"
	"slices"
)

// occupants are who is in a room, by nick and without their obstacles. Every
// change goes through put, list, rename and remove.
type occupants struct {
	byNick map[string]*Occupant // which never change, so that others may keep them
	unseen map[string]bool      // nicks that only a role list told of
	told   *roomPeople          // of every change, while they are those of a visit

	spans map[*span]bool // under way
}

// A span notes which nicks change while role lists are read.
type span struct{ changed map[string]bool }

// beginSpan begins to note them.
func (o *occupants) beginSpan() *span {
	if o.spans == nil {
		o.spans = make(map[*span]bool)
	}
	r := &span{changed: make(map[string]bool)}
	o.spans[r] = true
	return r
}

func (o *occupants) endSpan(r *span) { delete(o.spans, r) }

// note notes that something became of a nick.
func (o *occupants) note(nick string) {
	for r := range o.spans {
		r.changed[nick] = true
	}
}

// tell lets the index of people know who is there, and from now on every change.
func (o *occupants) tell(people *roomPeople) {
	o.told = people
	people.enter(slices.Collect(maps.Values(o.byNick)))
}

// hush ends that: what becomes of them is not known any more.
func (o *occupants) hush() {
	o.told.exit()
	o.told = nil
}

// find returns who bears the nick, if anybody is known to.
func (o *occupants) find(nick string) (Occupant, bool) {
	if occupant := o.byNick[nick]; occupant != nil {
		return *occupant, true
	}
	return Occupant{}, false
}

// count returns how many are known.
func (o *occupants) count() int { return len(o.byNick) }

// all returns all that are known, in no order.
func (o *occupants) all() []Occupant {
	list := make([]Occupant, 0, len(o.byNick))
	for _, occupant := range o.byNick {
		list = append(list, *occupant)
	}
	return list
}

// put takes in an occupant of whom presence tells.
func (o *occupants) put(occupant Occupant) {
	delete(o.unseen, occupant.Nick)
	o.told.put(o.set(occupant))
}

// list takes in an occupant of whom a role list tells.
func (o *occupants) list(occupant Occupant) {
	if _, known := o.byNick[occupant.Nick]; !known {
		if o.unseen == nil {
			o.unseen = make(map[string]bool)
		}
		o.unseen[occupant.Nick] = true
	}
	o.told.list(o.set(occupant))
}

func (o *occupants) set(occupant Occupant) *Occupant {
	if o.byNick == nil {
		o.byNick = make(map[string]*Occupant)
	}
	o.byNick[occupant.Nick] = &occupant
	o.note(occupant.Nick)
	return &occupant
}

// rename gives an occupant another nick (XEP-0045 §7.6), and returns them as they
// are called then.
func (o *occupants) rename(nick, renamed string) Occupant {
	occupant, _ := o.find(nick)
	o.drop(nick)
	occupant.Nick = renamed
	delete(o.unseen, renamed)
	o.told.rename(nick, o.set(occupant))
	return occupant
}

// remove takes a nick off the list and returns who had it.
func (o *occupants) remove(nick string) (gone Occupant, known bool) {
	gone, known = o.find(nick)
	o.drop(nick)
	o.told.remove(nick)
	return gone, known
}

func (o *occupants) drop(nick string) {
	delete(o.byNick, nick)
	delete(o.unseen, nick)
	o.note(nick)
}
