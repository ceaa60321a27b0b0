package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

const (
	nsStream = "http://etherx.jabber.org/streams"
	nsClient = "jabber:client"
)

// What one stanza may take. No limit but that of bytes ends the stream, since
// anybody in a room can send what a server lets through: the others leave out
// what exceeds them.
const (
	maxUnasked    = 4 << 20  // bytes; servers let 512 KiB through, which escaping makes larger
	maxAsked      = 16 << 20 // bytes of an answer to a request; lists come in one stanza
	maxDepth      = 64       // elements inside each other
	maxAttributes = 256      // of one element inside a stanza
	maxPrefixes   = 256      // declared at any place
)

var (
	errRestricted = errors.New("restricted XML: a comment, a processing instruction or a document type (RFC 6120 §11.1)")
	errNotXML     = errors.New("not well-formed XML")
	errNoStream   = errors.New("the chat server speaks no XMPP")
	errTooLong    = errors.New("a stanza of the chat server is too large")
)

// A Reader splits a stream into stanzas. Only what stands at depth one is a
// stanza, or an error of the stream; what a stanza holds is data, whatever its
// namespace (RFC 6120 §4). The first error is the last thing that it reads.
//
// It takes raw tokens from encoding/xml and resolves namespaces itself, so that
// what it keeps of a hostile stanza is bounded.
type Reader struct {
	source *meter
	raw    *xml.Decoder
	open   []openElement
	names  []prefix // in scope
	err    error
}

// An openElement is one whose end tag was not read yet.
type openElement struct {
	tag      xml.Name // as written
	name     xml.Name // with its namespace
	space    string   // default namespace inside
	prefixes int      // that were in scope before it
}

// A prefix stands for a namespace.
type prefix struct{ name, space string }

// NewReader returns a reader of a stream, which begins with its header.
func NewReader(source io.Reader) *Reader {
	m := &meter{source: source, left: maxUnasked}
	return &Reader{source: m, raw: xml.NewDecoder(m)}
}

// Next returns the next stanza, whose predecessor has to be read to its end.
// io.EOF says that the server closed the stream, and a [*StreamError] why.
func (r *Reader) Next() (*Element, error) {
	for {
		r.source.left = maxUnasked
		token, err := r.Token()
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		switch {
		case !ok && len(r.open) == 0:
			return nil, r.fail(io.EOF)
		case !ok:
		case len(r.open) == 1:
			if start.Name != (xml.Name{Space: nsStream, Local: "stream"}) {
				return nil, r.fail(errNoStream)
			}
		case start.Name.Space == nsClient:
			return &Element{Start: start, tokens: r}, nil
		default:
			if err := r.streamLevel(&Element{Start: start, tokens: r}); err != nil {
				return nil, r.fail(err)
			}
		}
	}
}

// streamLevel reads an element that is no stanza and returns the error that it
// stands for, if it does.
func (r *Reader) streamLevel(el *Element) error {
	defer el.Skip()
	if el.Start.Name != (xml.Name{Space: nsStream, Local: "error"}) {
		return nil
	}
	var body streamError
	if err := el.Decode(&body); err != nil {
		return err
	}
	return body.typed()
}

// allow lets the present stanza be as large as an answer to a request may be.
func (r *Reader) allow() { r.source.left += maxAsked - maxUnasked }

// Token returns the next token with its namespace resolved. What stands deeper
// than maxDepth is left out.
func (r *Reader) Token() (xml.Token, error) {
	for r.err == nil {
		token, err := r.raw.RawToken()
		if err != nil {
			return nil, r.fail(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if len(r.open) > maxDepth {
				if err := r.drop(); err != nil {
					return nil, r.fail(err)
				}
				continue
			}
			return r.begin(token), nil
		case xml.EndElement:
			return r.end(token)
		case xml.CharData:
			if len(r.open) > 1 {
				return token, nil
			}
			if len(bytes.TrimSpace(token)) > 0 {
				return nil, r.fail(errNotXML)
			}
		case xml.ProcInst:
			if token.Target != "xml" || len(r.open) > 0 {
				return nil, r.fail(errRestricted)
			}
		default:
			return nil, r.fail(errRestricted)
		}
	}
	return nil, r.err
}

// drop reads to the end of an element whose start tag was read. It counts, and
// keeps nothing.
func (r *Reader) drop() error {
	for depth := 1; depth > 0; {
		token, err := r.raw.RawToken()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
		default:
			return errRestricted
		}
	}
	return nil
}

