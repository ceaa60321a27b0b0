package faulttest

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// errLost means that the connection ended.
var errLost = errors.New("the connection to the chat server is lost")

// A stanza is what a client hears, as far as it matters here.
type stanza struct {
	XMLName xml.Name
	ID      string       `xml:"id,attr"`
	From    string       `xml:"from,attr"`
	Type    string       `xml:"type,attr"`
	MUC     *mucPresence `xml:"http://jabber.org/protocol/muc#user x"`
	Admin   *mucAdmin    `xml:"http://jabber.org/protocol/muc#admin query"`
	Refusal *refusal     `xml:"error"`
}

type mucPresence struct {
	Statuses []struct {
		Code string `xml:"code,attr"`
	} `xml:"status"`
	Item struct {
		Reason string `xml:"reason"`
	} `xml:"item"`
}

// mucAdmin is a list of occupants (XEP-0045 §9.5).
type mucAdmin struct {
	Items []struct{} `xml:"item"`
}

// has reports whether the presence carries the XEP-0045 §15.6 status code.
func (m *mucPresence) has(code string) bool {
	if m == nil {
		return false
	}
	for _, status := range m.Statuses {
		if status.Code == code {
			return true
		}
	}
	return false
}

// A refusal is a stanza error (RFC 6120 §8.3).
type refusal struct {
	Type string `xml:"type,attr"`
	Any  []struct {
		XMLName xml.Name
	} `xml:",any"`
}

func (r *refusal) Error() string {
	names := []string{r.Type}
	for _, child := range r.Any {
		names = append(names, child.XMLName.Local)
	}
	return strings.Join(names, " ")
}

// A client is a chat session without any comfort, so that many are cheap. It is
// written on its own, and shares no code with muckick.
type client struct {
	conn  net.Conn
	ended chan struct{}

	mu      sync.Mutex
	heard   func(stanza) // called for every presence, by the reading goroutine
	lastID  int
	answers map[string]chan stanza
}

const streamHeader = "<?xml version='1.0'?><stream:stream to='%s' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

// dial logs in without encryption (RFC 6120 §5 is left out) and binds the
// resource, which ends an older session that has it.
func dial(ctx context.Context, address, domain, user, password string, heard func(stanza)) (*client, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	c := &client{conn: conn, heard: heard, ended: make(chan struct{}), answers: make(map[string]chan stanza)}
	dec, err := c.login(domain, user, password)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("log %s in: %w", user, err), conn.Close())
	}
	go c.read(dec)
	return c, nil
}

func (c *client) login(domain, user, password string) (*xml.Decoder, error) {
	in := bufio.NewReader(c.conn) // an io.ByteReader, of which no decoder reads too much
	secret := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
	open := func() (*xml.Decoder, error) {
		if err := c.send(streamHeader, domain); err != nil {
			return nil, err
		}
		dec := xml.NewDecoder(in)
		_, err := nextStanza(dec)
		return dec, err
	}
	dec, err := open()
	if err != nil {
		return nil, err
	}
	if err := c.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>", secret); err != nil {
		return nil, err
	}
	answer, err := nextStanza(dec)
	if err != nil {
		return nil, err
	}
	if answer.XMLName.Local != "success" {
		return nil, fmt.Errorf("got %s", answer.XMLName.Local)
	}
	if dec, err = open(); err != nil {
		return nil, err
	}
	if err := c.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>seat</resource></bind></iq>"); err != nil {
		return nil, err
	}
	if answer, err = nextStanza(dec); err != nil {
		return nil, err
	}
	if answer.Type != "result" {
		return nil, fmt.Errorf("bind: %v", answer.Refusal)
	}
	return dec, nil
}

