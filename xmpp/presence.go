package xmpp

import (
	"math"

	"muckick/xmpp/wire"
)

// hearPresence keeps track of who is in a room (XEP-0045 §7.2, §7.14, §8.2).
func (s *stream) hearPresence(h wire.Header, el *wire.Element) {
	r, nick := s.findRoom(h.From)
	if r == nil || nick == "" && h.Type != "error" { // a room itself has no presence
		return
	}
	switch h.Type {
	case "error":
		if refused, err := el.DecodeError(); err == nil {
			r.hearRefusal(h.ID, refused)
		}
	case "unavailable":
		if user, err := readMUCUser(el); err == nil {
			r.hearUnavailable(nick, user)
		}
	case "":
		if user, err := readMUCUser(el); err == nil {
			r.hearAvailable(nick, user)
		}
	}
}

// hearing returns the list that presences belong to: that of the visit, or of
// the join that may become one. It is nil if they are late answers to a join
// that was given up. The caller holds mu.
func (r *room) hearing() *occupants {
	switch {
	case r.visit != nil:
		return &r.visit.occupants
	case r.attempt != nil:
		return &r.attempt.occupants
	}
	return nil
}

// hearAvailable notes an occupant who came or changed.
func (r *room) hearAvailable(nick string, user mucUser) {
	if len(user.items) == 0 {
		return
	}
	item := user.items[0]
	self := user.has(statusSelf)
	r.mu.Lock()
	list := r.hearing()
	if list == nil {
		r.mu.Unlock()
		return
	}
	known, returning := list.find(nick)
	occupant := Occupant{
		Nick: nick, RealJID: item.JID, Role: roleOf(item.Role), Affiliation: affiliationOf(item.Affiliation),
		Self: self, Ours: self || r.stream.isOurs(item.JID), Since: known.Since, Sessions: uint16(min(len(user.items), math.MaxUint16)),
	}
	// Where each session that bears the nick has a presence of its own, a role
	// list counts them.
	if len(user.items) == 1 && BareJID(known.RealJID) == BareJID(item.JID) {
		occupant.Sessions = max(known.Sessions, 1)
	}
	// Others pass on whatever an occupant claims to be.
	if r.vouches {
		occupant.OccupantID = user.occupantID()
	}
	// Who was there before we came may be there for long already.
	if !returning && r.visit != nil {
		occupant.Since = r.stream.options.Now()
	}
	list.put(occupant)
	if r.visit != nil {
		r.visit.noteVoice(occupant)
	}
	changed := self && r.hearSelf(occupant, user.has(statusCreated))
	r.mu.Unlock()
	if changed {
		r.stream.client.watchers.reset(r.jid)
		return
	}
	r.stream.client.watchers.touch(r.jid, nick)
}

// hearSelf notes how we stand in the room, and begins a visit with the room's
// answer to our join. It reports whether our standing has changed. The caller
// holds mu.
func (r *room) hearSelf(self Occupant, created bool) (changed bool) {
	if v := r.visit; v != nil {
		self.Since = v.self.Since
		changed = v.self.Role != self.Role || v.self.Affiliation != self.Affiliation || v.self.Nick != self.Nick
		v.self = self
		return changed
	}
	try := r.attempt
	r.attempt = nil
	if created {
		// The room ended between our look and our join, and we made it anew.
		alone := try.occupants.count() == 1
		if !r.stream.begin(func() { r.undo(try, self, alone) }) {
			try.end(nil, ErrOffline)
		}
		return true
	}
	self.Since = r.stream.options.Now()
	r.visit = newVisit(self, try.occupants)
	r.visit.occupants.tell(&roomPeople{client: r.stream.client, jid: r.jid, settled: r.stream.began.Add(r.stream.client.options.Settle)})
	try.end(r.visit, nil)
	return true
}

// hearUnavailable notes an occupant who went, or who took another nick.
func (r *room) hearUnavailable(nick string, user mucUser) {
	r.mu.Lock()
	list, v := r.hearing(), r.visit
	if list == nil {
		r.mu.Unlock()
		return
	}
	gone, known := list.find(nick)
	self := user.has(statusSelf) || known && v != nil && nick == v.self.Nick
	if user.has(statusNickChanged) && len(user.items) > 0 && user.items[0].Nick != "" {
		renamed := list.rename(nick, user.items[0].Nick)
		if self && v != nil {
			v.self.Nick = renamed.Nick
		}
		r.mu.Unlock()
		r.stream.client.watchers.touch(r.jid, nick, renamed.Nick)
		return
	}
	list.remove(nick)
	if v != nil {
		v.noteThrown(nick, gone, user)
		if list.count() == 1 {
			r.stream.everyRoom.alone(r.jid)
		}
		v.noteBanned(nick, gone, user)
	}
	r.mu.Unlock()
	if self && v != nil {
		r.end(v, exitOf(user))
		return
	}
	r.stream.client.watchers.touch(r.jid, nick)
}
