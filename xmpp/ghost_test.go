package xmpp_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/mucserver"
	"muckick/xmpp/xmpptest"
)

// often makes a client look at once for what presence does not tell.
func often(o *xmpp.Options) { o.ReconcileEvery = 200 * time.Millisecond }

// Whom the room removes without a word is taken off the list: Prosody tells
// nobody whom it removes when a room becomes one for members only.
func TestGhostsAreTakenOff(t *testing.T) {
	evict := func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner, bob := peers.Connect(t, "owner", "pw"), peers.Connect(t, "bob", "pw")
		address := s.NewRoom()
		owner.CreateRoom(t, address, "Owner", nil)
		bob.Join(t, address, "Bob")
		c := newClient(t, s, often)
		online(t, c)
		w := c.Watch(parseRoom(t, address))
		defer w.Close()
		list := make(map[string]xmpp.Occupant)
		follow(t, w, list, "Bob", func(xmpp.Update) bool { return list["Bob"].Nick != "" })
		owner.Configure(t, address, map[string]string{"membersonly": "1"})
		bob.WaitGone(t, address)
		follow(t, w, list, "Bob's end", func(xmpp.Update) bool { return list["Bob"].Nick == "" })
		if list["Owner"].Nick == "" || !list["muckick"].Self {
			t.Errorf("got %v, want the owner and muckick too", list)
		}
	}
	xmpptest.EachShared(t, evict)
	t.Run("silent mucserver", func(t *testing.T) {
		evict(t, xmpptest.Start(t, xmpptest.Mucserver, xmpptest.WithDialect(mucserver.Dialect{SilentEviction: true})))
	})
}

// A kick finds out too that somebody on the list is a ghost.
func TestKickOfAGhost(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Mucserver, xmpptest.WithDialect(mucserver.Dialect{SilentEviction: true}))
	peers := xmpptest.NewPeers(t, s)
	owner, bob := peers.Connect(t, "owner", "pw"), peers.Connect(t, "bob", "pw")
	address := s.NewRoom()
	owner.CreateRoom(t, address, "Owner", nil)
	bob.Join(t, address, "Bob")
	c := newClient(t, s)
	online(t, c)
	room := parseRoom(t, address)
	w := c.Watch(room)
	defer w.Close()
	list := make(map[string]xmpp.Occupant)
	follow(t, w, list, "Bob", func(xmpp.Update) bool { return list["Bob"].Nick != "" })
	owner.Configure(t, address, map[string]string{"membersonly": "1"})
	bob.WaitGone(t, address)
	if _, err := c.Kick(testContext(t), room, targetOf(list["Bob"]), ""); !errors.Is(err, xmpp.ErrNoOccupant) {
		t.Errorf("got %v, want %v", err, xmpp.ErrNoOccupant)
	}
	follow(t, w, list, "Bob's end", func(xmpp.Update) bool { return list["Bob"].Nick == "" })
}

// A server without a list of visitors still has the others.
func TestNoListOfVisitors(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Mucserver, xmpptest.WithDialect(mucserver.Dialect{NoVisitorList: true}))
	peers := xmpptest.NewPeers(t, s)
	address := s.NewRoom()
	peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", nil)
	peers.Connect(t, "bob", "pw").Join(t, address, "Bob")
	c := newClient(t, s)
	online(t, c)
	roster, err := c.Occupants(testContext(t), parseRoom(t, address))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := nicksOf(roster), []string{"Bob", "Owner"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Contains(roster.Gaps, xmpp.GapCompleteness) || slices.Contains(roster.Gaps, xmpp.GapRoles) {
		t.Errorf("got gaps %v, want that there may be more, and all roles", roster.Gaps)
	}
}

// Several sessions of one account under one nick are one occupant, and those of
// muckick's own account are its own.
func TestSessionsOfOneAccount(t *testing.T) {
	run := func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", nil)
		peers.Connect(t, s.Kicker.User, s.Kicker.Password).Join(t, address, "Replica")
		phone, desk := peers.Connect(t, "bob", "pw"), peers.Connect(t, "bob", "pw")
		phone.Join(t, address, "Bob")
		desk.Join(t, address, "Bob")
		c := newClient(t, s, often)
		online(t, c)
		room := parseRoom(t, address)
		w := c.Watch(room)
		defer w.Close()
		list := make(map[string]xmpp.Occupant)
		follow(t, w, list, "both sessions", func(xmpp.Update) bool { return list["Bob"].Sessions == 2 })
		if got := list["Replica"]; !got.Ours || got.Self || got.Obstacle != xmpp.ObstacleSelf {
			t.Errorf("got %+v, want an occupant of muckick's account", got)
		}
		if got := list["muckick"]; !got.Ours || !got.Self {
			t.Errorf("got %+v, want muckick's own", got)
		}
		desk.Leave(t, address)
		follow(t, w, list, "one session", func(xmpp.Update) bool { return list["Bob"].Sessions == 1 })
		if _, err := c.Kick(testContext(t), room, xmpp.Target{Nick: strings.ToUpper("muckick")}, ""); !errors.Is(err, xmpp.ErrOwnOccupant) {
			t.Errorf("our nick in another case: got %v, want %v", err, xmpp.ErrOwnOccupant)
		}
	}
	for _, name := range []string{xmpptest.Prosody, xmpptest.Ejabberd} { // the mucserver does not count sessions
		t.Run(name, func(t *testing.T) { run(t, xmpptest.Shared(t, name)) })
	}
}
