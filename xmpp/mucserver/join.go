package mucserver

import (
	"errors"
	"slices"
	"time"
)

// handleRoomPresence handles a presence to a room: entering, leaving, a new
// nickname or a new state.
func (s *session) handleRoomPresence(st *stanza) {
	switch st.typ {
	case "unavailable":
		if r := s.srv.room(st.to.bare()); r != nil {
			r.leave(s, st)
		}
	case "":
		if st.to.resource == "" {
			st.fail(jidMalformed("a nickname is needed"))
			return
		}
		if err := s.enter(st); err != nil {
			st.fail(err)
		}
	}
}

// enter enters a room, which is made if it does not exist.
func (s *session) enter(st *stanza) error {
	for {
		r := s.srv.roomFor(st.to.bare())
		err := r.handlePresence(st)
		if !errors.Is(err, ErrGone) {
			return err
		}
		// It went between the two calls; the next one makes a new room.
		s.srv.forget(r)
	}
}

func (r *Room) handlePresence(st *stanza) error {
	r.mu.Lock()
	defer r.unlock()
	if r.gone {
		return ErrGone
	}
	o := r.listeners[st.from]
	switch {
	case o == nil:
		return r.join(st)
	case o.nick != st.to.resource:
		return r.rename(o, st)
	case st.child(nsMUC, "x") != nil:
		// The client has lost its view of the room and wants all of it again.
		r.welcome(o, st, nil)
	default:
		o.payload = st.presencePayload()
		r.announce(o, event{}, st.from, st.id)
	}
	return nil
}

// join adds a session to the room (XEP-0045 §7.2).
func (r *Room) join(st *stanza) error {
	s := st.from
	bare := s.jid.bare()
	var status []int
	if r.fresh {
		r.fresh = false
		r.affiliations[bare] = AffiliationOwner
		status = append(status, statusCreated)
	}
	affiliation := r.affiliationOf(bare)
	existing := r.occupants[st.to.resource]
	if err := r.admit(st, affiliation, existing); err != nil {
		return err
	}
	if r.config.NonAnonymous {
		status = append(status, statusNonAnonymous)
	}
	r.joins.Add(1)
	r.srv.counters.joins.Add(1)
	s.joined(r)
	if existing != nil {
		existing.sessions = append(existing.sessions, s)
		r.listeners[s] = existing
		r.welcome(existing, st, status)
		return nil
	}
	o := r.add(st.to.resource, bare, s.jid.String(), affiliation)
	o.payload = st.presencePayload()
	r.announce(o, event{}, nil, "")
	o.sessions = []*session{s}
	r.listeners[s] = o
	r.welcome(o, st, status)
	return nil
}

// admit reports why a session may not enter with the nickname it wants, or nil
// (XEP-0045 §7.2.5 to §7.2.9). Existing is who has that nickname.
func (r *Room) admit(st *stanza, affiliation Affiliation, existing *occupant) error {
	bare := st.from.jid.bare()
	mine := existing != nil && existing.bare == bare && existing.resident == nil
	switch {
	case affiliation == AffiliationOutcast:
		return forbidden("you are banned from this room")
	case r.config.MembersOnly && affiliation < AffiliationMember:
		return &StanzaError{"auth", "registration-required", "only members may enter this room"}
	case r.config.Password != "" && !r.srv.isAdmin(bare) && st.child(nsMUC, "x").password() != r.config.Password:
		return &StanzaError{"auth", "not-authorized", "this room needs a password"}
	case existing != nil && !mine:
		return conflict("somebody in the room has this nickname")
	case !mine && r.config.MaxOccupants > 0 && len(r.occupants) >= r.config.MaxOccupants && affiliation < AffiliationAdmin:
		return &StanzaError{"wait", "service-unavailable", "the room is full"}
	}
	return nil
}

// password returns the password in an x element, which may be nil.
func (e *element) password() string {
	if e == nil {
		return ""
	}
	return e.childText("password")
}

// welcome sends a session of an occupant all it needs to know about the room:
// who is there, its own presence, what was said lately and the subject
// (XEP-0045 §7.2.2 to §7.2.15).
func (r *Room) welcome(o *occupant, st *stanza, status []int) {
	out := st.from.out
	real := r.seesReal(o)
	for _, other := range r.occupants {
		if other != o && r.shows(other) {
			out.send(r.presence(other, event{}, view{real: real}))
		}
	}
	out.send(r.presence(o, event{}, view{
		real:   true,
		status: append([]int{statusSelf}, status...),
		id:     st.id,
	}))
	r.sendHistory(st)
	out.send(r.subjectFrame(""))
}

// rename gives an occupant another nickname (XEP-0045 §7.6).
func (r *Room) rename(o *occupant, st *stanza) error {
	nick := st.to.resource
	if r.occupants[nick] != nil {
		return conflict("somebody in the room has this nickname")
	}
	r.announce(o, event{unavailable: true, status: statusRenamed, newNick: nick}, nil, "")
	delete(r.occupants, o.nick)
	o.nick = nick
	r.occupants[nick] = o
	o.payload = st.presencePayload()
	r.announce(o, event{}, st.from, st.id)
	return nil
}

// leave takes a session out of the room (XEP-0045 §7.14). The stanza it did so
// with may be nil, and the session need not be in the room.
func (r *Room) leave(s *session, st *stanza) {
	r.mu.Lock()
	defer r.unlock()
	o := r.listeners[s]
	if o == nil {
		return
	}
	ev := event{unavailable: true}
	id := ""
	if st != nil {
		ev.content, id = st.presencePayload(), st.id
	}
	if len(o.sessions) == 1 {
		r.remove(o, ev, s, id)
		return
	}
	s.out.send(r.presence(o, ev, view{real: true, status: []int{statusSelf}, id: id}))
	delete(r.listeners, s)
	s.left(r)
	o.sessions = slices.DeleteFunc(o.sessions, func(other *session) bool { return other == s })
	o.real = o.sessions[0].jid.String()
}

// presencePayload returns what the client added to its presence, without what is
// between it and the room.
func (st *stanza) presencePayload() []byte {
	var b []byte
	for c := range st.children {
		if c.name.Space != nsMUC && c.name.Space != nsMUCUser {
			b = c.appendTo(b, nsClient)
		}
	}
	return b
}

// sendHistory sends the latest messages as far as the client wants them
// (XEP-0045 §7.2.13, §7.2.14). The limit "maxchars" counts only when it is 0.
func (r *Room) sendHistory(st *stanza) {
	messages := r.history
	if x := st.child(nsMUC, "x"); x != nil {
		if limits := x.child(nsMUC, "history"); limits != nil {
			messages = r.recent(limits)
		}
	}
	for _, m := range messages {
		st.from.out.send(m.delayed(r.address))
	}
}

func (r *Room) recent(limits *element) []groupMessage {
	messages := r.history
	if n, err := natural(limits.attr("maxstanzas")); err == nil && n < len(messages) {
		messages = messages[len(messages)-n:]
	}
	if n, err := natural(limits.attr("maxchars")); err == nil && n == 0 {
		return nil
	}
	var since time.Time
	if n, err := natural(limits.attr("seconds")); err == nil {
		since = r.srv.opts.Now().Add(-time.Duration(n) * time.Second)
	}
	if at, err := time.Parse(time.RFC3339, limits.attr("since")); err == nil && at.After(since) {
		since = at
	}
	first := slices.IndexFunc(messages, func(m groupMessage) bool { return !m.at.Before(since) })
	if first < 0 {
		return nil
	}
	return messages[first:]
}