// nextStanza reads one element below the stream's, which it passes over.
func nextStanza(dec *xml.Decoder) (stanza, error) {
	for {
		token, err := dec.Token()
		if err != nil {
			return stanza{}, err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local == "stream" {
			continue
		}
		var s stanza
		return s, dec.DecodeElement(&s, &start)
	}
}

// read routes what comes until the connection ends.
func (c *client) read(dec *xml.Decoder) {
	defer close(c.ended)
	defer c.conn.Close()
	for {
		s, err := nextStanza(dec)
		if err != nil {
			return
		}
		switch {
		case s.XMLName.Local == "presence":
			c.mu.Lock()
			heard := c.heard
			c.mu.Unlock()
			heard(s)
		case s.XMLName.Local == "iq" && (s.Type == "result" || s.Type == "error"):
			c.mu.Lock()
			if waiting := c.answers[s.ID]; waiting != nil {
				waiting <- s
				delete(c.answers, s.ID)
			}
			c.mu.Unlock()
		}
	}
}

// listen makes hear the one who hears presences, until forget is called.
func (c *client) listen(hear func(stanza)) (forget func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.heard
	c.heard = hear
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.heard = before
	}
}

func (c *client) send(format string, args ...any) error {
	_, err := fmt.Fprintf(c.conn, format, args...)
	return err
}

// close cuts the connection and waits for its end.
func (c *client) close() {
	c.conn.Close()
	<-c.ended
}

// ask sends an IQ and waits for the answer. A refusal is an error.
func (c *client) ask(ctx context.Context, to, kind, payload string) error {
	_, err := c.request(ctx, to, kind, payload)
	return err
}

// countParticipants returns how many occupants are participants (XEP-0045 §9.5).
func (c *client) countParticipants(ctx context.Context, room string) (int, error) {
	answer, err := c.request(ctx, room, "get", "<query xmlns='http://jabber.org/protocol/muc#admin'><item role='participant'/></query>")
	if err != nil || answer.Admin == nil {
		return 0, err
	}
	return len(answer.Admin.Items), nil
}

func (c *client) request(ctx context.Context, to, kind, payload string) (stanza, error) {
	answer := make(chan stanza, 1)
	c.mu.Lock()
	c.lastID++
	id := "ask" + strconv.Itoa(c.lastID)
	c.answers[id] = answer
	c.mu.Unlock()
	if err := c.send("<iq type='%s' to='%s' id='%s'>%s</iq>", kind, to, id, payload); err != nil {
		return stanza{}, err
	}
	select {
	case s := <-answer:
		if s.Type == "error" {
			return s, s.Refusal
		}
		return s, nil
	case <-c.ended:
		return stanza{}, errLost
	case <-ctx.Done():
		return stanza{}, ctx.Err()
	}
}

// administer sends one item to the room (XEP-0045 §8 to §10).
func (c *client) administer(ctx context.Context, room, item string) error {
	return c.ask(ctx, room, "set", "<query xmlns='http://jabber.org/protocol/muc#admin'><item "+item+"/></query>")
}

// requestTimeout bounds one step of a test's own client.
const requestTimeout = 20 * time.Second

// createRoom makes a persistent room, which must not be there yet, and stays
// in it: only an occupant can kick (XEP-0045 §8.2, §10.1).
func (c *client) createRoom(ctx context.Context, room string) error {
	created := make(chan error, 1)
	forget := c.listen(func(p stanza) {
		if !strings.HasPrefix(p.From, room+"/") || p.Type == "unavailable" {
			return
		}
		var err error
		switch {
		case p.Type == "error":
			err = p.Refusal
		case !p.MUC.has("201"):
			err = errors.New("it exists already")
		}
		select {
		case created <- err:
		default:
		}
	})
	defer forget()
	if err := c.send("<presence to='%s/Owner'><x xmlns='http://jabber.org/protocol/muc'/></presence>", room); err != nil {
		return err
	}
	select {
	case err := <-created:
		if err != nil {
			return err
		}
	case <-c.ended:
		return errLost
	case <-ctx.Done():
		return ctx.Err()
	}
	return c.ask(ctx, room, "set", "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"+
		"<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"+
		"<field var='muc#roomconfig_persistentroom'><value>1</value></field></x></query>")
}
