package xmpptest

import (
	"fmt"
	"slices"
	"strings"
)

// The kinds of events that the Python process reports.
const (
	eventReady     = "ready"
	eventConnected = "connected"
	eventClosed    = "closed"
	eventFault     = "fault"
	eventPresence  = "presence"
	eventMessage   = "message"
	eventIQ        = "iq"
)

// An event is one line from the Python process.
type event struct {
	Event string `json:"event"`
	Peer  string `json:"peer"`
	JID   string `json:"jid"`
	ID    string `json:"id"`

	From   string       `json:"from"`
	Type   string       `json:"type"`
	Err    *StanzaError `json:"error"`
	Reason string       `json:"reason"`

	MUC         bool   `json:"muc"`
	Statuses    []int  `json:"statuses"`
	Role        string `json:"role"`
	Affiliation string `json:"affiliation"`
	NewNick     string `json:"new_nick"`
	Actor       string `json:"actor"`
	Destroyed   bool   `json:"destroyed"`

	Body    string `json:"body"`
	Subject string `json:"subject"`
	XML     string `json:"xml"`
}

func (e event) String() string {
	var b strings.Builder
	b.WriteString(e.Event)
	for _, field := range []struct{ name, value string }{
		{"from", e.From}, {"type", e.Type}, {"role", e.Role}, {"affiliation", e.Affiliation},
		{"new nick", e.NewNick}, {"reason", e.Reason}, {"actor", e.Actor}, {"body", e.Body},
	} {
		if field.value != "" {
			fmt.Fprintf(&b, " %s=%q", field.name, field.value)
		}
	}
	if len(e.Statuses) > 0 {
		fmt.Fprintf(&b, " statuses=%v", e.Statuses)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, " error=%q", e.Err)
	}
	return b.String()
}

// A StanzaError is an error that the server answered with (RFC 6120 §8.3).
type StanzaError struct {
	Type      string `json:"type"`
	Condition string `json:"condition"`
	Text      string `json:"text"`
}

func (e *StanzaError) Error() string {
	if e.Text == "" {
		return e.Type + "/" + e.Condition
	}
	return e.Type + "/" + e.Condition + " " + e.Text
}

// A Presence is what a peer heard about an occupant of a room (XEP-0045 §7).
type Presence struct {
	Nick        string // as the server writes it
	Unavailable bool   // the occupant has left that nick
	Role        string
	Affiliation string
	JID         string // the occupant's real JID; empty if the room hides it
	NewNick     string // with status 303, the nick that follows
	Statuses    []int  // XEP-0045 §15.6
	Reason      string // why the occupant was removed
	Actor       string // nick or JID of who removed them, if the room says
	Destroyed   bool   // the room is gone
}

// Has reports whether the presence carries the status code.
func (p Presence) Has(status int) bool { return slices.Contains(p.Statuses, status) }

func (e event) presence() Presence {
	_, nick, _ := strings.Cut(e.From, "/")
	return Presence{
		Nick: nick, Unavailable: e.Type == "unavailable",
		Role: e.Role, Affiliation: e.Affiliation, JID: e.JID,
		NewNick: e.NewNick, Statuses: e.Statuses,
		Reason: e.Reason, Actor: e.Actor, Destroyed: e.Destroyed,
	}
}

// A Message is a message that a peer received.
type Message struct {
	From    string // JID; a room's message has the room or an occupant here
	Type    string // groupchat, chat, error, …
	ID      string
	Body    string
	Subject string
	Err     *StanzaError
	XML     string // the whole stanza
}

// Nick returns the resource of From: the nick of the occupant who wrote.
func (m Message) Nick() string {
	_, nick, _ := strings.Cut(m.From, "/")
	return nick
}

func (e event) message() Message {
	return Message{
		From: e.From, Type: e.Type, ID: e.ID, Body: e.Body,
		Subject: e.Subject, Err: e.Err, XML: e.XML,
	}
}

// An IQ is the answer to a request.
type IQ struct {
	From string
	Type string // result or error
	Err  *StanzaError
	XML  string // the whole stanza
}
