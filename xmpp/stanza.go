package xmpp

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
)

// Namespaces of the protocols spoken here.
const (
	nsStanzas    = "urn:ietf:params:xml:ns:xmpp-stanzas"
	nsDiscoInfo  = "http://jabber.org/protocol/disco#info"
	nsDiscoItems = "http://jabber.org/protocol/disco#items"
	nsMUC        = "http://jabber.org/protocol/muc"
	nsMUCUser    = "http://jabber.org/protocol/muc#user"
	nsMUCAdmin   = "http://jabber.org/protocol/muc#admin"
	nsOccupantID = "urn:xmpp:occupant-id:0"
	nsPing       = "urn:xmpp:ping"
	nsRSM        = "http://jabber.org/protocol/rsm"
	nsData       = "jabber:x:data"
)

// maxStanza is the size in bytes that a stanza of ours may have; servers close
// the stream on one of more than 256 KiB, and add attributes of their own.
const maxStanza = 250_000

// header is what every stanza carries (RFC 6120 §8.1). JIDs stay strings; see
// the package comment.
type header struct {
	ID   string `xml:"id,attr,omitempty"`
	To   string `xml:"to,attr,omitempty"`
	From string `xml:"from,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
}

// readHeader takes the attributes of a stanza's start tag.
func readHeader(start xml.StartElement) header {
	var h header
	for _, attr := range start.Attr {
		if attr.Name.Space != "" {
			continue
		}
		switch attr.Name.Local {
		case "id":
			h.ID = attr.Value
		case "to":
			h.To = attr.Value
		case "from":
			h.From = attr.Value
		case "type":
			h.Type = attr.Value
		}
	}
	return h
}

// iq is an IQ stanza to send.
type iq struct {
	XMLName xml.Name `xml:"iq"`
	header
	Payload any
}

// presence is a presence stanza to send.
type presence struct {
	XMLName xml.Name `xml:"presence"`
	header
	Payload any
}

// encode returns the stanza as bytes, or [ErrTooLarge].
func encode(stanza any) ([]byte, error) {
	data, err := xml.Marshal(stanza)
	if err != nil {
		return nil, fmt.Errorf("encode stanza: %w", err)
	}
	if len(data) > maxStanza {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(data))
	}
	return data, nil
}

// newID returns an id that nobody can guess, so that a stranger's stanza never
// passes for an answer.
func newID() string { return rand.Text() }

// stanzaError is the error element of a stanza (RFC 6120 §8.3.2).
type stanzaError struct {
	Type string `xml:"type,attr"`
	Any  []struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
	} `xml:",any"`
}

// typed returns e as the error type of this package. A server that sends no
// error element, or an incomplete one, still refused.
func (e *stanzaError) typed() *StanzaError {
	typed := &StanzaError{Type: "cancel", Condition: "undefined-condition"}
	if e == nil {
		return typed
	}
	if e.Type != "" {
		typed.Type = e.Type
	}
	for _, child := range e.Any {
		switch {
		case child.XMLName.Space != nsStanzas:
		case child.XMLName.Local == "text":
			typed.Text = child.Text
		default:
			typed.Condition = child.XMLName.Local
		}
	}
	return typed
}

// Status codes of XEP-0045 §15.6.
const (
	statusSelf        = "110"
	statusCreated     = "201"
	statusBanned      = "301"
	statusNickChanged = "303"
	statusKicked      = "307"
	statusAffiliation = "321"
	statusMembersOnly = "322"
	statusShutdown    = "332"
)

// mucItem is the item of muc#user and of muc#admin (XEP-0045 §17.2, §17.3).
type mucItem struct {
	Affiliation string `xml:"affiliation,attr,omitempty"`
	Role        string `xml:"role,attr,omitempty"`
	JID         string `xml:"jid,attr,omitempty"`
	Nick        string `xml:"nick,attr,omitempty"`
	Reason      string `xml:"reason,omitempty"`
}

// adminQuery is the payload of muc#admin requests and answers (XEP-0045 §17.2).
type adminQuery struct {
	XMLName xml.Name  `xml:"http://jabber.org/protocol/muc#admin query"`
	Items   []mucItem `xml:"item"`
}
