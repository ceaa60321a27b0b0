package mucserver

import (
	"bytes"
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	nsClient = "jabber:client"
	nsXML    = "http://www.w3.org/XML/1998/namespace"
	nsXMLNS  = "http://www.w3.org/2000/xmlns/"

	// maxDepth keeps what is passed on within the limits of other parsers.
	maxDepth = 100
)

var (
	errMalformed = errors.New("mucserver: XML that is not well-formed")
	errTooDeep   = errors.New("mucserver: XML nested too deeply")
)

// element is an XML element in memory, without its namespace declarations.
type element struct {
	name  xml.Name
	attrs []xml.Attr
	nodes []node
}

// node is a child of an element: an element, or text when elem is nil.
type node struct {
	elem *element
	text string
}

// readElement reads the rest of the element that start begins. It refuses what
// Go's decoder lets pass but other parsers do not, since the element may be
// passed on to other clients, whose streams would end.
func readElement(r xml.TokenReader, start xml.StartElement) (*element, error) {
	root, err := newElement(start)
	if err != nil {
		return nil, err
	}
	open := []*element{root}
	for len(open) > 0 {
		tok, err := r.Token()
		if err != nil {
			return nil, err
		}
		current := open[len(open)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			if len(open) == maxDepth {
				return nil, errTooDeep
			}
			child, err := newElement(tok)
			if err != nil {
				return nil, err
			}
			current.nodes = append(current.nodes, node{elem: child})
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			current.nodes = append(current.nodes, node{text: string(tok)})
		}
	}
	return root, nil
}

func newElement(start xml.StartElement) (*element, error) {
	if !isPlainName(start.Name) {
		return nil, errMalformed
	}
	e := &element{name: start.Name}
	for _, a := range start.Attr {
		if a.Name.Space == "xmlns" || (a.Name.Space == "" && a.Name.Local == "xmlns") {
			continue
		}
		if a.Name.Space != nsXML && !isPlainName(a.Name) {
			return nil, errMalformed
		}
		e.attrs = append(e.attrs, a)
	}
	return e, checkDuplicates(e.attrs)
}

// isPlainName reports whether a name can be written again: a single name in a
// namespace that may be declared (Namespaces in XML §3).
func isPlainName(name xml.Name) bool {
	return !strings.Contains(name.Local, ":") && name.Space != nsXML && name.Space != nsXMLNS
}

func checkDuplicates(attrs []xml.Attr) error {
	if len(attrs) < 2 {
		return nil
	}
	seen := make(map[xml.Name]bool, len(attrs))
	for _, a := range attrs {
		if seen[a.Name] {
			return errMalformed
		}
		seen[a.Name] = true
	}
	return nil
}

// attr returns the value of an attribute without namespace, or "".
func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// children yields the child elements.
func (e *element) children(yield func(*element) bool) {
	for _, n := range e.nodes {
		if n.elem != nil && !yield(n.elem) {
			return
		}
	}
}

// first returns the first child element, or nil.
func (e *element) first() *element {
	for c := range e.children {
		return c
	}
	return nil
}

// child returns the first child element of that name, or nil.
func (e *element) child(space, local string) *element {
	for c := range e.children {
		if c.name.Space == space && c.name.Local == local {
			return c
		}
	}
	return nil
}

// text returns the character data directly inside the element; the element may
// be nil.
func (e *element) text() string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	for _, n := range e.nodes {
		b.WriteString(n.text)
	}
	return b.String()
}

// childText returns the text of the first child of that name in the same
// namespace.
func (e *element) childText(local string) string {
	return e.child(e.name.Space, local).text()
}

// lists reports whether a form field that may have several values has this one.
func (e *element) lists(value string) bool {
	for child := range e.children {
		if child.name.Local == "value" && child.text() == value {
			return true
		}
	}
	return false
}

// appendTo appends the element as XML for a place where parent is the default
// namespace.
func (e *element) appendTo(b []byte, parent string) []byte {
	b = append(append(b, '<'), e.name.Local...)
	if e.name.Space != parent {
		b = appendAttr(b, "xmlns", e.name.Space)
	}
	var spaces []string
	for _, a := range e.attrs {
		switch a.Name.Space {
		case "":
			b = appendAttr(b, a.Name.Local, a.Value)
		case nsXML:
			b = appendAttr(b, "xml:"+a.Name.Local, a.Value)
		default:
			i := slices.Index(spaces, a.Name.Space)
			if i < 0 {
				i = len(spaces)
				spaces = append(spaces, a.Name.Space)
				b = appendAttr(b, "xmlns:"+prefix(i), a.Name.Space)
			}
			b = appendAttr(b, prefix(i)+":"+a.Name.Local, a.Value)
		}
	}
	if len(e.nodes) == 0 {
		return append(b, "/>"...)
	}
	b = append(b, '>')
	for _, n := range e.nodes {
		if n.elem != nil {
			b = n.elem.appendTo(b, e.name.Space)
		} else {
			b = appendText(b, n.text)
		}
	}
	b = append(b, "</"...)
	b = append(b, e.name.Local...)
	return append(b, '>')
}

// prefix returns a namespace prefix for the i-th foreign namespace of an element.
func prefix(i int) string {
	return "n" + strings.Repeat("n", i)
}

// appendAttr appends an attribute with a space before it.
func appendAttr(b []byte, name, value string) []byte {
	b = append(append(b, ' '), name...)
	b = append(b, "='"...)
	b = appendText(b, value)
	return append(b, '\'')
}

// appendTag appends an element with text and no attributes.
func appendTag(b []byte, name, text string) []byte {
	b = append(append(append(b, '<'), name...), '>')
	b = appendText(b, text)
	return append(append(append(b, "</"...), name...), '>')
}

// appendText appends text escaped for use between tags and in attributes. What
// XML cannot express becomes U+FFFD.
func appendText(b []byte, text string) []byte {
	if !needsEscape(text) {
		return append(b, text...)
	}
	buf := bytes.NewBuffer(b)
	// Writing to a buffer cannot fail.
	_ = xml.EscapeText(buf, []byte(text))
	return buf.Bytes()
}

func needsEscape(text string) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < 0x20, c == '<', c == '>', c == '&', c == '\'', c == '"':
			return true
		case c == 0xEF && i+2 < len(text) && text[i+1] == 0xBF && text[i+2] >= 0xBE:
			return true
		}
	}
	return !utf8.ValidString(text)
}
