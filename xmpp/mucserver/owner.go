package mucserver

import "strconv"

// handleOwner answers a muc#owner request: the configuration of a room, or its
// end (XEP-0045 §10.1, §10.2, §10.9).
func (s *session) handleOwner(st *stanza, query *element, r *Room) {
	r.mu.Lock()
	defer r.unlock()
	if r.gone {
		st.fail(noSuchRoom())
		return
	}
	if r.rankOf(s).affiliation != AffiliationOwner {
		st.fail(forbidden("only owners configure the room"))
		return
	}
	if st.typ == "get" {
		st.result(r.configForm())
		return
	}
	destroy, form := query.child(nsMUCOwner, "destroy"), query.child(nsData, "x")
	switch {
	case destroy != nil:
		r.destroy(destroy.childText("reason"))
		st.result(nil)
	case form == nil:
		st.fail(badRequest("neither a form nor a destruction"))
	case form.attr("type") == "cancel":
		st.result(nil)
	default:
		st.finish(r.configure(form))
	}
}

// The fields of muc#roomconfig that the form has (XEP-0045 §15.5.3).
const (
	fieldName         = "muc#roomconfig_roomname"
	fieldDescription  = "muc#roomconfig_roomdesc"
	fieldPublic       = "muc#roomconfig_publicroom"
	fieldMembersOnly  = "muc#roomconfig_membersonly"
	fieldModerated    = "muc#roomconfig_moderatedroom"
	fieldPersistent   = "muc#roomconfig_persistentroom"
	fieldWhois        = "muc#roomconfig_whois"
	fieldProtected    = "muc#roomconfig_passwordprotectedroom"
	fieldSecret       = "muc#roomconfig_roomsecret"
	fieldMaxOccupants = "muc#roomconfig_maxusers"
	fieldBroadcast    = "muc#roomconfig_presencebroadcast"

	formTypeConfig = "http://jabber.org/protocol/muc#roomconfig"
)

// configForm returns the configuration as a form to fill in.
func (r *Room) configForm() []byte {
	c := r.config
	whois := "moderators"
	if c.NonAnonymous {
		whois = "anyone"
	}
	b := []byte("<query xmlns='" + nsMUCOwner + "'>")
	b = append(b, dataForm("form", formTypeConfig, []field{
		{fieldName, "text-single", "Name", c.Name},
		{fieldDescription, "text-single", "Description", c.Description},
		{fieldPublic, "boolean", "Listed by the service", formatBool(!c.Hidden)},
		{fieldMembersOnly, "boolean", "For members only", formatBool(c.MembersOnly)},
		{fieldModerated, "boolean", "Moderated", formatBool(c.Moderated)},
		{fieldPersistent, "boolean", "Remains when empty", formatBool(c.Persistent)},
		{fieldWhois, "text-single", "Who sees real addresses", whois},
		{fieldProtected, "boolean", "Needs a password", formatBool(c.Password != "")},
		{fieldSecret, "text-private", "Password", c.Password},
		{fieldMaxOccupants, "text-single", "Most occupants", strconv.Itoa(c.MaxOccupants)},
	})...)
	return append(b, "</query>"...)
}

// configure applies a form that an owner filled in. Fields that are missing stay
// as they are; an empty form accepts the defaults (an instant room).
func (r *Room) configure(form *element) error {
	c, err := r.config.with(form)
	if err != nil {
		return err
	}
	before := r.config
	if c == before {
		return nil
	}
	r.config = c
	r.broadcast(newFrame(kindMessage, r.address, typeGroupchat, "").with(kindMessage,
		[]byte("<x xmlns='"+nsMUCUser+"'><status code='"+strconv.Itoa(statusConfigChanged)+"'/></x>")))
	if c.MembersOnly && !before.MembersOnly {
		r.evictStrangers()
	}
	return nil
}

// evictStrangers removes everybody without affiliation from a room that became
// one for members only (XEP-0045 §10.2.1).
func (r *Room) evictStrangers() {
	ev := event{unavailable: true, status: statusBecameMembersOnly}
	for _, o := range r.sorted() {
		switch {
		case o.affiliation >= AffiliationMember:
		case r.srv.opts.SilentEviction:
			for _, s := range o.sessions {
				s.out.send(r.presence(o, ev, view{real: true, status: []int{statusSelf}}))
			}
			r.detach(o, ev)
		default:
			r.remove(o, ev, nil, "")
		}
	}
}

func (c RoomConfig) with(form *element) (RoomConfig, error) {
	protected := c.Password != ""
	var err error
	for f := range form.children {
		value := f.childText("value")
		switch f.attr("var") {
		case fieldName:
			c.Name = value
		case fieldDescription:
			c.Description = value
		case fieldPublic:
			c.Hidden = !parseBool(value)
		case fieldMembersOnly:
			c.MembersOnly = parseBool(value)
		case fieldModerated:
			c.Moderated = parseBool(value)
		case fieldPersistent:
			c.Persistent = parseBool(value)
		case fieldWhois:
			c.NonAnonymous = value == "anyone"
		case fieldProtected:
			protected = parseBool(value)
		case fieldSecret:
			c.Password = value
		case fieldBroadcast:
			c.ModeratorsOnly = !f.lists("participant") && !f.lists("visitor")
		case fieldMaxOccupants:
			c.MaxOccupants = 0
			if value != "" && value != "none" {
				if c.MaxOccupants, err = natural(value); err != nil {
					return c, err
				}
			}
		}
	}
	if !protected {
		c.Password = ""
	} else if c.Password == "" {
		return c, &StanzaError{"modify", "not-acceptable", "a room that needs a password needs one that is not empty"}
	}
	return c, nil
}

func formatBool(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func parseBool(text string) bool { return text == "1" || text == "true" }
