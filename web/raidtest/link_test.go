package raidtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// A link is a chat session that takes stanzas apart without understanding them, so
// that hundreds are cheap. It shares no code with muckick.
type link struct {
	conn   net.Conn
	in     *bufio.Reader
	stanza []byte // the latest one
}

// connect logs in without encryption and binds a resource.
func connect(ctx context.Context, address, domain, user, password string) (*link, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // which ends the login
	l := &link{conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}
	if err := l.login(domain, user, password); err != nil {
		return nil, errors.Join(fmt.Errorf("log %s in: %w", user, err), conn.Close())
	}
	return l, nil
}

// login does what RFC 6120 §6 and §7 ask for.
func (l *link) login(domain, user, password string) error {
	secret := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
	header := "<?xml version='1.0'?><stream:stream to='" + domain + "' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	for _, step := range []struct{ send, want string }{
		{header, "<stream:features"},
		{"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + secret + "</auth>", "<success"},
		{header, "<stream:features"},
		{"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "result"},
	} {
		if err := l.send(step.send); err != nil {
			return err
		}
		answer, err := l.next()
		if err != nil {
			return err
		}
		if !bytes.Contains(answer, []byte(step.want)) {
			return fmt.Errorf("got %q, want %s", answer, step.want)
		}
	}
	return nil
}

// send writes what may be several stanzas at once.
func (l *link) send(text string) error {
	_, err := io.WriteString(l.conn, text)
	return err
}

// next returns the next element below the stream's. It is valid until the call
// after.
func (l *link) next() ([]byte, error) {
	l.stanza = l.stanza[:0]
	for depth := 0; ; {
		piece, err := l.in.ReadSlice('>')
		l.stanza = append(l.stanza, piece...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		tag := l.stanza[max(bytes.LastIndexByte(l.stanza, '<'), 0):]
		switch {
		case bytes.IndexByte(tag, '>') != len(tag)-1: // of a text
		case bytes.HasPrefix(tag, []byte("</stream:stream")):
			return nil, io.EOF
		case bytes.HasPrefix(tag, []byte("<?")), bytes.HasPrefix(tag, []byte("<stream:stream")):
			l.stanza = l.stanza[:0]
		case bytes.HasPrefix(tag, []byte("</")):
			depth--
		case !bytes.HasSuffix(tag, []byte("/>")):
			depth++
		}
		if depth == 0 && len(l.stanza) > 0 {
			return l.stanza, nil
		}
	}
}

// A heard is what a bot makes of the few stanzas that are about itself.
type heard struct {
	XMLName  xml.Name
	ID       string `xml:"id,attr"`
	From     string `xml:"from,attr"`
	Type     string `xml:"type,attr"`
	Statuses []struct {
		Code int `xml:"code,attr"`
	} `xml:"x>status"`
	Reason string  `xml:"x>item>reason"`
	Error  *denial `xml:"error"`
}

// A denial is a stanza error (RFC 6120 §8.3).
type denial struct {
	Conditions []struct{ XMLName xml.Name } `xml:",any"`
}

func (d *denial) has(condition string) bool {
	for _, c := range d.Conditions {
		if c.XMLName.Local == condition {
			return true
		}
	}
	return false
}

func (d *denial) Error() string {
	var names []string
	for _, c := range d.Conditions {
		names = append(names, c.XMLName.Local)
	}
	return strings.Join(names, " ")
}
