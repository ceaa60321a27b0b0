package mucserver

const (
	nsPing   = "urn:xmpp:ping"
	nsRoster = "jabber:iq:roster"

	nsVersion = "jabber:iq:version"
)

// version is what the server says of its software (XEP-0092).
const version = "<query xmlns='" + nsVersion + "'><name>mucserver</name></query>"

// handle does what a stanza asks for.
func (s *session) handle(st *stanza) {
	s.srv.counters.count(st.kind)
	if s.srv.opts.Intercept != nil && s.srv.opts.Intercept(st.describe()) {
		return
	}
	if st.kind == kindIQ && st.typ != "get" && st.typ != "set" && st.typ != typeResult && st.typ != typeError {
		st.typ = "get" // so that it is answered at all
		st.fail(badRequest("an iq is of type get, set, result or error"))
		return
	}
	if st.raw != "" {
		var ok bool
		if st.to, ok = s.srv.parseAddress(st.raw); !ok {
			st.to = address{}
			st.fail(jidMalformed("the address is not usable"))
			return
		}
	}
	switch {
	case st.raw == "", st.to == address{local: s.jid.local, domain: s.jid.domain}:
		s.handleOwn(st)
	case st.to.domain == s.srv.opts.Domain && st.to.local == "":
		s.handleDomain(st)
	case st.to.domain == s.srv.opts.Domain:
		s.handleAccount(st)
	case !s.srv.isService(st.to.domain):
		st.fail(&StanzaError{"cancel", "remote-server-not-found", "this server talks to no others"})
	case st.to.local == "":
		s.handleService(st)
	default:
		s.handleRoom(st)
	}
}

// handleOwn handles what a client sends to its own account (RFC 6120 §10.3).
func (s *session) handleOwn(st *stanza) {
	payload := st.first()
	switch {
	case st.kind == kindPresence && (st.typ == "" || st.typ == "unavailable"):
		s.ownPresence(st)
	case st.kind == kindMessage:
		s.handleAccount(st)
	case !st.isRequest():
	case payload == nil:
		st.fail(badRequest("an iq has one payload"))
	case payload.name.Space == nsRoster && st.typ == "get":
		st.result([]byte("<query xmlns='" + nsRoster + "'/>"))
	case payload.name.Space == nsSession, payload.name.Space == nsPing:
		st.result(nil)
	case payload.name.Space == nsDiscoInfo && st.raw != "":
		s.discoAccount(st, payload)
	case payload.name.Space == nsDiscoInfo, payload.name.Space == nsDiscoItems:
		s.discoDomain(st, payload)
	default:
		st.fail(serviceUnavailable())
	}
}

// ownPresence shows a presence to all sessions of the account (RFC 6121 §4.2.2).
// One that becomes unavailable leaves its rooms.
func (s *session) ownPresence(st *stanza) {
	content := st.content()
	f := newFrame(kindPresence, s.jid.String(), st.typ, st.id).with(kindPresence, content)
	for _, sess := range s.srv.sessionsOf(address{local: s.jid.local}) {
		sess.out.send(f)
	}
	if st.typ == "unavailable" {
		s.leaveAll()
	}
}

// handleDomain handles what is sent to the server itself.
func (s *session) handleDomain(st *stanza) {
	payload := st.first()
	switch {
	case st.kind == kindPresence, st.kind == kindIQ && !st.isRequest():
	case st.kind == kindIQ && payload != nil && (payload.name.Space == nsPing || payload.name.Space == nsSession):
		st.result(nil)
	case st.kind == kindIQ && payload != nil && (payload.name.Space == nsDiscoInfo || payload.name.Space == nsDiscoItems):
		s.discoDomain(st, payload)
	case st.kind == kindIQ && payload != nil && payload.name.Space == nsVersion && st.typ == "get":
		st.result([]byte(version))
	default:
		st.fail(serviceUnavailable())
	}
}

// handleAccount passes a stanza on to the sessions of an account.
func (s *session) handleAccount(st *stanza) {
	if st.kind == kindIQ && st.to.resource == "" {
		if payload := st.first(); st.isRequest() && payload != nil && payload.name.Space == nsDiscoInfo && s.srv.accounts.exists(st.to.local) {
			s.discoAccount(st, payload)
			return
		}
		st.fail(serviceUnavailable())
		return
	}
	to := st.to
	if st.raw == "" {
		to = address{local: s.jid.local, domain: s.jid.domain}
	}
	recipients := s.srv.sessionsOf(to)
	if len(recipients) == 0 {
		if st.kind != kindPresence {
			st.fail(serviceUnavailable())
		}
		return
	}
	f := newFrame(st.kind, s.jid.String(), st.typ, st.id).with(st.kind, st.content())
	for _, recipient := range recipients {
		recipient.out.send(f)
	}
}

// handleService handles what is sent to a multi-user chat service itself.
func (s *session) handleService(st *stanza) {
	payload := st.first()
	switch {
	case st.kind == kindPresence, st.kind == kindIQ && !st.isRequest():
	case st.kind == kindIQ && payload != nil && payload.name.Space == nsPing:
		st.result(nil)
	case st.kind == kindIQ && payload != nil && (payload.name.Space == nsDiscoInfo || payload.name.Space == nsDiscoItems):
		s.discoService(st, payload)
	default:
		st.fail(serviceUnavailable())
	}
}

// handleRoom handles what is sent to a room or to one of its occupants.
func (s *session) handleRoom(st *stanza) {
	if st.kind == kindPresence {
		s.handleRoomPresence(st)
		return
	}
	r := s.srv.room(st.to.bare())
	switch {
	case r == nil:
		st.fail(noSuchRoom())
	case st.kind == kindMessage:
		s.handleRoomMessage(st, r)
	case st.to.resource != "":
		r.passIQ(st)
	case st.isRequest():
		s.handleRoomIQ(st, r)
	}
}

// handleRoomIQ answers an IQ to a room.
func (s *session) handleRoomIQ(st *stanza, r *Room) {
	payload := st.first()
	if payload == nil {
		st.fail(badRequest("an iq has one payload"))
		return
	}
	switch payload.name.Space {
	case nsPing:
		st.result(nil)
	case nsDiscoInfo, nsDiscoItems:
		s.discoRoom(st, payload, r)
	case nsMUCAdmin:
		s.handleAdmin(st, payload, r)
	case nsMUCOwner:
		s.handleOwner(st, payload, r)
	default:
		st.fail(serviceUnavailable())
	}
}

// content returns the children of the stanza as XML.
func (st *stanza) content() []byte {
	var b []byte
	for c := range st.children {
		b = c.appendTo(b, nsClient)
	}
	return b
}
