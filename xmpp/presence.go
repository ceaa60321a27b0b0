package xmpp

import "muckick/xmpp/wire"

// An Exit says why a room ended our visit.
type Exit struct {
	Status string // the XEP-0045 §15.6.2 status code, e.g. 307; empty if there was none
	Reason string // as given by whoever did it; from the network, so hostile
}

func (e *Exit) Error() string {
	why := map[string]string{
		statusKicked: "kicked", statusBanned: "banned", statusShutdown: "the service shuts down",
		statusAffiliation: "no longer a member", statusMembersOnly: "the room became members-only",
		"": "the room is gone",
	}[e.Status]
	return "muckick is not in the room any more: " + why
}

// hearPresence keeps track of who is in a room (XEP-0045 §7.2, §7.14, §8.2).
func (s *stream) hearPresence(h wire.Header, el *wire.Element) {
	r, nick := s.findRoom(h.From)
	if r == nil || nick == "" && h.Type != "error" { // a room itself has no presence
		return
	}
	switch h.Type {
	case "error":
		if refused, err := el.DecodeError(); err == nil {
			r.mu.Lock()
			r.answerAttempt(h.ID, refused)
			r.mu.Unlock()
		}
	case "unavailable":
		if user, err := readMUCUser(el); err == nil {
			r.hearUnavailable(nick, user)
		}
	case "":
		if user, err := readMUCUser(el); err == nil {
			r.hearAvailable(h.ID, nick, user)
		}
	}
}

// hearAvailable notes an occupant who came or changed.
func (r *room) hearAvailable(id, nick string, user mucUser) {
	if len(user.items) == 0 {
		return
	}
	item := user.items[0]
	self := user.has(statusSelf)
	r.mu.Lock()
	inside := r.left != nil
	if !inside && r.attempt == nil {
		r.mu.Unlock()
		return // a late answer to a join that was given up
	}
	known, returning := r.occupants[nick]
	occupant := Occupant{
		Nick: nick, RealJID: item.JID, Role: Role(item.Role), Affiliation: Affiliation(item.Affiliation),
		Self: self, Since: known.Since,
	}
	// Others pass on whatever an occupant claims to be.
	if r.vouches {
		occupant.OccupantID = user.occupantID()
	}
	// Who was there before we came may be there for long already.
	if !returning && inside {
		occupant.Since = r.stream.options.Now()
	}
	r.occupants[nick] = occupant
	delete(r.unseen, nick)
	selfChanged := self && (r.self.Role != occupant.Role || r.self.Affiliation != occupant.Affiliation || r.self.Nick != nick)
	if self {
		r.self = occupant
		r.arrive(id, user.has(statusCreated))
	}
	r.mu.Unlock()
	if selfChanged {
		r.stream.client.watchers.reset(r.jid)
		return
	}
	r.stream.client.watchers.touch(r.jid, nick)
}

// arrive begins a visit with the room's answer to our join. The caller holds mu.
func (r *room) arrive(id string, created bool) {
	if r.left != nil || r.attempt == nil {
		return
	}
	if created {
		// The room ended between our look and our join, and we made it anew.
		r.answerAttempt("", &NoRoomError{Room: r.jid})
		r.sendUnavailable(r.self.Nick)
		r.self, r.occupants = Occupant{}, make(map[string]Occupant)
		return
	}
	r.left, r.why = make(chan struct{}), nil
	r.answerAttempt("", nil)
}

// hearUnavailable notes an occupant who went, or who took another nick.
func (r *room) hearUnavailable(nick string, user mucUser) {
	r.mu.Lock()
	if r.left == nil && r.attempt == nil {
		r.mu.Unlock()
		return
	}
	gone, known := r.occupants[nick]
	delete(r.occupants, nick)
	delete(r.unseen, nick)
	self := user.has(statusSelf) || known && nick == r.self.Nick
	if user.has(statusNickChanged) && len(user.items) > 0 && user.items[0].Nick != "" {
		gone.Nick = user.items[0].Nick
		r.occupants[gone.Nick] = gone
		if self {
			r.self.Nick = gone.Nick
		}
		r.mu.Unlock()
		r.stream.client.watchers.touch(r.jid, nick, gone.Nick)
		return
	}
	r.noteThrown(nick, gone, user)
	ended := self && r.left != nil
	r.mu.Unlock()
	if !ended {
		r.stream.client.watchers.touch(r.jid, nick)
		return
	}
	r.exit(exitOf(user))
}

// exitOf reads from our own unavailable presence why the visit ended.
func exitOf(user mucUser) *Exit {
	exit := &Exit{}
	for _, code := range []string{statusBanned, statusKicked, statusAffiliation, statusMembersOnly, statusShutdown} {
		if user.has(code) {
			exit.Status = code
			break
		}
	}
	switch {
	case user.destroyed:
		exit.Reason = user.destroyReason
	case len(user.items) > 0:
		exit.Reason = user.items[0].Reason
	}
	return exit
}
