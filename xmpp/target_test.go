package xmpp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Whoever takes the nick of somebody who was to be kicked is not kicked.
func TestKickMeansAPerson(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		owner := peers.Connect(t, "owner", "pw")
		owner.CreateRoom(t, address, "Owner", nil)
		troll, bystander := peers.Connect(t, "troll", "pw"), peers.Connect(t, "bystander", "pw")
		troll.Join(t, address, "Troll")
		c := newClient(t, s)
		online(t, c)
		ctx, room := testContext(t), parseRoom(t, address)
		// From inside, as a moderator's page would see it.
		if _, err := c.Kick(ctx, room, xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
			t.Fatal(err)
		}
		target := targetOf(occupant(t, c, room, "Troll"))

		troll.SetNick(t, address, "Innocent")
		bystander.Join(t, address, "Troll")
		eventually(t, "the bystander's join", func() bool {
			return strings.HasPrefix(occupant(t, c, room, "Troll").RealJID, "bystander@")
		})
		_, err := c.Kick(ctx, room, target, "")
		var taken *xmpp.TakenError
		if !errors.As(err, &taken) || !strings.HasPrefix(taken.Bearer.RealJID, "bystander@"+s.Domain) {
			t.Errorf("got %v, want that the bystander bears the nick", err)
		}
		if !bystander.Ping(t, address) || !troll.Ping(t, address) {
			t.Error("somebody was kicked")
		}

		bystander.Leave(t, address)
		eventually(t, "an answer that nobody is there", func() bool {
			_, err := c.Kick(ctx, room, target, "")
			return errors.Is(err, xmpp.ErrNoOccupant)
		})
		target.Nick = "Innocent"
		if _, err := c.Kick(ctx, room, target, ""); err != nil {
			t.Error(err)
		}
		troll.WaitGone(t, address)
	})
}

// Who comes back after a restart is who was meant before it, though ejabberd gives
// other occupant ids then.
func TestKickAfterARestart(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", map[string]string{"persistentroom": "1"})
		peers.Connect(t, "bob", "pw").Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		w := c.Watch(room) // from inside, since role lists have no occupant ids
		defer w.Close()
		list := make(map[string]xmpp.Occupant)
		follow(t, w, list, "Bob", func(xmpp.Update) bool { return list["Bob"].Nick != "" })
		target := targetOf(list["Bob"])
		s.Kill(t)
		follow(t, w, list, "the end", func(u xmpp.Update) bool { return !u.Online })
		s.Start(t)
		bob := peersAgain(t, s)
		bob.Join(t, address, "Bob")
		follow(t, w, list, "Bob again", func(u xmpp.Update) bool { return u.Online && list["Bob"].Nick != "" })
		if _, err := c.Kick(testContext(t), room, target, ""); err != nil {
			t.Fatalf("%v; the target was %+v, and there is %+v", err, target, list["Bob"])
		}
		bob.WaitGone(t, address)
	})
}

// An occupant id counts only where the room says that it gives them: others pass
// on what an occupant makes up.
func TestForgedOccupantID(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		owner, eve := peers.Connect(t, "owner", "pw"), peers.Connect(t, "eve", "pw")
		owner.CreateRoom(t, address, "Owner", nil)
		eve.Join(t, address, "Eve")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		w := c.Watch(room)
		defer w.Close()
		list := make(map[string]xmpp.Occupant)
		follow(t, w, list, "Eve", func(xmpp.Update) bool { return list["Eve"].Nick != "" })
		before := list["Eve"].OccupantID
		if got, want := before != "", s.Software == xmpptest.Prosody || s.Name == xmpptest.Ejabberd24; got != want {
			t.Errorf("got occupant id %q, want one: %v", before, want)
		}
		eve.Send(t, fmt.Sprintf("<presence to='%s/Eve'><show>away</show><occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/></presence>", address))
		eve.Ping(t, address) // the room has heard it
		peers.Connect(t, "zed", "pw").Join(t, address, "Zed")
		follow(t, w, list, "Zed", func(xmpp.Update) bool { return list["Zed"].Nick != "" })
		if got := list["Eve"].OccupantID; got != before {
			t.Errorf("got occupant id %q, want %q", got, before)
		}
	})
}
