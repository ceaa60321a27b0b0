package mucserver

import (
	"errors"
	"slices"
)

// handleAdmin answers a muc#admin request (XEP-0045 §8, §9).
func (s *session) handleAdmin(st *stanza, query *element, r *Room) {
	if query.name.Local != "query" {
		st.fail(badRequest("not a query"))
		return
	}
	if st.typ == "get" {
		list, err := r.list(s, query)
		if err != nil {
			st.fail(err)
			return
		}
		st.result(list)
		return
	}
	r.mu.Lock()
	defer r.unlock()
	changes, err := r.parseChanges(query)
	if err == nil {
		err = r.checkChanges(s, changes)
	}
	if err != nil || s.srv.opts.ResultFirst {
		st.finish(err)
	}
	if err != nil {
		return
	}
	for _, c := range changes {
		r.apply(s, c)
	}
	if !s.srv.opts.ResultFirst {
		st.finish(nil)
	}
}

// list answers a request for a role or affiliation list (XEP-0045 §8.5, §9.2,
// §9.5, §9.8, §10.5, §10.8) as XML.
func (r *Room) list(s *session, query *element) ([]byte, error) {
	request := query.child(nsMUCAdmin, "item")
	if request == nil {
		return nil, badRequest("the request names no list")
	}
	r.mu.Lock()
	defer r.unlock()
	if r.gone {
		return nil, ErrGone
	}
	mine := r.rankOf(s)
	outside := mine.role == RoleNone
	if outside && r.srv.opts.AdminsMustJoin {
		return nil, forbidden("only occupants get lists")
	}
	b := []byte("<query xmlns='" + nsMUCAdmin + "'>")
	if text := request.attr("role"); text != "" {
		role, err := parseRole(text)
		switch {
		case err != nil:
			return nil, err
		case role == RoleNone:
			return nil, badRequest("nobody in a room has no role")
		case role == RoleVisitor && r.srv.opts.NoVisitorList:
			return nil, badRequest("there is no list of visitors")
		case mine.role != RoleModerator && mine.affiliation < AffiliationAdmin:
			return nil, forbidden("only moderators get lists of roles")
		}
		b = r.appendRoleList(b, role)
	} else {
		affiliation, err := parseAffiliation(request.attr("affiliation"))
		switch {
		case err != nil:
			return nil, err
		case affiliation == AffiliationNone:
			return nil, badRequest("there is no list of accounts without affiliation")
		case mine.affiliation < AffiliationAdmin:
			return nil, forbidden("only admins and owners get lists of affiliations")
		}
		b = r.appendAffiliationList(b, affiliation)
	}
	return append(b, "</query>"...), nil
}

func (r *Room) appendRoleList(b []byte, role Role) []byte {
	for _, o := range r.sorted() {
		if o.role != role {
			continue
		}
		b = append(b, "<item"...)
		b = appendAttr(b, "affiliation", o.affiliation.String())
		b = appendAttr(b, "role", o.role.String())
		b = appendAttr(b, "nick", o.nick)
		b = appendAttr(b, "jid", o.real)
		b = append(b, "/>"...)
	}
	return b
}

func (r *Room) appendAffiliationList(b []byte, affiliation Affiliation) []byte {
	for _, jid := range r.accountsWith(affiliation) {
		b = append(b, "<item"...)
		b = appendAttr(b, "affiliation", affiliation.String())
		b = appendAttr(b, "jid", jid)
		if reason := r.reasons[jid]; reason != "" {
			b = append(appendTag(append(b, '>'), "reason", reason), "</item>"...)
			continue
		}
		b = append(b, "/>"...)
	}
	return b
}

// change is one requested change: of the role of an occupant, or of the
// affiliation of a bare JID.
type change struct {
	target      *occupant // for a role
	absent      bool      // for a role of nobody, which changes nothing
	role        Role
	jid         string // for an affiliation
	affiliation Affiliation
	reason      string
}

