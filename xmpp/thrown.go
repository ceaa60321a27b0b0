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
func (r *room) expectThrown(v *visit, nick string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v.thrown[nick] == nil {
		v.thrown[nick] = &thrown{}
	}
	v.thrown[nick].kicks++
}

func (r *room) stopExpecting(v *visit, nick string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := v.thrown[nick]; t != nil {
		if t.kicks--; t.kicks == 0 {
			delete(v.thrown, nick)
		}
	}
}

// noteThrown keeps who left, if a kick waits for it. The caller holds the
// room's mu.
func (v *visit) noteThrown(nick string, gone Occupant, user mucUser) {
	t := v.thrown[nick]
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
func (r *room) whoWasThrown(v *visit, nick string, before Occupant) Occupant {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := v.thrown[nick]; t != nil && t.occupant != nil {
		return *t.occupant
	}
	return before
}
