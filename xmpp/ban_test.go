package xmpp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// do carries out an action that has to work.
func do(t *testing.T, c *xmpp.Client, a xmpp.Action) xmpp.Result {
	t.Helper()
	result, err := c.Do(testContext(t), a)
	if err != nil {
		t.Fatalf("%s of %+v: %v", a.Kind, a.Target, err)
	}
	return result
}

// affiliation returns what the room says of an account.
func affiliation(t *testing.T, c *xmpp.Client, room xmpp.RoomJID, account string) xmpp.Affiliation {
	t.Helper()
	got, err := c.Affiliation(testContext(t), room, account)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// enter makes the client join the room.
func enter(t *testing.T, c *xmpp.Client, room xmpp.RoomJID) {
	t.Helper()
	if _, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Nobody at all"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
		t.Fatal(err)
	}
}

// Somebody who is there is out and stays out, wherever we are; then they may come
// back.
func TestBan(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		for _, inside := range []bool{false, true} {
			t.Run(fmt.Sprintf("inside %t", inside), func(t *testing.T) {
				peers := xmpptest.NewPeers(t, s)
				address := s.NewRoom()
				peers.Connect(t, "alice", "pw").CreateRoom(t, address, "Alice", nil)
				bob, phone := peers.Connect(t, "bob", "pw"), peers.Connect(t, "bob", "pw")
				bob.Join(t, address, "Bob")
				phone.Join(t, address, "Bobby")
				carol := peers.Connect(t, "carol", "pw")
				carol.Join(t, address, "Carol")
				c := newClient(t, s)
				online(t, c)
				room := parseRoom(t, address)
				if inside {
					enter(t, c, room)
				}
				const reason = `no <b>&"spam"</b> 🙂`
				ban := xmpp.Action{Kind: xmpp.ActionBan, Room: room, Target: xmpp.Target{RealJID: bob.JID()}, Reason: reason}
				got := do(t, c, ban)
				if got.Account != bob.BareJID() || got.Before != xmpp.AffiliationNone || got.Already {
					t.Errorf("got %+v, want %s, who was nothing before", got, bob.BareJID())
				}
				var removed []string
				if inside {
					removed = []string{"Bob", "Bobby"}
				}
				if diff := cmp.Diff(removed, got.Removed); diff != "" {
					t.Errorf("removed (-want +got):\n%s", diff)
				}
				for _, peer := range []*xmpptest.Peer{bob, phone} {
					if end := peer.WaitGone(t, address); !end.Has(xmpptest.StatusBanned) || end.Reason != reason {
						t.Errorf("got %+v, want 301 with the reason", end)
					}
				}
				if _, refused := bob.TryJoin(t, address, "Bob"); refused == nil || refused.Condition != "forbidden" {
					t.Errorf("got %v, want that Bob may not come in", refused)
				}
				if again := do(t, c, ban); !again.Already || again.Before != xmpp.AffiliationOutcast {
					t.Errorf("the second time: got %+v, want that it was so already", again)
				}
				if !carol.Ping(t, address) {
					t.Error("Carol is gone")
				}

				unban := xmpp.Action{Kind: xmpp.ActionUnban, Room: room, Target: xmpp.Target{RealJID: bob.BareJID()}}
				if got := do(t, c, unban); got.Already || got.Before != xmpp.AffiliationOutcast {
					t.Errorf("unban: got %+v", got)
				}
				if again := do(t, c, unban); !again.Already || again.Before != xmpp.AffiliationNone {
					t.Errorf("unban again: got %+v", again)
				}
				bob.Join(t, address, "Bob")
			})
		}
	})
}

// Who is not there, or nowhere, can be banned too, and a member is a member again
// afterwards.
func TestBanOfTheAbsent(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		alice.SetAffiliation(t, address, s.JID("mia"), "member", "")
		alice.SetAffiliation(t, address, s.JID("ada"), "admin", "")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		tests := []struct {
			account string
			before  xmpp.Affiliation
		}{
			{s.JID("mia"), xmpp.AffiliationMember},
			{s.JID("ada"), xmpp.AffiliationAdmin},
			{s.JID("nobody"), xmpp.AffiliationNone},
			{"someone@elsewhere.example", xmpp.AffiliationNone},
		}
		for _, tt := range tests {
			t.Run(tt.account, func(t *testing.T) {
				// A full JID with upper case, as one may find it somewhere.
				target := xmpp.Target{RealJID: strings.ToUpper(tt.account) + "/phone"}
				got := do(t, c, xmpp.Action{Kind: xmpp.ActionBan, Room: room, Target: target})
				want := xmpp.Result{Account: tt.account, Before: tt.before}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if got := affiliation(t, c, room, tt.account); got != xmpp.AffiliationOutcast {
					t.Errorf("got %s, want an outcast", got)
				}
				do(t, c, xmpp.Action{Kind: xmpp.ActionUnban, Room: room, Target: target, Restore: got.Before})
				if got := affiliation(t, c, room, tt.account); got != tt.before {
					t.Errorf("got %s again, want %s", got, tt.before)
				}
			})
		}
	})
}

// An unban of somebody who is no outcast takes nothing from them.
func TestUnbanOfAMember(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", map[string]string{"membersonly": "1"})
		bob := peers.Connect(t, "bob", "pw")
		alice.SetAffiliation(t, address, bob.BareJID(), "member", "")
		bob.Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		got := do(t, c, xmpp.Action{Kind: xmpp.ActionUnban, Room: room, Target: xmpp.Target{RealJID: bob.BareJID()}})
		if !got.Already || got.Before != xmpp.AffiliationMember {
			t.Errorf("got %+v, want a member already", got)
		}
		if !bob.Ping(t, address) {
			t.Error("Bob is gone")
		}
	})
}

