package xmpp_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Lists are read whole, from outside and from inside.
func TestAffiliations(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		alice.SetAffiliation(t, address, s.JID("zed"), "outcast", "spam & <more>")
		alice.SetAffiliation(t, address, s.JID("eve"), "outcast", "")
		if s.Software != xmpptest.Mucserver { // which has none
			alice.SetAffiliation(t, address, "whole.example", "outcast", "")
		}
		alice.SetAffiliation(t, address, s.JID("mia"), "member", "")
		alice.SetAffiliation(t, address, s.JID("ada"), "admin", "")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		reason := "spam & <more>"
		if s.Name == xmpptest.Prosody {
			reason = "" // it does not tell any
		}
		want := map[xmpp.Affiliation][]xmpp.Affiliated{
			xmpp.AffiliationOutcast: {
				{Account: s.JID("eve"), Affiliation: xmpp.AffiliationOutcast},
				{Account: "whole.example", Affiliation: xmpp.AffiliationOutcast},
				{Account: s.JID("zed"), Affiliation: xmpp.AffiliationOutcast, Reason: reason},
			},
			xmpp.AffiliationMember: {{Account: s.JID("mia"), Affiliation: xmpp.AffiliationMember}},
			xmpp.AffiliationAdmin:  {{Account: s.JID("ada"), Affiliation: xmpp.AffiliationAdmin}},
			xmpp.AffiliationOwner:  {{Account: s.JID("alice"), Affiliation: xmpp.AffiliationOwner}},
		}
		if s.Software == xmpptest.Mucserver {
			want[xmpp.AffiliationOutcast] = slices.Delete(want[xmpp.AffiliationOutcast], 1, 2)
		}
		for _, inside := range []bool{false, true} {
			if inside {
				enter(t, c, room)
			}
			for affiliation, list := range want {
				got, err := c.Affiliations(testContext(t), room, affiliation)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(list, got); diff != "" {
					t.Errorf("inside %v: %s (-want +got):\n%s", inside, affiliation, diff)
				}
			}
		}
		for account, want := range map[string]xmpp.Affiliation{
			"zed": xmpp.AffiliationOutcast, "mia": xmpp.AffiliationMember, "ada": xmpp.AffiliationAdmin, "alice": xmpp.AffiliationOwner, "bob": xmpp.AffiliationNone,
		} {
			if got := affiliation(t, c, room, s.JID(account)+"/x"); got != want {
				t.Errorf("%s: got %s, want %s", account, got, want)
			}
		}
		if _, err := c.Affiliations(testContext(t), room, xmpp.AffiliationNone); err == nil {
			t.Error("got a list of accounts without affiliation")
		}
	})
}

// A membership is given and taken back, and nobody loses by that what they had.
func TestSetAffiliation(t *testing.T) {
	const none, member, admin, owner = xmpp.AffiliationNone, xmpp.AffiliationMember, xmpp.AffiliationAdmin, xmpp.AffiliationOwner
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		for _, inside := range []bool{false, true} {
			t.Run(fmt.Sprintf("inside %t", inside), func(t *testing.T) {
				peers := xmpptest.NewPeers(t, s)
				address := s.NewRoom()
				alice, bob := peers.Connect(t, "alice", "pw"), peers.Connect(t, "bob", "pw")
				alice.CreateRoom(t, address, "Alice", nil)
				bob.Join(t, address, "Bob")
				alice.SetAffiliation(t, address, s.JID("mia"), "member", "")
				alice.SetAffiliation(t, address, s.JID("ada"), "admin", "")
				alice.SetAffiliation(t, address, s.JID("zed"), "outcast", "")
				c := newClient(t, s)
				online(t, c)
				room := parseRoom(t, address)
				if inside {
					enter(t, c, room)
				}
				tests := []struct {
					account  string
					from, to xmpp.Affiliation
					want     any // what the error is, or nil
					after    xmpp.Affiliation
				}{
					{"bob", none, member, nil, member},
					{"bob", none, member, new(*xmpp.ChangedError), member},
					{"bob", member, none, nil, none},
					{"nobody", none, member, nil, member},
					{"nobody", member, none, nil, none},
					{"mia", none, member, new(*xmpp.ChangedError), member},
					{"zed", none, member, new(*xmpp.ChangedError), xmpp.AffiliationOutcast},
					{"ada", none, member, new(*xmpp.ChangedError), admin},
					{"ada", admin, member, new(*xmpp.ProtectedError), admin},
					{"alice", owner, none, new(*xmpp.ProtectedError), owner},
					{"mia", member, admin, nil, admin},
				}
				for _, tt := range tests {
					err := c.SetAffiliation(testContext(t), room, s.JID(tt.account), tt.from, tt.to, "")
					if tt.want == nil && err != nil || tt.want != nil && !errors.As(err, tt.want) {
						t.Errorf("%s from %s to %s: got %T %v", tt.account, tt.from, tt.to, err, err)
					}
					if got := affiliation(t, c, room, s.JID(tt.account)); got != tt.after {
						t.Errorf("%s from %s to %s: is %s, want %s", tt.account, tt.from, tt.to, got, tt.after)
					}
				}
				err := c.SetAffiliation(testContext(t), room, s.JID(s.Kicker.User), none, member, "")
				if !errors.As(err, new(*xmpp.ProtectedError)) {
					t.Errorf("our own account: got %v", err)
				}
				if !bob.Ping(t, address) {
					t.Error("Bob is gone")
				}
			})
		}
	})
}

