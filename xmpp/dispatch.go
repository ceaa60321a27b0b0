package xmpp

import (
	"encoding/xml"
	"strings"

	"muckick/xmpp/wire"
)

// dispatch sends a stanza where it belongs. It runs on the reading goroutine,
// so nothing here waits, and nothing that a stanza holds ends the stream.
func (s *stream) dispatch(el *wire.Element) {
	h := wire.ReadHeader(el.Start)
	switch el.Start.Name.Local {
	case "iq":
		s.serveIQ(h, el)
	case "presence":
		s.hearPresence(h, el)
	case "message":
		s.hearMessage(h, el)
	}
}

// findRoom returns the room that a stanza came from and the occupant's nick,
// which is empty if the room itself speaks.
func (s *stream) findRoom(from string) (r *room, nick string) {
	bare, nick, _ := strings.Cut(from, "/")
	local, domain, _ := strings.Cut(bare, "@")
	s.mu.Lock()
	defer s.mu.Unlock()
	if r = s.rooms[RoomJID{local: local, domain: domain}]; r != nil {
		return r, nick
	}
	// The server may prepare addresses otherwise than we do.
	if jid, err := ParseRoom(bare); err == nil {
		r = s.rooms[jid]
	}
	return r, nick
}

// hearMessage notes a room's new subject. With a body or a thread, which anybody
// may send, it is none (XEP-0045 §8.1). Everything that is said otherwise is none
// of muckick's business.
func (s *stream) hearMessage(h wire.Header, el *wire.Element) {
	r, _ := s.findRoom(h.From)
	if r == nil || h.Type != "groupchat" {
		return
	}
	var message struct {
		Subject *string   `xml:"jabber:client subject"`
		Body    *struct{} `xml:"jabber:client body"`
		Thread  *struct{} `xml:"jabber:client thread"`
	}
	if el.Decode(&message) == nil && message.Subject != nil && message.Body == nil && message.Thread == nil {
		r.setSubject(*message.Subject)
	}
}

// serveIQ answers a request to us: pings and disco#info in truth, everything
// else with service-unavailable (RFC 6120 §8.2.3). Strangers who ask too much
// get no answer.
func (s *stream) serveIQ(h wire.Header, el *wire.Element) {
	send := s.wire.Reply
	if s.isTrusted(h.From) {
		send = s.wire.Send
	} else if !s.wire.MayReply() {
		return
	}
	var request struct {
		Ping *struct{}   `xml:"urn:xmpp:ping ping"`
		Info *discoQuery `xml:"http://jabber.org/protocol/disco#info query"`
	}
	answer := wire.IQ{Header: wire.Header{ID: h.ID, To: h.From, Type: "result"}}
	switch err := el.Decode(&request); {
	case err == nil && h.Type == "get" && request.Ping != nil:
	case err == nil && h.Type == "get" && request.Info != nil && request.Info.Node == "":
		answer.Payload = discoInfo{
			Identities: []identity{{Category: "client", Type: "bot", Name: "muckick"}},
			Features:   []feature{{nsDiscoInfo}, {nsPing}},
		}
	default:
		answer.Type = "error"
		answer.Payload = serviceUnavailable{Type: "cancel"}
	}
	if err := send(answer); err != nil {
		s.options.Logger.Debug("request not answered", "error", err)
	}
}

// isTrusted reports whether our own server or our own occupant asks: the first
// may end a session that does not answer its pings, and of the second the room
// wants to know whether we are there (XEP-0410).
func (s *stream) isTrusted(from string) bool {
	if from == "" || from == s.domain || from == s.client.account.String() {
		return true
	}
	r, nick := s.findRoom(from)
	if r == nil || nick == "" {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.visit != nil && r.visit.self.Nick == nick || r.attempt != nil && r.attempt.nick == nick
}

type serviceUnavailable struct {
	XMLName   xml.Name `xml:"error"`
	Type      string   `xml:"type,attr"`
	Condition struct{} `xml:"urn:ietf:params:xml:ns:xmpp-stanzas service-unavailable"`
}
