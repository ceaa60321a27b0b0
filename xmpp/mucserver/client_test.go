package mucserver

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

const (
	testDomain = "example.org"
	testMUC    = "chat.example.org"
	patience   = 10 * time.Second
)

// client is a bare XMPP client: it shows a test every stanza that arrives.
type client struct {
	t    testing.TB
	conn net.Conn
	dec  *xml.Decoder
	jid  string
}

// testServer returns a server with the accounts juliet, romeo and nurse, who is
// a service administrator. Every password is "pw".
func testServer(t testing.TB, adjust func(*Options)) *Server {
	t.Helper()
	opts := Options{
		Domain:   testDomain,
		Services: []string{testMUC},
		Accounts: map[string]string{"juliet": "pw", "romeo": "pw", "nurse": "pw"},
		Admins:   []string{"nurse"},
	}
	if adjust != nil {
		adjust(&opts)
	}
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve starts a test server on a free port and returns the server with its
// address.
func serve(t testing.TB, adjust func(*Options)) (*Server, string) {
	t.Helper()
	s := testServer(t, adjust)
	addr, stop := listen(t, s)
	t.Cleanup(stop)
	return s, addr
}

// listen serves on a free port until the returned function is called.
func listen(t testing.TB, s *Server) (addr string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l.Addr().String(), serveOn(t, s, l)
}

// open connects and completes a stream header.
func open(t testing.TB, addr string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{t: t, conn: conn}
	c.restart(testDomain)
	return c
}

func (c *client) restart(domain string) {
	c.t.Helper()
	c.dec = xml.NewDecoder(c.conn)
	c.send("<?xml version='1.0'?><stream:stream to='%s' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", domain)
	for {
		tok, err := c.token()
		if err != nil {
			c.t.Fatalf("stream header: %v", err)
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name.Local == "stream" {
			return
		}
	}
}

// authenticate does SASL PLAIN and returns what the server answers.
func (c *client) authenticate(user, password string) *element {
	c.t.Helper()
	c.read() // features
	return c.authPlain("\x00" + user + "\x00" + password)
}

// authPlain sends a message of the PLAIN mechanism and returns the answer.
func (c *client) authPlain(message string) *element {
	c.t.Helper()
	c.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>",
		base64.StdEncoding.EncodeToString([]byte(message)))
	return c.read()
}

// logIn logs in; the JID is a full one whose user has the password "pw".
func logIn(t testing.TB, addr, jid string) *client {
	t.Helper()
	a := splitAddress(jid)
	c := open(t, addr)
	if got := c.authenticate(a.local, "pw"); got.name.Local != "success" {
		t.Fatalf("logging in as %s: got <%s>", jid, got.name.Local)
	}
	c.restart(testDomain)
	c.read() // features
	c.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>%s</resource></bind></iq>", a.resource)
	bind := c.read()
	c.jid = bind.first().childText("jid")
	if c.jid != jid {
		t.Fatalf("bound %q, want %q", c.jid, jid)
	}
	return c
}

func (c *client) send(format string, args ...any) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.conn, format, args...); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

func (c *client) token() (xml.Token, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	return c.dec.Token()
}

// next returns the next stanza, or an error.
func (c *client) next() (*element, error) {
	for {
		tok, err := c.token()
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			return readElement(c.dec, tok)
		case xml.EndElement:
			return nil, io.EOF
		}
	}
}

// read returns the next stanza.
func (c *client) read() *element {
	c.t.Helper()
	e, err := c.next()
	if err != nil {
		c.t.Fatalf("%s reads: %v", c.jid, err)
	}
	return e
}

// await reads up to the first stanza whose XML contains all of the parts.
func (c *client) await(parts ...string) string {
	c.t.Helper()
	var seen []string
	for {
		e, err := c.next()
		if err != nil {
			c.t.Fatalf("%s waits for %q: %v; got\n%s", c.jid, parts, err, strings.Join(seen, "\n"))
		}
		text := show(e)
		if containsAll(text, parts) {
			return text
		}
		seen = append(seen, text)
	}
}

// drain reads and forgets all that arrives until the connection ends.
func (c *client) drain() {
	_, _ = io.Copy(io.Discard, c.conn)
}

// sync returns all that arrives up to the answer to a ping: what the server had
// to say about what was sent before.
func (c *client) sync() []string {
	c.t.Helper()
	c.send("<iq type='get' id='sync' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", testDomain)
	var all []string
	for {
		text := show(c.read())
		if containsAll(text, []string{"<iq", "id='sync'"}) {
			return all
		}
		all = append(all, text)
	}
}

// ended reads up to the end of the stream and returns the stream error, if any.
func (c *client) ended() string {
	c.t.Helper()
	condition := ""
	for {
		e, err := c.next()
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			c.t.Fatalf("%s: the stream does not end", c.jid)
		case err != nil:
			return condition
		case e.name.Local == "error":
			condition = e.first().name.Local
		}
	}
}

// join enters a room and returns what arrives up to the subject.
func (c *client) join(room, nick string) []string {
	c.t.Helper()
	c.send("<presence to='%s/%s' id='join'><x xmlns='http://jabber.org/protocol/muc'/></presence>", room, nick)
	var all []string
	for {
		text := show(c.read())
		all = append(all, text)
		if strings.Contains(text, "<subject") || strings.Contains(text, "type='error'") {
			return all
		}
	}
}

// ask sends an IQ with the payload and returns the answer.
func (c *client) ask(typ, to, payload string) string {
	c.t.Helper()
	c.send("<iq type='%s' id='ask' to='%s'>%s</iq>", typ, to, payload)
	return c.await("<iq", "id='ask'")
}

// admin sends a muc#admin change and returns the answer.
func (c *client) admin(room, items string) string {
	c.t.Helper()
	return c.ask("set", room, "<query xmlns='http://jabber.org/protocol/muc#admin'>"+items+"</query>")
}

func show(e *element) string { return string(e.appendTo(nil, nsClient)) }

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// wantParts fails the test unless text contains all parts.
func wantParts(t testing.TB, text string, parts ...string) {
	t.Helper()
	if !containsAll(text, parts) {
		t.Errorf("got %s\nwant all of %q", text, parts)
	}
}
