package xmpp

import "time"

// roomPeople tells the index of people what presence and role lists say of one
// room. The methods of a nil one do nothing.
type roomPeople struct {
	client *Client
	jid    RoomJID
}

// tell passes a change on with its time.
func (p *roomPeople) tell(change func(*peopleIndex, time.Time)) {
	if p == nil {
		return
	}
	index, at := &p.client.people, p.client.options.Now()
	index.do(func() { change(index, at) })
}

// enter tells who is there as we come.
func (p *roomPeople) enter(present []Occupant) {
	p.tell(func(ix *peopleIndex, at time.Time) { ix.enter(p.jid, present, true, at) })
}

// look tells whom somebody saw from outside.
func (p *roomPeople) look(present []Occupant) {
	p.tell(func(ix *peopleIndex, at time.Time) { ix.enter(p.jid, present, false, at) })
}

// exit tells that we are not there any more.
func (p *roomPeople) exit() {
	p.tell(func(ix *peopleIndex, at time.Time) { ix.exit(p.jid, at) })
}

// put tells of an occupant who came or changed, by presence.
func (p *roomPeople) put(occupant Occupant) {
	p.tell(func(ix *peopleIndex, at time.Time) { ix.put(p.jid, occupant, at) })
}

// list tells of an occupant whom a role list has.
func (p *roomPeople) list(occupant Occupant) {
	p.tell(func(ix *peopleIndex, at time.Time) { ix.put(p.jid, occupant, at) })
}

// rename tells who was called nick before.
func (p *roomPeople) rename(nick string, renamed Occupant) {
	p.tell(func(ix *peopleIndex, at time.Time) { ix.rename(p.jid, nick, renamed, at) })
}

// remove tells that who has the nick is gone.
func (p *roomPeople) remove(nick string) {
	p.tell(func(ix *peopleIndex, at time.Time) { ix.remove(p.jid, nick, at) })
}
