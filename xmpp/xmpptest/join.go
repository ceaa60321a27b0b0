package xmpptest

import (
	"encoding/xml"
	"fmt"
	"maps"
	"strings"
	"testing"
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
	return c.awaitEntered(t, room)
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
			if _, refused := c.awaitEntered(t, room); refused != nil {
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

func (c *Peer) awaitEntered(t testing.TB, room string) (own Presence, refused *StanzaError) {
	t.Helper()
	c.wait(t, "its own presence in "+room, bulkTimeout, func() bool {
		v := c.visits[roomKey(room)]
		own, refused = v.own, v.refused
		return v.joined || refused != nil
	})
	return own, refused
}

// Joined reports whether the peer is in the room as far as it has heard. Use
// [Peer.Ping] to be sure that nothing to the contrary is on its way.
func (c *Peer) Joined(room string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.visits[roomKey(room)]
	return v != nil && v.joined
}

// Occupants returns who is in the room, by nick, as far as the peer has heard.
func (c *Peer) Occupants(room string) map[string]Presence {
	c.mu.Lock()
	defer c.mu.Unlock()
	occupants := make(map[string]Presence)
	if v := c.visits[roomKey(room)]; v != nil {
		for p := range maps.Values(v.occupants) {
			occupants[p.Nick] = p
		}
	}
	return occupants
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

// WaitGone waits until the peer is no longer in the room and returns the
// presence that told it so. Each such presence is returned once.
func (c *Peer) WaitGone(t testing.TB, room string) Presence {
	t.Helper()
	var end Presence
	c.wait(t, "the end of its visit to "+room, waitTimeout, func() (gone bool) {
		if v := c.visits[roomKey(room)]; v != nil {
			end, gone = take(&v.ends, nil)
		}
		return gone
	})
	return end
}

// WaitPresence waits for a presence of nick in the room that match accepts;
// nil accepts any. What one wait returned or passed over, the next does not
// see.
func (c *Peer) WaitPresence(t testing.TB, room, nick string, match func(Presence) bool) Presence {
	t.Helper()
	var p Presence
	c.wait(t, fmt.Sprintf("a presence of %q in %s", nick, room), waitTimeout, func() (found bool) {
		if v := c.visits[roomKey(room)]; v != nil {
			key := nickKey(nick)
			queue := v.heard[key]
			p, found = take(&queue, match)
			v.heard[key] = queue
		}
		return found
	})
	return p
}

// escape makes text fit for an attribute or the content of an element.
func escape(text string) string {
	var b strings.Builder
	// A strings.Builder never fails.
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
