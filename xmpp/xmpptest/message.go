package xmpptest

import (
	"fmt"
	"slices"
	"testing"
)

// Say writes to everybody in the room and waits until the room has passed it
// on.
func (c *Peer) Say(t testing.TB, room, body string) {
	t.Helper()
	id := c.newID()
	c.Send(t, fmt.Sprintf("<message type='groupchat' to='%s' id='%s'><body>%s</body></message>",
		escape(room), id, escape(body)))
	var refused *StanzaError
	c.wait(t, "its own message from "+room, waitTimeout, func() bool {
		heard := c.messages[roomKey(room)]
		i := slices.IndexFunc(heard, func(m Message) bool { return m.ID == id })
		if i >= 0 {
			refused = heard[i].Err
		}
		return i >= 0
	})
	if refused != nil {
		t.Fatalf("%s cannot write to %s: %v", c.User, room, refused)
	}
}

// WaitMessage waits for a message from a room, its occupants or the account
// with that bare JID, which match accepts; nil accepts any. What one wait
// returned or passed over, the next does not see.
func (c *Peer) WaitMessage(t testing.TB, from string, match func(Message) bool) Message {
	t.Helper()
	var m Message
	c.wait(t, "a message from "+from, waitTimeout, func() (found bool) {
		queue := c.messages[roomKey(from)]
		m, found = take(&queue, match)
		c.messages[roomKey(from)] = queue
		return found
	})
	return m
}
