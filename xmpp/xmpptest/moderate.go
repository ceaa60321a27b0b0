package xmpptest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const (
	nsAdmin = "http://jabber.org/protocol/muc#admin"
	nsOwner = "http://jabber.org/protocol/muc#owner"
)

// IQ sends a request with the payload as it is written, and returns the
// answer.
func (c *Peer) IQ(t testing.TB, to, kind, payload string) IQ {
	t.Helper()
	id := c.newID()
	c.Send(t, fmt.Sprintf("<iq type='%s' to='%s' id='%s'>%s</iq>", kind, escape(to), id, payload))
	var answer IQ
	c.wait(t, "the answer of "+to, waitTimeout, func() (found bool) {
		answer, found = c.answers[id]
		delete(c.answers, id)
		return found
	})
	return answer
}

// Kick removes an occupant from the room (XEP-0045 §8.2).
func (c *Peer) Kick(t testing.TB, room, nick, reason string) {
	t.Helper()
	if refused := c.TryKick(t, room, nick, reason); refused != nil {
		t.Fatalf("%s cannot kick %q from %s: %v", c.User, nick, room, refused)
	}
}

// TryKick is [Peer.Kick] for a room that may refuse: it returns the error then.
func (c *Peer) TryKick(t testing.TB, room, nick, reason string) *StanzaError {
	t.Helper()
	return c.administer(t, room, fmt.Sprintf("nick='%s' role='none'", escape(nick)), reason)
}

// SetRole changes the role of an occupant (XEP-0045 §8 and §9).
func (c *Peer) SetRole(t testing.TB, room, nick, role, reason string) {
	t.Helper()
	item := fmt.Sprintf("nick='%s' role='%s'", escape(nick), escape(role))
	if refused := c.administer(t, room, item, reason); refused != nil {
		t.Fatalf("%s cannot make %q %s in %s: %v", c.User, nick, role, room, refused)
	}
}

// SetAffiliation changes the affiliation of an account (XEP-0045 §9 and §10).
func (c *Peer) SetAffiliation(t testing.TB, room, bareJID, affiliation, reason string) {
	t.Helper()
	item := fmt.Sprintf("jid='%s' affiliation='%s'", escape(bareJID), escape(affiliation))
	if refused := c.administer(t, room, item, reason); refused != nil {
		t.Fatalf("%s cannot make %s %s of %s: %v", c.User, bareJID, affiliation, room, refused)
	}
}

func (c *Peer) administer(t testing.TB, room, item, reason string) *StanzaError {
	t.Helper()
	if reason != "" {
		reason = "<reason>" + escape(reason) + "</reason>"
	}
	return c.IQ(t, room, "set", fmt.Sprintf("<query xmlns='%s'><item %s>%s</item></query>", nsAdmin, item, reason)).Err
}

// CreateRoom enters a room that must not exist yet and configures it as
// [Peer.Configure] does. The peer becomes its owner.
func (c *Peer) CreateRoom(t testing.TB, room, nick string, config map[string]string) Presence {
	t.Helper()
	own := c.Join(t, room, nick)
	if !own.Has(StatusCreated) {
		t.Fatalf("%s cannot create %s: it exists already", c.User, room)
	}
	c.Configure(t, room, config)
	return own
}

// Configure sets fields of the room's configuration form (XEP-0045 §10.2) and
// leaves the others alone. Names go without their prefix "muc#roomconfig_",
// for example "persistentroom": "1", "publicroom": "0", "membersonly": "1",
// "passwordprotectedroom": "1" with "roomsecret": "…".
func (c *Peer) Configure(t testing.TB, room string, config map[string]string) {
	t.Helper()
	var form strings.Builder
	field := func(name, value string) {
		fmt.Fprintf(&form, "<field var='%s'><value>%s</value></field>", escape(name), escape(value))
	}
	field("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig")
	for _, name := range slices.Sorted(maps.Keys(config)) {
		field("muc#roomconfig_"+name, config[name])
	}
	answer := c.IQ(t, room, "set", fmt.Sprintf(
		"<query xmlns='%s'><x xmlns='jabber:x:data' type='submit'>%s</x></query>", nsOwner, &form))
	if answer.Err != nil {
		t.Fatalf("%s cannot configure %s: %v", c.User, room, answer.Err)
	}
}

// Destroy destroys the room (XEP-0045 §10.9).
func (c *Peer) Destroy(t testing.TB, room, reason string) {
	t.Helper()
	if reason != "" {
		reason = "<reason>" + escape(reason) + "</reason>"
	}
	answer := c.IQ(t, room, "set", fmt.Sprintf("<query xmlns='%s'><destroy>%s</destroy></query>", nsOwner, reason))
	if answer.Err != nil {
		t.Fatalf("%s cannot destroy %s: %v", c.User, room, answer.Err)
	}
}
