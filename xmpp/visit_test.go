package xmpp_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// What a room does to muckick is ordinary: the next kick works again, or says
// why it cannot.
func TestVisitEnds(t *testing.T) {
	tests := []struct {
		name        string
		affiliation string // of muckick before
		do          func(t *testing.T, owner *xmpptest.Peer, s *xmpptest.Server, room string)
		over        bool  // the visit ends before the next kick: a room may swallow what reaches it in its end
		want        error // of the next kick
		onEjabberd  error // the same, where ejabberd differs
	}{
		{
			name:        "muckick is kicked",
			affiliation: "admin",
			do: func(t *testing.T, owner *xmpptest.Peer, _ *xmpptest.Server, room string) {
				owner.Kick(t, room, "muckick", "go")
			},
		},
		{
			name:        "room destroyed",
			affiliation: "admin",
			do: func(t *testing.T, owner *xmpptest.Peer, _ *xmpptest.Server, room string) {
				owner.Destroy(t, room, "over")
			},
			over: true,
			want: &xmpp.NoRoomError{},
		},
		{
			// ejabberd 23.01 lets the banned come back with the role they had.
			name:        "muckick is banned",
			affiliation: "member",
			do: func(t *testing.T, owner *xmpptest.Peer, s *xmpptest.Server, room string) {
				owner.SetAffiliation(t, room, s.JID(s.Kicker.User), "outcast", "no")
			},
			want:       &xmpp.JoinError{},
			onEjabberd: &xmpp.RefusedError{},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
				peers := xmpptest.NewPeers(t, s)
				owner, bob := peers.Connect(t, "owner", "pw"), peers.Connect(t, "bob", "pw")
				address := s.NewRoom()
				owner.CreateRoom(t, address, "Owner", nil)
				bob.Join(t, address, "Bob")
				c := newClient(t, s)
				online(t, c)
				room := parseRoom(t, address)
				owner.SetAffiliation(t, address, s.JID(s.Kicker.User), tt.affiliation, "")
				if _, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Nobody"}, ""); err == nil || c.Load().JoinedRooms != 1 {
					t.Fatalf("got %v and %d joined rooms, want an error and 1", err, c.Load().JoinedRooms)
				}

				tt.do(t, owner, s, address)
				if tt.over {
					eventually(t, "muckick has heard of it", func() bool { return c.Load().JoinedRooms == 0 })
				}

				_, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Bob"}, "")
				want := tt.want
				if s.Software == xmpptest.Ejabberd && tt.onEjabberd != nil {
					want = tt.onEjabberd
				}
				if !sameKind(err, want) {
					t.Errorf("got %T %v, want %T", err, err, want)
				}
				if err == nil {
					bob.WaitGone(t, address)
				}
			}, xmpptest.WithPlainKicker())
		})
	}
}

// A kick never makes a room.
func TestNoRoomIsCreated(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, s.NewRoom())
		for range 2 {
			if _, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Bob"}, ""); !sameKind(err, &xmpp.NoRoomError{}) {
				t.Errorf("got %v, want no such room", err)
			}
			if _, err := c.Occupants(testContext(t), room); !sameKind(err, &xmpp.NoRoomError{}) {
				t.Errorf("got %v, want no such room", err)
			}
		}
	})
}

func TestIdleRoomIsLeft(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner := peers.Connect(t, "owner", "pw")
		address := s.NewRoom()
		owner.CreateRoom(t, address, "Owner", nil)
		c := newClient(t, s, func(o *xmpp.Options) { o.IdleLeave = 100 * time.Millisecond })
		online(t, c)
		watch := c.Watch(parseRoom(t, address))
		owner.WaitPresence(t, address, "muckick", func(p xmpptest.Presence) bool { return !p.Unavailable })
		watch.Close()
		owner.WaitPresence(t, address, "muckick", func(p xmpptest.Presence) bool { return p.Unavailable })
		eventually(t, "an empty table", func() bool { return c.Load().JoinedRooms == 0 })
	})
}

func TestNickTaken(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner, thief := peers.Connect(t, "owner", "pw"), peers.Connect(t, "thief", "pw")
		address := s.NewRoom()
		owner.CreateRoom(t, address, "Owner", nil)
		thief.Join(t, address, "muckick")
		c := newClient(t, s)
		online(t, c)
		if _, err := c.Kick(testContext(t), parseRoom(t, address), xmpp.Target{Nick: "muckick"}, "an impostor"); err != nil {
			t.Fatal(err)
		}
		if end := thief.WaitGone(t, address); !end.Has(307) {
			t.Errorf("got statuses %v, want 307", end.Statuses)
		}
	})
}

