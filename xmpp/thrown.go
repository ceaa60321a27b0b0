package xmpp

import "cmp"

// thrown collects whom the room throws out under a nick while kicks are under
// way for it. The nick can change hands between our look and the room's answer,
// so only the room's own presence tells who it was (XEP-0045 §8.2).
type thrown struct {
	kicks    int // that wait for it
	occupant *Occupant
}

// expectThrown notes that a kick is under way for the nick. Each call needs one
// of stopExpecting.
func (r *room) expectThrown(nick string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.thrown == nil {
		r.thrown = make(map[string]*thrown)
	}
	if r.thrown[nick] == nil {
		r.thrown[nick] = &thrown{}
	}
	r.thrown[nick].kicks++
}

func (r *room) stopExpecting(nick string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.thrown[nick]; t != nil {
		if t.kicks--; t.kicks == 0 {
			delete(r.thrown, nick)
		}
	}
}

// noteThrown keeps who left, if a kick waits for it. The caller holds mu.
func (r *room) noteThrown(nick string, gone Occupant, user mucUser) {
	t := r.thrown[nick]
	if t == nil || !user.has(statusKicked) {
		return
	}
	gone.Nick = nick
	if len(user.items) > 0 {
		gone.RealJID = cmp.Or(user.items[0].JID, gone.RealJID)
	}
	t.occupant = &gone
}

// whoWasThrown returns whom a confirmed kick hit: as the room said, or else as
// we knew them before.
func (r *room) whoWasThrown(nick string, before Occupant) Occupant {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.thrown[nick]; t != nil && t.occupant != nil {
		return *t.occupant
	}
	return before
}