func (r *Room) parseChanges(query *element) ([]change, error) {
	if r.gone {
		return nil, ErrGone
	}
	var changes []change
	for item := range query.children {
		if item.name.Space != nsMUCAdmin || item.name.Local != "item" {
			continue
		}
		c, err := r.parseChange(item)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	if len(changes) == 0 {
		return nil, badRequest("the request changes nothing")
	}
	return changes, nil
}

func (r *Room) parseChange(item *element) (change, error) {
	c := change{reason: item.childText("reason")}
	role, affiliation := item.attr("role"), item.attr("affiliation")
	if (role == "") == (affiliation == "") {
		return c, badRequest("an item changes either a role or an affiliation")
	}
	named, err := r.occupantNamed(item.attr("nick"))
	if role != "" {
		c.target, c.absent = named, errors.Is(err, errNoSuchNick) && r.srv.opts.ResultForAbsent
		if err == nil || c.absent {
			c.role, err = parseRole(role)
		}
		return c, err
	}
	switch {
	case item.attr("jid") != "":
		c.jid, err = normalizeBare(item.attr("jid"))
	case err == nil:
		c.jid = named.bare
	}
	if err == nil {
		c.affiliation, err = parseAffiliation(affiliation)
	}
	return c, err
}

// occupantNamed returns the occupant that a client named.
func (r *Room) occupantNamed(text string) (*occupant, error) {
	if text == "" {
		return nil, badRequest("an item names somebody")
	}
	nick, ok := normalizeNick(text)
	if !ok || r.occupants[nick] == nil {
		return nil, errNoSuchNick
	}
	return r.occupants[nick], nil
}

// checkChanges reports why a session may not make all of the changes, or nil.
func (r *Room) checkChanges(s *session, changes []change) error {
	actor := r.rankOf(s)
	demoted := make(map[string]bool)
	appointed := false
	for _, c := range changes {
		if c.target != nil || c.absent {
			if actor.role == RoleNone {
				return notAllowed("only occupants of the room change roles")
			}
			if c.absent {
				continue
			}
			if err := checkRoleChange(actor, c.target.rank, c.role); err != nil {
				return err
			}
			continue
		}
		if err := r.checkAffiliation(s, actor.affiliation, c); err != nil {
			return err
		}
		appointed = appointed || c.affiliation == AffiliationOwner
		if r.affiliations[c.jid] == AffiliationOwner && c.affiliation != AffiliationOwner {
			demoted[c.jid] = true
		}
	}
	if len(demoted) > 0 && !appointed && len(demoted) == len(r.accountsWith(AffiliationOwner)) {
		return conflict("a room needs an owner")
	}
	return nil
}

func (r *Room) checkAffiliation(s *session, actor Affiliation, c change) error {
	if err := checkAffiliationChange(actor, r.affiliationOf(c.jid), c.affiliation, c.jid == s.jid.bare()); err != nil {
		return err
	}
	if r.srv.isAdmin(c.jid) && c.affiliation != AffiliationOwner {
		return notAllowed("service administrators own every room")
	}
	return nil
}

// accountsWith returns the bare JIDs with an affiliation, in order.
func (r *Room) accountsWith(affiliation Affiliation) []string {
	var jids []string
	for jid, a := range r.affiliations {
		if a == affiliation {
			jids = append(jids, jid)
		}
	}
	slices.Sort(jids)
	return jids
}

// apply makes a change that has been checked.
func (r *Room) apply(s *session, c change) {
	ev := event{reason: c.reason}
	if actor := r.listeners[s]; actor != nil {
		ev.actor = actor.nick
	}
	switch {
	case c.absent:
	case c.target == nil:
		r.setAffiliation(c.jid, c.affiliation, ev)
	case r.occupants[c.target.nick] != c.target:
		// An earlier change of the same request has removed them.
	case c.role == RoleNone:
		ev.unavailable, ev.status = true, statusKicked
		r.remove(c.target, ev, nil, "")
	case c.role != c.target.role:
		c.target.role = c.role
		r.announce(c.target, ev, nil, "")
	}
}

// setAffiliation changes an affiliation, and what follows from it for the
// occupants with that JID (XEP-0045 §9, §10).
func (r *Room) setAffiliation(bare string, affiliation Affiliation, ev event) {
	if affiliation == AffiliationNone {
		delete(r.affiliations, bare)
	} else {
		r.affiliations[bare] = affiliation
	}
	delete(r.reasons, bare)
	if affiliation == AffiliationOutcast && ev.reason != "" {
		r.reasons[bare] = ev.reason
	}
	affiliation = r.affiliationOf(bare)
	for _, o := range slices.Clone(r.byAccount[bare]) {
		if o.affiliation != affiliation {
			r.affiliate(o, affiliation, ev)
		}
	}
}

func (r *Room) affiliate(o *occupant, affiliation Affiliation, ev event) {
	before := o.affiliation
	o.affiliation = affiliation
	switch {
	case affiliation == AffiliationOutcast:
		ev.unavailable, ev.status = true, statusBanned
		r.remove(o, ev, nil, "")
		return
	case r.config.MembersOnly && affiliation < AffiliationMember:
		ev.unavailable, ev.status = true, statusAffiliationLost
		r.remove(o, ev, nil, "")
		return
	}
	role := initialRole(affiliation, r.config.Moderated)
	if before < AffiliationAdmin {
		// A role that was granted is not lost with an affiliation.
		role = max(role, o.role)
	}
	o.role = role
	r.announce(o, ev, nil, "")
}
