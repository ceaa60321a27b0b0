package xmpp_test

import (
	"slices"
	"strings"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// everywhere makes every room visible.
func everywhere(xmpp.RoomJID) bool { return true }

// stays writes down where an account is and was.
func stays(s *xmpptest.Server, c *xmpp.Client, user string) (list []string) {
	for _, o := range c.Occupancies(s.JID(user)) {
		line := o.Room.Local() + "/" + o.Occupant.Nick
		switch {
		case o.Unseen:
			line += " unseen"
		case !o.Left.IsZero():
			line += " left"
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list
}

// Somebody is found in all rooms that muckick is in, under any nick, and after
// they left.
func TestPeople(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner := peers.Connect(t, "owner", "pw")
		user := "bob-" + parseRoom(t, s.NewRoom()).Local()
		bob := peers.Connect(t, user, "pw")
		var rooms []xmpp.RoomJID
		c := newClient(t, s)
		online(t, c)
		for range 2 {
			address := s.NewRoom()
			owner.CreateRoom(t, address, "Owner", nil)
			rooms = append(rooms, parseRoom(t, address))
			w := c.Watch(rooms[len(rooms)-1])
			t.Cleanup(w.Close)
			follow(t, w, make(map[string]xmpp.Occupant), "the list", func(u xmpp.Update) bool { return u.Roster.Live })
		}
		one, two := rooms[0], rooms[1]
		wait := func(what string, want ...string) {
			t.Helper()
			slices.Sort(want)
			var got []string
			ok := func() bool { got = stays(s, c, user); return slices.Equal(got, want) }
			defer func() { t.Logf("%s: %q", what, got) }()
			eventually(t, what, ok)
		}
		bob.Join(t, one.String(), "Bob")
		bob.Join(t, two.String(), "Robert")
		wait("both rooms", one.Local()+"/Bob", two.Local()+"/Robert")
		found := c.FindPeople(strings.ToUpper(user), 10, everywhere)
		if len(found) != 1 || found[0].Account != s.JID(user) || len(found[0].Occupancies) != 2 {
			t.Errorf("got %+v, want bob in both rooms", found)
		}
		bob.SetNick(t, two.String(), "Rob")
		wait("the new nick", one.Local()+"/Bob", two.Local()+"/Rob")
		if _, err := c.Kick(testContext(t), one, xmpp.Target{Nick: "Bob"}, ""); err != nil {
			t.Fatal(err)
		}
		wait("the kick", one.Local()+"/Bob left", two.Local()+"/Rob")
		present := 0
		for o := range c.Present(func(r xmpp.RoomJID) bool { return r == two }) {
			if present++; o.Room != two || !o.Left.IsZero() {
				t.Errorf("got %+v among those present in %v", o, two)
			}
		}
		if present != 3 {
			t.Errorf("got %d present, want bob, the owner and muckick", present)
		}
		bob.Join(t, one.String(), "Bob")
		wait("the return", one.Local()+"/Bob", two.Local()+"/Rob")
	})
}

// Who was there when the server went down is known, and known again when it is
// back.
func TestPeopleSurvive(t *testing.T) {
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		room := parseRoom(t, address)
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", map[string]string{"persistentroom": "1"})
		peers.Connect(t, "bob", "pw").Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		w := c.Watch(room)
		defer w.Close()
		wait := func(what string, present bool) {
			t.Helper()
			eventually(t, what, func() bool {
				stays := c.Occupancies(s.JID("bob"))
				return len(stays) == 1 && stays[0].Occupant.Nick == "Bob" && stays[0].Left.IsZero() == present
			})
		}
		wait("Bob", true)
		s.Kill(t)
		offline(t, c)
		wait("the end", false) // unseen, unless the server told of Bob's before ours
		s.Start(t)
		peersAgain(t, s).Join(t, address, "Bob")
		wait("Bob again", true)
	})
}

// A look tells who is in a room without entering it, where the room grants that.
func TestLook(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", nil)
		user := "bob-" + parseRoom(t, address).Local()
		peers.Connect(t, user, "pw").Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		roster, err := c.Look(testContext(t), parseRoom(t, address))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := nicksOf(roster), []string{"Bob", "Owner"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		var want []string
		if slices.Contains(roster.Sources, xmpp.SourceRoles) {
			want = []string{parseRoom(t, address).Local() + "/Bob unseen"}
		}
		if got := stays(s, c, user); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := c.Load().JoinedRooms; got != 0 {
			t.Errorf("got %d joined rooms, want none", got)
		}
	})
}
