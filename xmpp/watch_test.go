package xmpp_test

import (
	"slices"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

func TestWatch(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner, bob := peers.Connect(t, "owner", "pw"), peers.Connect(t, "bob", "pw")
		address := s.NewRoom()
		owner.CreateRoom(t, address, "Owner", nil)
		c := newClient(t, s)
		online(t, c)
		w := c.Watch(parseRoom(t, address))
		defer w.Close()
		list := make(map[string]xmpp.Occupant)
		has := func(nick string) func(xmpp.Update) bool {
			return func(xmpp.Update) bool { _, ok := list[nick]; return ok }
		}
		lacks := func(nick string) func(xmpp.Update) bool {
			return func(xmpp.Update) bool { _, ok := list[nick]; return !ok }
		}

		follow(t, w, list, "the owner", has("Owner"))
		if got := list["Owner"]; got.Affiliation != xmpp.AffiliationOwner || got.Role != xmpp.RoleModerator {
			t.Errorf("got %+v, want an owner and moderator", got)
		}
		if got := list["muckick"]; !got.Self || got.Obstacle != xmpp.ObstacleSelf {
			t.Errorf("got %+v, want muckick's own occupant", got)
		}
		bob.Join(t, address, "Bob")
		follow(t, w, list, "Bob's join", has("Bob"))
		if got := list["Bob"]; got.Since.IsZero() || got.RealJID == "" || got.Obstacle != xmpp.ObstacleNone {
			t.Errorf("got %+v, want a real JID, a time and no obstacle", got)
		}
		owner.SetRole(t, address, "Bob", "visitor", "")
		follow(t, w, list, "Bob's new role", func(xmpp.Update) bool { return list["Bob"].Role == xmpp.RoleVisitor })
		bob.SetNick(t, address, "Robert")
		follow(t, w, list, "Bob's new nick", has("Robert"))
		if _, ok := list["Bob"]; ok {
			t.Error("Bob is still listed under his old nick")
		}
		if _, err := c.Kick(testContext(t), parseRoom(t, address), xmpp.Target{Nick: "Robert"}, ""); err != nil {
			t.Fatal(err)
		}
		follow(t, w, list, "the kick", lacks("Robert"))
	})
}

// A watch survives the server's restart.
func TestWatchSurvives(t *testing.T) {
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
		owner := xmpptest.NewPeers(t, s).Connect(t, "owner", "pw")
		address := s.NewRoom()
		owner.CreateRoom(t, address, "Owner", map[string]string{"persistentroom": "1"})
		c := newClient(t, s)
		online(t, c)
		w := c.Watch(parseRoom(t, address))
		defer w.Close()
		list := make(map[string]xmpp.Occupant)
		follow(t, w, list, "the list", func(u xmpp.Update) bool { return u.Roster.Live })
		s.Kill(t)
		follow(t, w, list, "the end", func(u xmpp.Update) bool { return !u.Online })
		s.Start(t)
		follow(t, w, list, "the live list", func(u xmpp.Update) bool { return u.Online && u.Roster.Live })
		bob := peersAgain(t, s)
		bob.Join(t, address, "Bob")
		follow(t, w, list, "Bob", func(xmpp.Update) bool { _, ok := list["Bob"]; return ok })
	})
}

// Large rooms hide presence from those who join; role lists fill the gap.
func TestHiddenPresence(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Ejabberd, xmpptest.WithMaxPresence(3)) // others show all presence
	peers := xmpptest.NewPeers(t, s)
	address := s.NewRoom()
	users := []string{"u1", "u2", "u3", "u4", "u5", "u6"}
	members := peers.ConnectMany(t, users, "pw")
	members[0].CreateRoom(t, address, users[0], nil)
	peers.JoinMany(t, members[1:], []string{address})
	c := newClient(t, s)
	online(t, c)
	w := c.Watch(parseRoom(t, address))
	defer w.Close()
	list := make(map[string]xmpp.Occupant)
	follow(t, w, list, "all occupants", func(xmpp.Update) bool { return len(list) == len(users)+1 })
	if _, err := c.Kick(testContext(t), parseRoom(t, address), xmpp.Target{Nick: "u4"}, ""); err != nil {
		t.Fatal(err)
	}
	follow(t, w, list, "the kick", func(xmpp.Update) bool { _, ok := list["u4"]; return !ok })
}

// Without having joined, the room's own lists tell who is there.
func TestOccupantsFromOutside(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner, bob := peers.Connect(t, "owner", "pw"), peers.Connect(t, "bob", "pw")
		address := s.NewRoom()
		owner.CreateRoom(t, address, "Owner", nil)
		bob.Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		roster, err := c.Occupants(testContext(t), parseRoom(t, address))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := nicksOf(roster), []string{"Bob", "Owner"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		wantSource := xmpp.SourceRoles
		if s.Software == xmpptest.Ejabberd {
			wantSource = xmpp.SourceItems
			if !slices.Contains(roster.Gaps, xmpp.GapRoles) {
				t.Errorf("got gaps %v, want roles among them", roster.Gaps)
			}
		}
		if roster.Sources[0] != wantSource || roster.Live {
			t.Errorf("got sources %v, live %v, want %v first and not live", roster.Sources, roster.Live, wantSource)
		}
		if got := c.Load().JoinedRooms; got != 0 {
			t.Errorf("got %d joined rooms, want none", got)
		}
	})
}

// Where the room refuses its role lists, presence alone tells who is there, and
// it may hide somebody.
func TestRefusedRoleLists(t *testing.T) {
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner := peers.Connect(t, "owner", "pw")
		address := s.NewRoom()
		owner.CreateRoom(t, address, "Owner", nil)
		c := newClient(t, s)
		online(t, c)
		w := c.Watch(parseRoom(t, address))
		defer w.Close()
		follow(t, w, make(map[string]xmpp.Occupant), "a list that may be incomplete", func(u xmpp.Update) bool {
			return slices.Contains(u.Roster.Gaps, xmpp.GapCompleteness)
		})
	}, xmpptest.WithPlainKicker())
}
