package mucserver

import "time"

const (
	nsDelay    = "urn:xmpp:delay"
	nsStanzaID = "urn:xmpp:sid:0"

	typeGroupchat = "groupchat"

	// historySize is how many messages of a room a newcomer may see.
	historySize = 20
)

// groupMessage is a message that a room remembers.
type groupMessage struct {
	from, id string
	content  []byte // XML
	at       time.Time
}

func (m groupMessage) frame() frame {
	return newFrame(kindMessage, m.from, typeGroupchat, m.id).with(kindMessage, m.content)
}

// delayed returns the message as one from the past (XEP-0203).
func (m groupMessage) delayed(room string) frame {
	b := append([]byte(nil), m.content...)
	b = append(b, "<delay xmlns='"+nsDelay+"'"...)
	b = appendAttr(b, "from", room)
	b = appendAttr(b, "stamp", m.at.UTC().Format("2006-01-02T15:04:05.000Z"))
	m.content = append(b, "/>"...)
	return m.frame()
}

// handleRoomMessage handles a message to a room or to one of its occupants.
func (s *session) handleRoomMessage(st *stanza, r *Room) {
	var err error
	switch {
	case st.typ == typeError:
	case st.to.resource != "" && st.typ == typeGroupchat:
		err = badRequest("a groupchat message goes to the room, not to one occupant")
	case st.to.resource != "":
		err = r.passMessage(st)
	case st.typ == typeGroupchat:
		err = r.handleGroupchat(st)
	default:
		err = serviceUnavailable()
	}
	if err != nil {
		st.fail(err)
	}
}

// handleGroupchat passes a message on to everybody (XEP-0045 §7.4), or changes
// the subject (§8.1).
func (r *Room) handleGroupchat(st *stanza) error {
	r.mu.Lock()
	defer r.unlock()
	o := r.listeners[st.from]
	if o == nil {
		return notAcceptable()
	}
	subject := st.child(nsClient, "subject")
	if subject != nil && st.child(nsClient, "body") == nil && st.child(nsClient, "thread") == nil {
		if o.role != RoleModerator {
			return forbidden("only moderators change the subject")
		}
		r.setSubject(subject.text(), r.address+"/"+o.nick, st.id)
		return nil
	}
	m := groupMessage{from: r.address + "/" + o.nick, id: st.id, content: st.messagePayload()}
	return r.say(o, m, st.child(nsClient, "body") != nil)
}

// say sends a message of an occupant to everybody.
func (r *Room) say(o *occupant, m groupMessage, remember bool) error {
	if o.role < RoleParticipant {
		return forbidden("visitors do not speak in this room")
	}
	m.at = r.srv.opts.Now()
	r.broadcast(m.frame())
	if remember {
		if len(r.history) == historySize {
			r.history = append(r.history[:0], r.history[1:]...)
		}
		r.history = append(r.history, m)
	}
	return nil
}

func (r *Room) setSubject(subject, from, id string) {
	r.subject, r.subjectFrom = subject, from
	r.broadcast(r.subjectFrame(id))
}

// subjectFrame returns the message that tells the subject (XEP-0045 §7.2.15).
func (r *Room) subjectFrame(id string) frame {
	return newFrame(kindMessage, r.subjectFrom, typeGroupchat, id).with(kindMessage, appendTag(nil, "subject", r.subject))
}

func (r *Room) broadcast(f frame) {
	for s := range r.listeners {
		s.out.send(f)
	}
}

// messagePayload returns the content of a message to everybody, without what
// only a room may say.
func (st *stanza) messagePayload() []byte {
	var b []byte
	for c := range st.children {
		if c.name.Space == nsMUCUser || c.name.Space == nsDelay || (c.name.Space == nsStanzaID && c.name.Local == "stanza-id") {
			continue
		}
		b = c.appendTo(b, nsClient)
	}
	return b
}

// passMessage passes a private message on to one occupant (XEP-0045 §7.5).
// Residents do not read theirs.
func (r *Room) passMessage(st *stanza) error {
	r.mu.Lock()
	defer r.unlock()
	sender, recipient, err := r.between(st)
	if err != nil {
		return err
	}
	content := append(st.messagePayload(), "<x xmlns='"+nsMUCUser+"'/>"...)
	f := newFrame(kindMessage, r.address+"/"+sender.nick, st.typ, st.id).with(kindMessage, content)
	for _, s := range recipient.sessions {
		s.out.send(f)
	}
	return nil
}

// passIQ passes an IQ on to one occupant (XEP-0045 §17.4). A ping to one's own
// nickname is answered by the room (XEP-0410).
func (r *Room) passIQ(st *stanza) {
	r.mu.Lock()
	defer r.unlock()
	sender, recipient, err := r.between(st)
	if err != nil {
		st.fail(err)
		return
	}
	payload := st.first()
	ping := payload != nil && payload.name.Space == nsPing && st.isRequest()
	switch {
	case ping && (recipient == sender || recipient.resident != nil):
		st.result(nil)
	case recipient.resident != nil:
		st.fail(serviceUnavailable())
	default:
		f := newFrame(kindIQ, r.address+"/"+sender.nick, st.typ, st.id).with(kindIQ, st.content())
		recipient.sessions[0].out.send(f)
	}
}

// between returns who sends a stanza to an occupant, and to whom.
func (r *Room) between(st *stanza) (sender, recipient *occupant, err error) {
	if sender = r.listeners[st.from]; sender == nil {
		return nil, nil, &StanzaError{"cancel", "not-acceptable", "only occupants of the room may do this"}
	}
	if recipient = r.occupants[st.to.resource]; recipient == nil {
		return nil, nil, &StanzaError{"cancel", "item-not-found", "nobody in the room has this nickname"}
	}
	return sender, recipient, nil
}
