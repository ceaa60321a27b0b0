package wire

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
)

const nsStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"

// MaxStanza is the size in bytes that a stanza of ours may have; servers close
// the stream on one of more than 256 KiB, and add attributes of their own.
const MaxStanza = 250_000

// Header is what every stanza carries (RFC 6120 §8.1). JIDs stay strings; see
// the package comment.
type Header struct {
	ID   string `xml:"id,attr,omitempty"`
	To   string `xml:"to,attr,omitempty"`
	From string `xml:"from,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
}

// ReadHeader takes the attributes of a stanza's start tag.
func ReadHeader(start xml.StartElement) Header {
	var h Header
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

// IQ is an IQ stanza to send.
type IQ struct {
	XMLName xml.Name `xml:"iq"`
	Header
	Payload any
}

// Presence is a presence stanza to send.
type Presence struct {
	XMLName xml.Name `xml:"presence"`
	Header
	Payload any
}

// encode returns the stanza as bytes, or [ErrTooLarge].
func encode(stanza any) ([]byte, error) {
	data, err := xml.Marshal(stanza)
	if err != nil {
		return nil, fmt.Errorf("encode stanza: %w", err)
	}
	if len(data) > MaxStanza {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(data))
	}
	return data, nil
}

// NewID returns an id that nobody can guess, so that a stranger's stanza never
// passes for an answer.
func NewID() string { return rand.Text() }

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