// A kicker without rights is told by the server what it cannot do.
func TestPlainKicker(t *testing.T) {
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner, bob := peers.Connect(t, "owner", "pw"), peers.Connect(t, "bob", "pw")
		c := newClient(t, s)
		online(t, c)
		address := s.NewRoom()
		room := parseRoom(t, address)
		owner.CreateRoom(t, address, "Owner", nil)
		bob.Join(t, address, "Bob")

		_, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Bob"}, "")
		var refused *xmpp.RefusedError
		if !errors.As(err, &refused) || refused.Obstacle != xmpp.ObstacleNotModerator {
			t.Errorf("as a participant: got %v, want a refusal", err)
		}
		owner.SetAffiliation(t, address, s.JID(s.Kicker.User), "admin", "")
		if _, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Owner"}, ""); !errors.As(err, &refused) || refused.Obstacle != xmpp.ObstacleOutranked {
			t.Errorf("owner kicked by an admin: got %v, want a refusal", err)
		}
		eventually(t, "the kick by an admin", func() bool {
			_, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Bob"}, "")
			return err == nil
		})
		bob.WaitGone(t, address)

		locked := s.NewRoom()
		owner.CreateRoom(t, locked, "Owner", map[string]string{"membersonly": "1"})
		_, err = c.Kick(testContext(t), parseRoom(t, locked), xmpp.Target{Nick: "Owner"}, "")
		var join *xmpp.JoinError
		var stanza *xmpp.StanzaError
		if !errors.As(err, &join) || !errors.As(err, &stanza) || stanza.Condition != "registration-required" {
			t.Errorf("members-only room: got %v, want registration-required", err)
		}
	}, xmpptest.WithPlainKicker())
}

// A caller who gives up harms nobody, and learns whether anything was sent.
func TestGiveUp(t *testing.T) {
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		owner, bob := peers.Connect(t, "owner", "pw"), peers.Connect(t, "bob", "pw")
		address := s.NewRoom()
		owner.CreateRoom(t, address, "Owner", nil)
		bob.Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)

		ended, cancel := context.WithCancel(testContext(t))
		cancel()
		if _, err := c.Kick(ended, room, xmpp.Target{Nick: "Bob"}, ""); !errors.Is(err, xmpp.ErrNotSent) {
			t.Errorf("got %v, want %v", err, xmpp.ErrNotSent)
		}
		if _, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
			t.Fatal(err)
		}
		s.Pause(t)
		short, cancel := context.WithTimeout(testContext(t), 50*time.Millisecond)
		defer cancel()
		if _, err := c.Kick(short, room, xmpp.Target{Nick: "Bob"}, ""); !errors.Is(err, xmpp.ErrUnknown) {
			t.Errorf("got %v, want %v", err, xmpp.ErrUnknown)
		}
		s.Resume(t)
		bob.WaitGone(t, address) // it did happen after all
		if _, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Bob"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
			t.Errorf("got %v, want %v", err, xmpp.ErrNoOccupant)
		}
	})
}

// More rooms than a page has are all listed.
func TestRooms(t *testing.T) {
	const count, owners = 230, 3 // ejabberd lets an account be in 100 rooms
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		many := peers.ConnectMany(t, []string{"owner0", "owner1", "owner2"}, "pw")
		for i := range count {
			many[i%owners].CreateRoom(t, s.Room(fmt.Sprintf("many%d", i)), "Owner", map[string]string{"publicroom": "1"})
		}
		hidden, owner := s.Room("hidden"), many[0]
		owner.CreateRoom(t, hidden, "Owner", map[string]string{"publicroom": "0"})
		c := newClient(t, s)
		online(t, c)
		rooms, err := c.Rooms(testContext(t), s.Service)
		if err != nil {
			t.Fatal(err)
		}
		listed := make(map[string]bool)
		for _, room := range rooms {
			listed[room.JID.String()] = true
		}
		for i := range count {
			if room := s.Room(fmt.Sprintf("many%d", i)); !listed[room] {
				t.Errorf("%s is missing", room)
			}
		}
		info, err := c.RoomInfo(testContext(t), parseRoom(t, hidden))
		if err != nil {
			t.Fatal(err)
		}
		if !info.Hidden || info.JID.String() != hidden {
			t.Errorf("got %+v, want the hidden room", info)
		}
		if _, err := c.Rooms(testContext(t), "nosuch.example"); !sameKind(err, &xmpp.NoHostError{}) {
			t.Errorf("got %v, want no such host", err)
		}
	})
}
