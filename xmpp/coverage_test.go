package xmpp_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// watchAll makes a client be in all rooms, and look often.
func watchAll(o *xmpp.Options) {
	o.Watch, o.RelistEvery, o.IdleLeave = xmpp.WatchAll, 200*time.Millisecond, 100*time.Millisecond
}

// inside waits until the client is in these rooms and no others.
func inside(t *testing.T, c *xmpp.Client, what string, want ...string) {
	t.Helper()
	slices.Sort(want)
	var got []string
	ok := func() bool {
		got = nil
		for _, room := range c.Coverage().Inside {
			got = append(got, room.String())
		}
		slices.Sort(got)
		return slices.Equal(got, want)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s: in %q at last, want %q; coverage %+v", what, got, want, c.Coverage())
		}
	})
	eventually(t, what, ok)
}

// With all rooms watched, muckick is in every room that is listed, follows those
// that come and go, and keeps none alive.
func TestWatchAll(t *testing.T) {
	public := map[string]string{"persistentroom": "1", "publicroom": "1"}
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner := peers.Connect(t, "owner", "pw")
		one, two, later, brief := s.NewRoom(), s.NewRoom(), s.NewRoom(), s.NewRoom()
		owner.CreateRoom(t, one, "Owner", public)
		owner.CreateRoom(t, two, "Owner", public)
		c := newClient(t, s, watchAll)
		inside(t, c, "two rooms", one, two)
		owner.CreateRoom(t, later, "Owner", public)
		owner.CreateRoom(t, brief, "Owner", map[string]string{"publicroom": "1"})
		inside(t, c, "two more rooms", one, two, later, brief)
		coverage := c.Coverage()
		if coverage.Scope != xmpp.WatchAll || coverage.Rooms != 4 || coverage.Waiting != 0 || len(coverage.Refused) != 0 || coverage.Listed.IsZero() || coverage.Err != nil {
			t.Errorf("got %+v, want four rooms and nothing else", coverage)
		}
		owner.Leave(t, brief)
		inside(t, c, "the brief room's end", one, two, later)
		eventually(t, "the brief room to be gone", func() bool {
			_, err := c.RoomInfo(testContext(t), parseRoom(t, brief))
			return errors.As(err, new(*xmpp.NoRoomError))
		})
		owner.Leave(t, one)
		s.Kill(t)
		offline(t, c)
		if got := c.Coverage(); len(got.Inside) != 0 {
			t.Errorf("got %+v, want no room while offline", got)
		}
		s.Start(t)
		inside(t, c, "the rooms after the restart", one, two, later)
	})
}

// A room that does not let muckick in is named, with its reason, and the others are
// entered.
func TestWatchAllRefused(t *testing.T) {
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
		owner := xmpptest.NewPeers(t, s).Connect(t, "owner", "pw")
		open, closed := s.NewRoom(), s.NewRoom()
		owner.CreateRoom(t, closed, "Owner", map[string]string{"publicroom": "1", "membersonly": "1"})
		owner.CreateRoom(t, open, "Owner", map[string]string{"publicroom": "1"})
		c := newClient(t, s, watchAll)
		inside(t, c, "the open room", open)
		var refused []xmpp.Uncovered
		eventually(t, "a refusal", func() bool { refused = c.Coverage().Refused; return len(refused) == 1 })
		var answer *xmpp.StanzaError
		if refused[0].Room != parseRoom(t, closed) || !errors.As(refused[0].Err, &answer) || !answer.Has("registration-required") || !refused[0].Again.After(time.Now()) {
			t.Errorf("got %+v, want the closed room", refused)
		}
	}, xmpptest.WithPlainKicker())
}

// Where the account may be in few rooms only, those that are watched make way for a
// kick, and do not push each other out.
func TestWatchAllAtTheLimit(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Ejabberd, xmpptest.WithPlainKicker(), xmpptest.WithMaxRooms(3)) // others have no such limit
	owner := xmpptest.NewPeers(t, s).Connect(t, "owner", "pw")
	var rooms []string
	for range 3 {
		rooms = append(rooms, s.NewRoom())
		owner.CreateRoom(t, rooms[len(rooms)-1], "Owner", map[string]string{"publicroom": "1"})
	}
	c := newClient(t, s, watchAll)
	inside(t, c, "as many as the server allows", rooms...)
	owners := xmpptest.NewPeers(t, s).Connect(t, "owner2", "pw")
	hidden := s.NewRoom()
	owners.CreateRoom(t, hidden, "Owner", map[string]string{"publicroom": "0"})
	owners.SetAffiliation(t, hidden, s.JID(s.Kicker.User), "admin", "")
	if _, err := c.Kick(testContext(t), parseRoom(t, hidden), xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
		t.Errorf("got %v, want %v", err, xmpp.ErrNoOccupant)
	}
}

// An account that the server reads at its default rate enters all rooms, and kicks
// meanwhile work.
func TestWatchAllAtALimitedRate(t *testing.T) {
	const rooms, kicks = 30, 10
	xmpptest.On(t, []string{xmpptest.Prosody, xmpptest.Ejabberd}, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner := peers.Connect(t, "owner", "pw")
		for range rooms {
			owner.CreateRoom(t, s.NewRoom(), "Owner", map[string]string{"publicroom": "1"})
		}
		used := s.NewRoom()
		owner.CreateRoom(t, used, "Owner", map[string]string{"publicroom": "1"})
		owner.SetAffiliation(t, used, s.JID(s.Kicker.User), "owner", "")
		for i := range kicks {
			peers.Connect(t, fmt.Sprint("guest", i), "pw").Join(t, used, fmt.Sprint("guest", i))
		}
		c := newClient(t, s, watchAll)
		online(t, c)
		before, _ := c.Status()
		for i := range kicks {
			eventually(t, "some more rooms", func() bool { return len(c.Coverage().Inside) > 2*i })
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			began := time.Now()
			if _, err := c.Kick(ctx, parseRoom(t, used), xmpp.Target{Nick: fmt.Sprint("guest", i)}, ""); err != nil {
				t.Errorf("kick %d: %v", i, err)
			}
			coverage := c.Coverage()
			t.Logf("kick %d took %v, %d of %d rooms entered", i, time.Since(began).Round(time.Millisecond), len(coverage.Inside), coverage.Rooms)
			cancel()
		}
		eventually(t, "all rooms", func() bool { return len(c.Coverage().Inside) == rooms+1 })
		if after, _ := c.Status(); after.JID != before.JID {
			t.Errorf("the session did not last: %+v", after)
		}
	}, xmpptest.WithPlainKicker(), xmpptest.WithRateLimit(3))
}
