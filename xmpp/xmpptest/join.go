package xmpptest

import (
	"fmt"
	"testing"
	"time"
)

// A JoinOption changes how a peer joins a room.
type JoinOption func(*joinOptions)

type joinOptions struct{ password string }

// WithPassword gives the password of the room (XEP-0045 §7.2.5).
func WithPassword(password string) JoinOption {
	return func(o *joinOptions) { o.password = password }
}

// Join enters a room and returns the peer's own presence in it, which comes
// after those of all others (XEP-0045 §7.2). Any text can be the nick; the
// server decides. A peer that was removed from the room waits for that with
// [Peer.WaitGone] before it enters again.
func (c *Peer) Join(t testing.TB, room, nick string, opts ...JoinOption) Presence {
	t.Helper()
	own, refused := c.TryJoin(t, room, nick, opts...)
	if refused != nil {
		t.Fatalf("%s cannot join %s as %q: %v", c.User, room, nick, refused)
	}
	return own
}

// TryJoin is [Peer.Join] for a room that may refuse: it returns the error then.
func (c *Peer) TryJoin(t testing.TB, room, nick string, opts ...JoinOption) (Presence, *StanzaError) {
	t.Helper()
	c.Send(t, c.enter(room, nick, opts))
	return c.awaitEntered(t, room, waitTimeout)
}

// JoinMany makes every peer enter every room, all at once, and waits for all
// of them. Each takes its user's name as the nick.
func (p *Peers) JoinMany(t testing.TB, peers []*Peer, rooms []string) {
	t.Helper()
	for _, c := range peers {
		stanzas := make([]string, 0, len(rooms))
		for _, room := range rooms {
			stanzas = append(stanzas, c.enter(room, c.User, nil))
		}
		c.Send(t, stanzas...)
	}
	for _, c := range peers {
		for _, room := range rooms {
			if _, refused := c.awaitEntered(t, room, bulkTimeout); refused != nil {
				t.Fatalf("%s cannot join %s: %v", c.User, room, refused)
			}
		}
	}
}

// enter begins a visit and returns the stanza that asks for it.
func (c *Peer) enter(room, nick string, opts []JoinOption) string {
	var o joinOptions
	for _, opt := range opts {
		opt(&o)
	}
	c.mu.Lock()
	c.visits[roomKey(room)] = newVisit()
	c.mu.Unlock()
	password := ""
	if o.password != "" {
		password = "<password>" + escape(o.password) + "</password>"
	}
	return fmt.Sprintf("<presence to='%s'><x xmlns='http://jabber.org/protocol/muc'>"+
		"<history maxstanzas='0'/>%s</x></presence>", escape(room+"/"+nick), password)
}

func (c *Peer) awaitEntered(t testing.TB, room string, timeout time.Duration) (own Presence, refused *StanzaError) {
	t.Helper()
	c.wait(t, "its own presence in "+room, timeout, func() bool {
		v := c.visits[roomKey(room)]
		own, refused = v.own, v.refused
		return v.joined || refused != nil
	})
	return own, refused
}

// Ping asks the server whether the peer is in the room (XEP-0410). When it
// returns, the peer has heard all that the room had sent it before.
func (c *Peer) Ping(t testing.TB, room string) bool {
	t.Helper()
	c.mu.Lock()
	nick := ""
	if v := c.visits[roomKey(room)]; v != nil {
		nick = v.own.Nick
	}
	c.mu.Unlock()
	answer := c.IQ(t, room+"/"+nick, "get", "<ping xmlns='urn:xmpp:ping'/>")
	if answer.Err == nil {
		return true
	}
	// Where the server passes the ping on, slixmpp itself refuses it.
	condition := answer.Err.Condition
	return condition == "service-unavailable" || condition == "feature-not-implemented"
}

// Leave leaves the room and waits until the room confirms it.
func (c *Peer) Leave(t testing.TB, room string) {
	t.Helper()
	c.mu.Lock()
	v := c.visits[roomKey(room)]
	if v == nil || !v.joined {
		c.mu.Unlock()
		t.Fatalf("%s cannot leave %s: not in it", c.User, room)
	}
	nick := v.own.Nick
	c.mu.Unlock()
	c.Send(t, fmt.Sprintf("<presence type='unavailable' to='%s'/>", escape(room+"/"+nick)))
	c.WaitGone(t, room)
}

// SetNick takes another nick in the room and waits until the room shows it.
func (c *Peer) SetNick(t testing.TB, room, nick string) Presence {
	t.Helper()
	var own Presence
	var refused *StanzaError
	c.mu.Lock()
	if v := c.visits[roomKey(room)]; v != nil {
		v.refused = nil
	}
	c.mu.Unlock()
	c.Send(t, fmt.Sprintf("<presence to='%s'/>", escape(room+"/"+nick)))
	c.wait(t, fmt.Sprintf("its nick %q in %s", nick, room), waitTimeout, func() bool {
		v := c.visits[roomKey(room)]
		if v == nil {
			return false
		}
		refused = v.refused
		var shown bool
		own, shown = v.occupants[nickKey(nick)]
		return refused != nil || shown && nickKey(v.own.Nick) == nickKey(nick)
	})
	if refused != nil {
		t.Fatalf("%s cannot be called %q in %s: %v", c.User, nick, room, refused)
	}
	return own
}