// By the nick alone, the account is banned of whoever bears it now, and nobody
// who bore it.
func TestBanByNick(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		for _, inside := range []bool{false, true} {
			t.Run(fmt.Sprintf("inside %t", inside), func(t *testing.T) {
				peers := xmpptest.NewPeers(t, s)
				address := s.NewRoom()
				peers.Connect(t, "alice", "pw").CreateRoom(t, address, "Alice", nil)
				troll, bystander := peers.Connect(t, "troll", "pw"), peers.Connect(t, "bystander", "pw")
				c := newClient(t, s)
				online(t, c)
				room := parseRoom(t, address)
				if inside {
					enter(t, c, room)
				}
				troll.Join(t, address, "Troll")
				seen := xmpp.Target{Nick: "Troll"}
				if inside {
					// What a page would know of a room that hides accounts.
					o := occupant(t, c, room, "Troll")
					seen.OccupantID, seen.Since = o.OccupantID, o.Since
				}
				troll.SetNick(t, address, "Innocent")
				bystander.Join(t, address, "Troll")
				if inside {
					eventually(t, "the bystander's join", func() bool {
						return strings.HasPrefix(occupant(t, c, room, "Troll").RealJID, "bystander@")
					})
					_, err := c.Do(testContext(t), xmpp.Action{Kind: xmpp.ActionBan, Room: room, Target: seen})
					if !errors.As(err, new(*xmpp.TakenError)) {
						t.Errorf("got %v, want that somebody else bears the nick", err)
					}
				}
				got := do(t, c, xmpp.Action{Kind: xmpp.ActionBan, Room: room, Target: xmpp.Target{Nick: "Innocent"}})
				if got.Account != troll.BareJID() || got.Occupant.Nick != "Innocent" {
					t.Errorf("got %+v, want the troll", got)
				}
				troll.WaitGone(t, address)
				if !bystander.Ping(t, address) {
					t.Error("the bystander is gone")
				}
			})
		}
	})
}

// A ban of somebody in a room that hides presence is confirmed by its lists.
func TestBanOfTheHidden(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", map[string]string{"presencebroadcast": "moderator"})
		bob := peers.Connect(t, "bob", "pw")
		bob.Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		enter(t, c, room)
		do(t, c, xmpp.Action{Kind: xmpp.ActionBan, Room: room, Target: xmpp.Target{Nick: "Bob"}})
		bob.WaitGone(t, address)
		roster, err := c.Occupants(testContext(t), room)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.Join(nicksOf(roster), " "), "Bob") {
			t.Errorf("got %v, want that Bob is gone", nicksOf(roster))
		}
	})
}

// A room that does not exist is not made by a ban, nor by a look at its lists.
func TestBanInNoRoom(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, s.Room("nosuch"))
		target := xmpp.Target{RealJID: s.JID("bob")}
		for _, kind := range []xmpp.ActionKind{xmpp.ActionBan, xmpp.ActionUnban} {
			if _, err := c.Do(testContext(t), xmpp.Action{Kind: kind, Room: room, Target: target}); !errors.As(err, new(*xmpp.NoRoomError)) {
				t.Errorf("%s: got %v, want no such room", kind, err)
			}
		}
		if _, err := c.Affiliations(testContext(t), room, xmpp.AffiliationOutcast); !errors.As(err, new(*xmpp.NoRoomError)) {
			t.Errorf("got %v, want no such room", err)
		}
		if _, err := c.RoomInfo(testContext(t), room); !errors.As(err, new(*xmpp.NoRoomError)) {
			t.Errorf("got %v, want no such room", err)
		}
	})
}

// Rooms that are hidden, for members or behind a password keep nobody from being
// banned, by the account or by the nick.
func TestBanInClosedRooms(t *testing.T) {
	rooms := map[string]map[string]string{
		"hidden":   {"publicroom": "0"},
		"members":  {"membersonly": "1"},
		"password": {"passwordprotectedroom": "1", "roomsecret": "open sesame"},
	}
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		for name, config := range rooms {
			t.Run(name, func(t *testing.T) {
				peers := xmpptest.NewPeers(t, s)
				address := s.NewRoom()
				alice, bob, carol := peers.Connect(t, "alice", "pw"), peers.Connect(t, "bob", "pw"), peers.Connect(t, "carol", "pw")
				alice.CreateRoom(t, address, "Alice", config)
				for _, peer := range []*xmpptest.Peer{bob, carol} {
					if name == "members" {
						alice.SetAffiliation(t, address, peer.BareJID(), "member", "")
					}
					peer.Join(t, address, peer.User, xmpptest.WithPassword("open sesame"))
				}
				c := newClient(t, s)
				online(t, c)
				room := parseRoom(t, address)
				do(t, c, xmpp.Action{Kind: xmpp.ActionBan, Room: room, Target: xmpp.Target{RealJID: bob.BareJID()}})
				bob.WaitGone(t, address)
				do(t, c, xmpp.Action{Kind: xmpp.ActionBan, Room: room, Target: xmpp.Target{Nick: "carol"}})
				carol.WaitGone(t, address)
			})
		}
	})
}
