package mucserver

import "errors"

const (
	kindIQ       = "iq"
	kindMessage  = "message"
	kindPresence = "presence"

	typeError  = "error"
	typeResult = "result"

	nsStanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas"
)

// errNoStanza ends the stream of a client that sends something else.
var errNoStanza = errors.New("mucserver: neither iq nor message nor presence")

// A Stanza is what [Options.Intercept] learns of a stanza.
type Stanza struct {
	Kind      string // iq, message or presence
	From      string // full JID of the session that sent it
	To        string // as the client wrote it; may be empty
	Type      string // such as get or groupchat; may be empty
	ID        string // may be empty
	Namespace string // of the first child element; may be empty
}

// stanza is a stanza that arrived.
type stanza struct {
	*element
	from         *session
	to           address
	kind         string
	typ, id, raw string // raw is the unparsed "to"
}

func (s *session) newStanza(e *element) (*stanza, error) {
	if e.name.Space != nsClient || (e.name.Local != kindIQ && e.name.Local != kindMessage && e.name.Local != kindPresence) {
		return nil, errNoStanza
	}
	return &stanza{
		element: e,
		from:    s,
		kind:    e.name.Local,
		typ:     e.attr("type"),
		id:      e.attr("id"),
		raw:     e.attr("to"),
	}, nil
}

func (st *stanza) describe() Stanza {
	d := Stanza{Kind: st.kind, From: st.from.jid.String(), To: st.raw, Type: st.typ, ID: st.id}
	if c := st.first(); c != nil {
		d.Namespace = c.name.Space
	}
	return d
}

// isRequest reports whether an IQ wants an answer.
func (st *stanza) isRequest() bool {
	return st.kind == kindIQ && (st.typ == "get" || st.typ == "set")
}

// newFrame returns a stanza without content; its tail is to be completed with
// [frame.with].
func newFrame(kind, from, typ, id string) frame {
	b := append(append(make([]byte, 0, 96), '<'), kind...)
	if from != "" {
		b = appendAttr(b, "from", from)
	}
	if typ != "" {
		b = appendAttr(b, "type", typ)
	}
	if id != "" {
		b = appendAttr(b, "id", id)
	}
	return frame{head: b}
}

// with returns the frame with its content, which is XML.
func (f frame) with(kind string, content []byte) frame {
	if len(content) == 0 {
		f.tail = []byte("/>")
		return f
	}
	b := make([]byte, 0, len(content)+len(kind)+4)
	b = append(append(b, '>'), content...)
	f.tail = append(append(append(b, "</"...), kind...), '>')
	return f
}

// address returns the "from" of an answer to the stanza.
func (st *stanza) address() string {
	if st.to == (address{}) {
		return st.raw
	}
	return st.to.String()
}

// result answers an IQ with content, which is XML and may be empty.
func (st *stanza) result(content []byte) {
	st.from.out.send(newFrame(kindIQ, st.address(), typeResult, st.id).with(kindIQ, content))
}

// fail answers the stanza with an error, if it may be answered at all
// (RFC 6120 §8.3.1).
func (st *stanza) fail(err error) {
	if st.typ == typeError || (st.kind == kindIQ && !st.isRequest()) {
		return
	}
	e := asStanzaError(err)
	var b []byte
	if st.kind == kindPresence && st.child(nsMUC, "x") != nil {
		b = append(b, "<x xmlns='"+nsMUC+"'/>"...)
	}
	b = append(b, "<error type='"+e.Type+"'><"+e.Condition+" xmlns='"+nsStanzaErrors+"'/>"...)
	if e.Text != "" {
		b = append(b, "<text xmlns='"+nsStanzaErrors+"'>"...)
		b = append(appendText(b, e.Text), "</text>"...)
	}
	b = append(b, "</error>"...)
	st.from.out.send(newFrame(st.kind, st.address(), typeError, st.id).with(st.kind, b))
}

// finish answers an IQ with an empty result, or with the error.
func (st *stanza) finish(err error) {
	if err != nil {
		st.fail(err)
		return
	}
	st.result(nil)
}