// begin opens an element and resolves the names in its start tag.
func (r *Reader) begin(start xml.StartElement) xml.StartElement {
	open := openElement{tag: start.Name, prefixes: len(r.names)}
	if len(r.open) > 0 {
		open.space = r.open[len(r.open)-1].space
	}
	if len(r.open) > 1 && len(start.Attr) > maxAttributes {
		start.Attr = start.Attr[:maxAttributes]
	}
	for _, attr := range start.Attr {
		switch {
		case attr.Name.Space == "" && attr.Name.Local == "xmlns":
			open.space = attr.Value
		case attr.Name.Space == "xmlns" && len(r.names) < maxPrefixes:
			r.names = append(r.names, prefix{attr.Name.Local, attr.Value})
		}
	}
	if start.Name.Space == "" {
		start.Name.Space = open.space
	} else {
		start.Name.Space = r.space(start.Name.Space)
	}
	for i, attr := range start.Attr {
		if attr.Name.Space != "" && attr.Name.Space != "xmlns" {
			start.Attr[i].Name.Space = r.space(attr.Name.Space)
		}
	}
	open.name = start.Name
	r.open = append(r.open, open)
	return start
}

// end closes the innermost element.
func (r *Reader) end(end xml.EndElement) (xml.Token, error) {
	last := len(r.open) - 1
	if last < 0 || r.open[last].tag != end.Name {
		return nil, r.fail(errNotXML)
	}
	end.Name = r.open[last].name
	r.names = r.names[:r.open[last].prefixes]
	r.open = r.open[:last]
	return end, nil
}

// space returns the namespace of a prefix. One that was not declared stands for
// none that anybody could mean.
func (r *Reader) space(name string) string {
	for i := len(r.names) - 1; i >= 0; i-- {
		if r.names[i].name == name {
			return r.names[i].space
		}
	}
	if name == "xml" {
		return "http://www.w3.org/XML/1998/namespace"
	}
	return "undeclared:" + name
}

// fail ends the reader with an error, which it repeats from then on.
func (r *Reader) fail(err error) error {
	var syntax *xml.SyntaxError
	if err == io.EOF && len(r.open) > 1 || errors.As(err, &syntax) && syntax.Msg == "unexpected EOF" {
		err = io.ErrUnexpectedEOF
	}
	r.err = err
	return err
}

// A meter passes on a limited number of bytes.
type meter struct {
	source io.Reader
	left   int
}

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errTooLong
	}
	n, err := m.source.Read(p)
	m.left -= n
	return n, err
}

// streamError is the error of a stream (RFC 6120 §4.9.2).
type streamError struct {
	Any []struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
	} `xml:",any"`
}

func (e *streamError) typed() *StreamError {
	typed := &StreamError{Condition: "undefined-condition"}
	for _, child := range e.Any {
		switch {
		case child.XMLName.Space != "urn:ietf:params:xml:ns:xmpp-streams":
		case child.XMLName.Local == "text":
			typed.Text = child.Text
		default:
			typed.Condition = child.XMLName.Local
		}
	}
	return typed
}

// A StreamError is why the server ended the stream (RFC 6120 §4.9).
type StreamError struct {
	Condition string // e.g. conflict
	Text      string // may be empty
}

func (e *StreamError) Error() string {
	if e.Text == "" {
		return "the chat server ended the stream: " + e.Condition
	}
	return fmt.Sprintf("the chat server ended the stream: %s (%s)", e.Condition, e.Text)
}
