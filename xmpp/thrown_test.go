package xmpp_test

import (
	"errors"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/mucserver"
	"muckick/xmpp/xmpptest"
)

// A server may answer before it shows what it did.
func TestKickResultFirst(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Mucserver, xmpptest.WithDialect(mucserver.Dialect{ResultFirst: true}))
	peers := xmpptest.NewPeers(t, s)
	address := s.NewRoom()
	peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", nil)
	bob := peers.Connect(t, "bob", "pw")
	bob.Join(t, address, "Bob")
	c := newClient(t, s)
	online(t, c)
	target, err := c.Kick(testContext(t), parseRoom(t, address), xmpp.Target{Nick: "Bob"}, "")
	if err != nil || target.RealJID != bob.JID() {
		t.Errorf("got %+v, %v, want bob", target, err)
	}
	bob.WaitGone(t, address)
}

// Where a result is the answer to a kick of nobody too, it proves nothing.
func TestKickOfNobodyThatWorks(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Mucserver, xmpptest.WithDialect(mucserver.Dialect{ResultForAbsent: true}))
	peers := xmpptest.NewPeers(t, s)
	address := s.NewRoom()
	peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", nil)
	bob := peers.Connect(t, "bob", "pw")
	bob.Join(t, address, "Bob")
	c := newClient(t, s)
	online(t, c)
	ctx, room := testContext(t), parseRoom(t, address)
	if _, err := c.Kick(ctx, room, xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrUnknown) {
		t.Errorf("the first time: got %v, want %v", err, xmpp.ErrUnknown)
	}
	if _, err := c.Kick(ctx, room, xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
		t.Errorf("once that is known: got %v, want %v", err, xmpp.ErrNoOccupant)
	}
	if _, err := c.Kick(ctx, room, xmpp.Target{Nick: "Bob"}, ""); err != nil {
		t.Error(err)
	}
	bob.WaitGone(t, address)
}

// Who is hidden from us can be kicked, and then only the result tells: Prosody
// hides occupants of some roles from moderators too.
func TestKickOfTheHidden(t *testing.T) {
	s := xmpptest.Shared(t, xmpptest.Prosody)
	peers := xmpptest.NewPeers(t, s)
	address := s.NewRoom()
	peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", map[string]string{"presencebroadcast": "moderator"})
	bob := peers.Connect(t, "bob", "pw")
	bob.Join(t, address, "Bob")
	c := newClient(t, s)
	online(t, c)
	room := parseRoom(t, address)
	w := c.Watch(room)
	defer w.Close()
	list := make(map[string]xmpp.Occupant)
	follow(t, w, list, "Bob, by the role lists", func(xmpp.Update) bool { return list["Bob"].Nick != "" })
	target, err := c.Kick(testContext(t), room, targetOf(list["Bob"]), "")
	if err != nil || target.RealJID != bob.JID() {
		t.Errorf("got %+v, %v, want bob", target, err)
	}
	bob.WaitGone(t, address)
	follow(t, w, list, "the end", func(xmpp.Update) bool { return list["Bob"].Nick == "" })
}
