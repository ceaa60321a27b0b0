package xmpptest

import (
	"encoding/xml"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Peer is one client session. Its methods fail the test when the server
// refuses or when nothing comes within 20 seconds, and then show what the peer
// heard; so they belong in the test's own goroutine.
type Peer struct {
	User string

	peers *Peers
	id    string

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced with every event
	log      []event       // the latest events
	jid      string        // full JID once connected
	closed   bool
	reason   string // why it closed; may be empty
	err      error  // why no more events come
	lastID   int
	answers  map[string]IQ
	visits   map[string]*visit    // by room
	messages map[string][]Message // not yet waited for, by bare sender
}

const (
	waitTimeout = 20 * time.Second
	// bulkTimeout is for waits on hundreds of joins, and on a login behind others:
	// Prosody 13 takes a quarter of a second for each.
	bulkTimeout = 2 * time.Minute
	// maxLog is how many events a peer keeps to show on a failure.
	maxLog = 60
)

func newPeer(p *Peers, user, id string) *Peer {
	return &Peer{
		User: user, peers: p, id: id,
		changed:  make(chan struct{}),
		answers:  make(map[string]IQ),
		visits:   make(map[string]*visit),
		messages: make(map[string][]Message),
	}
}

// JID returns the full JID that the server gave to the session.
func (c *Peer) JID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.jid
}

// BareJID returns the JID of the peer's account.
func (c *Peer) BareJID() string { return c.peers.server.JID(c.User) }

// newID returns an id for a stanza, from which the Python process tells
// answers to the test's requests from those to slixmpp's own.
func (c *Peer) newID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	return fmt.Sprintf("%s-%d", c.id, c.lastID)
}

// Send sends stanzas as they are written, well-formed or not.
func (c *Peer) Send(t testing.TB, stanzas ...string) {
	t.Helper()
	c.peers.command(t, command{Do: "send", Peer: c.id, Stanzas: stanzas})
}

// escape makes text fit for an attribute or the content of an element.
func escape(text string) string {
	var b strings.Builder
	// A strings.Builder never fails.
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// Disconnect ends the session properly and waits for its end.
func (c *Peer) Disconnect(t testing.TB) {
	t.Helper()
	c.peers.command(t, command{Do: "disconnect", Peer: c.id})
	c.WaitClosed(t)
}

// Abort drops the peer's connection, as a client does that vanishes.
func (c *Peer) Abort(t testing.TB) {
	t.Helper()
	c.peers.command(t, command{Do: "abort", Peer: c.id})
	c.WaitClosed(t)
}

// WaitClosed waits until the session has ended and returns why, as far as it
// is known: the condition of a stream error (RFC 6120 §4.9.3) or slixmpp's
// words.
func (c *Peer) WaitClosed(t testing.TB) string {
	t.Helper()
	var reason string
	c.wait(t, "the end of the session", waitTimeout, func() bool {
		reason = c.reason
		return c.closed
	})
	return reason
}

// receive takes an event in.
func (c *Peer) receive(e event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.log) == maxLog {
		c.log = append(c.log[:0], c.log[maxLog/2:]...)
	}
	c.log = append(c.log, e)
	switch e.Event {
	case eventConnected:
		c.jid = e.JID
	case eventClosed:
		c.closed, c.reason = true, e.Reason
		for _, v := range c.visits {
			v.joined = false
			clear(v.occupants)
		}
	case eventPresence:
		c.receivePresence(e)
	case eventMessage:
		from, _ := splitOccupant(e.From)
		c.messages[from] = append(c.messages[from], e.message())
	case eventIQ:
		c.answers[e.ID] = IQ{From: e.From, Type: e.Type, Err: e.Err, XML: e.XML}
	}
	c.wake()
}

// fail tells who waits that no more events will come.
func (c *Peer) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	c.wake()
}

func (c *Peer) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// wait returns once done, which is called with the lock held, reports true.
// It fails the test after timeout, or when the session has ended before.
func (c *Peer) wait(t testing.TB, what string, timeout time.Duration, done func() bool) {
	t.Helper()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		c.mu.Lock()
		finished, changed, closed, err := done(), c.changed, c.closed, c.err
		c.mu.Unlock()
		switch {
		case finished:
			return
		case err != nil:
			t.Fatalf("%s waits for %s: %v", c.User, what, err)
		case closed:
			t.Fatalf("%s waits for %s, but the session has ended%s", c.User, what, c.seen())
		}
		select {
		case <-changed:
		case <-timer.C:
			t.Fatalf("%s waited %v for %s in vain%s", c.User, timeout, what, c.seen())
		}
	}
}

// seen describes the latest events.
func (c *Peer) seen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "; the last %d events:", len(c.log))
	for _, e := range c.log {
		b.WriteString("\n\t" + e.String())
	}
	return b.String()
}
