package wire

import (
	"encoding/xml"
	"io"
)

// An Element reads the tokens of one stanza and never one more. Whatever a
// decoder makes of a hostile stanza, its children cannot pass for stanzas.
type Element struct {
	Start  xml.StartElement // its start tag
	tokens xml.TokenReader
	depth  int
	begun  bool
	err    error
}

// Token returns the next token of the stanza, starting with its start tag. An
// error, such as io.EOF of the whole stream, is kept and repeated.
func (e *Element) Token() (xml.Token, error) {
	switch {
	case !e.begun:
		e.begun, e.depth = true, 1
		return e.Start, nil
	case e.err != nil:
		return nil, e.err
	case e.depth == 0:
		return nil, io.EOF
	}
	token, err := e.tokens.Token()
	if err != nil {
		e.err = err
		return nil, err
	}
	switch token.(type) {
	case xml.StartElement:
		e.depth++
	case xml.EndElement:
		e.depth--
	}
	return token, nil
}

// Decode unmarshals the stanza into v.
func (e *Element) Decode(v any) error {
	return xml.NewTokenDecoder(e).Decode(v)
}

// DecodeError returns the error that the stanza carries (RFC 6120 §8.3). A stanza
// of type error that carries none is one all the same.
func (e *Element) DecodeError() (*StanzaError, error) {
	var body struct {
		Error *stanzaError `xml:"error"`
	}
	if err := e.Decode(&body); err != nil {
		return nil, err
	}
	return body.Error.typed(), nil
}

// Depth returns how many elements are open, the stanza itself included: 0
// behind its end.
func (e *Element) Depth() int { return e.depth }

// Skip reads on to the end of the stanza. An error is met again by whoever
// reads the next stanza.
func (e *Element) Skip() {
	if !e.begun {
		e.begun, e.depth = true, 1
	}
	for e.depth > 0 && e.err == nil {
		_, _ = e.Token()
	}
}
