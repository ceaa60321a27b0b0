package xmpp

import "time"

// roomPeople tells the index of people what presence and role lists say of one
// room. The methods of a nil one do nothing.
type roomPeople struct {
	client  *Client
	jid     RoomJID
	settled time.Time // see indexedRoom
}

// tell passes a change on with its time.
func (p *roomPeople) tell(change func(*peopleIndex, time.Time)) {
	if p == nil {
		return
	}
	index, now := &p.client.people, p.client.options.Now()
	index.do(func() { change(index, now) })
}

// enter tells who is there as we come.
func (p *roomPeople) enter(present []*Occupant) {
	p.tell(func(ix *peopleIndex, now time.Time) { ix.enter(p.jid, present, p.settled, now) })
}

// look tells whom somebody saw from outside.
func (p *roomPeople) look(occupants []Occupant) {
	present := make([]*Occupant, len(occupants))
	for i, occupant := range occupants {
		present[i] = &occupant
	}
	p.tell(func(ix *peopleIndex, now time.Time) { ix.look(p.jid, present, now) })
}

// exit tells that we are not there any more.
func (p *roomPeople) exit() {
	p.tell(func(ix *peopleIndex, now time.Time) { ix.exit(p.jid, now) })
}

// put tells of an occupant who came or changed, by presence.
func (p *roomPeople) put(occupant *Occupant) {
	p.tell(func(ix *peopleIndex, now time.Time) { ix.put(p.jid, occupant, now) })
}

// list tells of an occupant whom a role list has.
func (p *roomPeople) list(occupant *Occupant) {
	p.tell(func(ix *peopleIndex, now time.Time) { ix.list(p.jid, occupant, now) })
}

// rename tells who was called nick before.
func (p *roomPeople) rename(nick string, renamed *Occupant) {
	p.tell(func(ix *peopleIndex, now time.Time) { ix.rename(p.jid, nick, renamed, now) })
}

// remove tells that who has the nick is gone.
func (p *roomPeople) remove(nick string) {
	p.tell(func(ix *peopleIndex, now time.Time) { ix.remove(p.jid, nick, now) })
}