// What an account can do that is an admin of the room, and not of the service.
func TestActionsOfARoomAdmin(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		alice.SetAffiliation(t, address, s.JID(s.Kicker.User), "admin", "")
		alice.SetAffiliation(t, address, s.JID("mia"), "member", "")
		alice.SetAffiliation(t, address, s.JID("ada"), "admin", "")
		bob := peers.Connect(t, "bob", "pw")
		bob.Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		act := func(kind xmpp.ActionKind, target xmpp.Target, restore xmpp.Affiliation) (xmpp.Result, error) {
			return c.Do(testContext(t), xmpp.Action{Kind: kind, Room: room, Target: target, Restore: restore})
		}
		mia := xmpp.Target{RealJID: s.JID("mia")}
		got, err := act(xmpp.ActionBan, mia, "")
		if err != nil || got.Before != xmpp.AffiliationMember {
			t.Errorf("ban of a member: got %+v, %v", got, err)
		}
		if _, err := act(xmpp.ActionUnban, mia, got.Before); err != nil {
			t.Errorf("unban: %v", err)
		}
		if _, err := act(xmpp.ActionMute, xmpp.Target{Nick: "Bob"}, ""); err != nil {
			t.Errorf("mute: %v", err)
		}
		if _, err := act(xmpp.ActionBan, xmpp.Target{Nick: "Bob"}, ""); err != nil {
			t.Errorf("ban by nick: %v", err)
		}
		bob.WaitGone(t, address)
		for account, want := range map[string]any{"ada": new(*xmpp.RefusedError), "alice": new(*xmpp.ProtectedError)} {
			if got, err := act(xmpp.ActionBan, xmpp.Target{RealJID: s.JID(account)}, ""); !errors.As(err, want) {
				t.Errorf("ban of %s: got %+v, %v", account, got, err)
			}
		}
		if _, err := act(xmpp.ActionLock, xmpp.Target{}, ""); !errors.As(err, new(*xmpp.RefusedError)) {
			t.Errorf("lock: got %v, want a refusal", err)
		}
	}, xmpptest.WithPlainKicker())
}

// An admin of a service who owns no room is refused everything, and says why.
func TestActionsOfAnAdminWithoutRooms(t *testing.T) {
	xmpptest.On(t, []string{xmpptest.Prosody, xmpptest.Prosody13}, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "alice", "pw").CreateRoom(t, address, "Alice", nil)
		bob := peers.Connect(t, "bob", "pw")
		bob.Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		for kind, want := range map[xmpp.ActionKind]xmpp.Obstacle{
			xmpp.ActionBan: xmpp.ObstacleNotAdmin, xmpp.ActionUnban: xmpp.ObstacleNotAdmin,
			xmpp.ActionMute: xmpp.ObstacleNotModerator, xmpp.ActionLock: xmpp.ObstacleNotOwner,
		} {
			_, err := c.Do(testContext(t), xmpp.Action{Kind: kind, Room: room, Target: xmpp.Target{Nick: "Bob", RealJID: bob.JID()}})
			var refused *xmpp.RefusedError
			if !errors.As(err, &refused) || refused.Obstacle != want {
				t.Errorf("%s: got %v, want a refusal: %s", kind, err, want)
			}
		}
	}, xmpptest.WithAdminsOwningNoRoom())
}

// A list of thousands is read, and kicks meanwhile go on.
func TestHugeAffiliationList(t *testing.T) {
	const entries = 5_000
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address, other := s.NewRoom(), s.NewRoom()
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		alice.CreateRoom(t, other, "Alice", nil)
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		enter(t, c, parseRoom(t, other))
		banMany(t, alice, address, entries)

		read := make(chan []xmpp.Affiliated, 1)
		began := time.Now()
		go func() {
			list, err := c.Affiliations(testContext(t), room, xmpp.AffiliationOutcast)
			if err != nil {
				t.Error(err)
			}
			read <- list
		}()
		var slowest time.Duration
		kicks := 0
		for list := []xmpp.Affiliated(nil); list == nil; kicks++ {
			start := time.Now()
			if _, err := c.Kick(testContext(t), parseRoom(t, other), xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
				t.Fatal(err)
			}
			slowest = max(slowest, time.Since(start))
			select {
			case list = <-read:
				if len(list) != entries {
					t.Errorf("got %d entries, want %d", len(list), entries)
				}
			default:
			}
		}
		t.Logf("%d entries in %v; %d kicks meanwhile, the slowest took %v", entries, time.Since(began), kicks, slowest)
		account := fmt.Sprintf("spammer-%d@spam.example", entries/2)
		got := do(t, c, xmpp.Action{Kind: xmpp.ActionUnban, Room: room, Target: xmpp.Target{RealJID: account}})
		if got.Already {
			t.Errorf("got %+v, want an unban", got)
		}
	})
}

// banMany bans accounts that are nowhere, by an owner who waits for some at a time.
func banMany(t *testing.T, owner *xmpptest.Peer, address string, n int) {
	t.Helper()
	const query, some = "<query xmlns='http://jabber.org/protocol/muc#admin'>", 250
	for from := 0; from < n; from += some {
		stanzas := make([]string, 0, some)
		for i := from; i < min(from+some, n); i++ {
			item := fmt.Sprintf("<item affiliation='outcast' jid='spammer-%d@spam.example'><reason>Spam, number %d</reason></item>", i, i)
			stanzas = append(stanzas, fmt.Sprintf("<iq type='set' id='ban-%d' to='%s'>%s%s</query></iq>", i, address, query, item))
		}
		owner.Send(t, stanzas...)
		if answer := owner.IQ(t, address, "get", query+"<item affiliation='owner'/></query>"); answer.Err != nil {
			t.Fatal(answer.Err)
		}
	}
}
