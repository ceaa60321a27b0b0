package xmpp

import (
	"encoding/xml"
	"io"
)

// An element reads the tokens of one stanza and never one more. Whatever a
// decoder makes of a hostile stanza, its children cannot pass for stanzas.
type element struct {
	tokens xml.TokenReader
	start  xml.StartElement
	depth  int
	begun  bool
	err    error
}

// Token returns the next token of the stanza, starting with its start tag. An
// error, such as io.EOF of the whole stream, is kept and repeated.
func (e *element) Token() (xml.Token, error) {
	switch {
	case !e.begun:
		e.begun, e.depth = true, 1
		return e.start, nil
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

// decode unmarshals the stanza into v.
func (e *element) decode(v any) error {
	return xml.NewTokenDecoder(e).Decode(v)
}

// skip reads on to the end of the stanza. An error is met again by whoever
// reads the next stanza.
func (e *element) skip() {
	if !e.begun {
		e.begun, e.depth = true, 1
	}
	for e.depth > 0 && e.err == nil {
		_, _ = e.Token()
	}
}
