package xmpp_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// arrive returns the next arrival of a feed in short.
func arrive(t *testing.T, feed *xmpp.ArrivalFeed) string {
	t.Helper()
	list, missed, err := feed.Next(testContext(t))
	if err != nil || missed != 0 || len(list) != 1 {
		t.Fatalf("got %+v, %d missed, %v, want one arrival", list, missed, err)
	}
	a := list[0]
	return fmt.Sprintf("%s/%s known %v, unseen %v", a.Room.Local(), a.Occupant.Nick, a.Known, a.Unseen)
}

// Who comes into any room that muckick is in is told of, also when nobody listens
// at that moment, and who was there before is not.
func TestFollowArrivals(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner := peers.Connect(t, "owner", "pw")
		one, two := s.NewRoom(), s.NewRoom()
		name := parseRoom(t, one).Local()
		bob, regular := peers.Connect(t, "bob-"+name, "pw"), peers.Connect(t, "regular-"+name, "pw")
		c := newClient(t, s)
		online(t, c)
		feed := c.FollowArrivals(func(a xmpp.Arrival) bool { return a.Occupant.Nick != "Owner" })
		owner.CreateRoom(t, one, "Owner", nil)
		owner.CreateRoom(t, two, "Owner", nil)
		regular.Join(t, one, "Regular")
		for _, address := range []string{one, two} {
			w := c.Watch(parseRoom(t, address))
			t.Cleanup(w.Close)
			follow(t, w, make(map[string]xmpp.Occupant), "the list", func(u xmpp.Update) bool { return u.Roster.Live })
		}
		bob.Join(t, one, "Bob")
		got := []string{arrive(t, feed)}
		regular.Join(t, two, "Regular")
		got = append(got, arrive(t, feed))
		if _, err := c.Kick(testContext(t), parseRoom(t, one), xmpp.Target{Nick: "Bob"}, ""); err != nil {
			t.Fatal(err)
		}
		bob.WaitGone(t, one)
		bob.Join(t, one, "Bob")
		got = append(got, arrive(t, feed))
		want := []string{
			name + "/Bob known false, unseen false",
			parseRoom(t, two).Local() + "/Regular known true, unseen false",
			name + "/Bob known false, unseen false",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// After a restart of the server nobody who comes back looks like a newcomer.
func TestArrivalsAfterARestart(t *testing.T) {
	const people = 15
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", map[string]string{"persistentroom": "1"})
		var users []string
		for i := range people {
			users = append(users, fmt.Sprint("user", i))
		}
		peers.JoinMany(t, peers.ConnectMany(t, users, "pw"), []string{address})
		c := newClient(t, s)
		online(t, c)
		w := c.Watch(parseRoom(t, address))
		defer w.Close()
		live := func(u xmpp.Update) bool { return u.Online && u.Roster.Live }
		follow(t, w, make(map[string]xmpp.Occupant), "the list", live)
		feed := c.FollowArrivals(func(xmpp.Arrival) bool { return true })
		s.Kill(t)
		offline(t, c)
		s.Start(t)
		follow(t, w, make(map[string]xmpp.Occupant), "the list again", live)
		again := xmpptest.NewPeers(t, s)
		again.JoinMany(t, again.ConnectMany(t, append(users, "stranger"), "pw"), []string{address})
		came := make(map[string]xmpp.Arrival)
		for len(came) < people+1 {
			list, missed, err := feed.Next(testContext(t))
			if err != nil || missed != 0 {
				t.Fatalf("%v, %d missed; came: %v", err, missed, came)
			}
			for _, a := range list {
				came[a.Occupant.Nick] = a
			}
		}
		for _, a := range came {
			stranger := a.Occupant.Nick == "stranger"
			if a.Known == stranger || stranger && !a.Settling {
				t.Errorf("got %+v, want the stranger alone new, and settling", a)
			}
		}
	})
}
