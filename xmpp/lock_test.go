package xmpp_test

import (
	"encoding/xml"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// configuration returns the fields of a room's configuration form.
func configuration(t *testing.T, owner *xmpptest.Peer, address string) map[string][]string {
	t.Helper()
	answer := owner.IQ(t, address, "get", "<query xmlns='http://jabber.org/protocol/muc#owner'/>")
	var form struct {
		Fields []struct {
			Var    string   `xml:"var,attr"`
			Values []string `xml:"value"`
		} `xml:"query>x>field"`
	}
	if err := xml.Unmarshal([]byte(answer.XML), &form); err != nil || len(form.Fields) == 0 {
		t.Fatalf("got %d fields, %v, of %s", len(form.Fields), err, answer.XML)
	}
	fields := make(map[string][]string)
	for _, field := range form.Fields {
		fields[field.Var] = slices.Sorted(slices.Values(field.Values))
	}
	return fields
}

// lockCase is a room with its owner, a member and somebody else.
type lockCase struct {
	alice, mia, bob *xmpptest.Peer
	address         string
	room            xmpp.RoomJID
	c               *xmpp.Client
	before          map[string][]string // its configuration
}

func newLockCase(t *testing.T, s *xmpptest.Server, config map[string]string) lockCase {
	t.Helper()
	peers := xmpptest.NewPeers(t, s)
	l := lockCase{address: s.NewRoom(), c: newClient(t, s)}
	l.alice, l.mia, l.bob = peers.Connect(t, "alice", "pw"), peers.Connect(t, "mia", "pw"), peers.Connect(t, "bob", "pw")
	settings := map[string]string{"persistentroom": "1", "roomname": "A <room>", "roomdesc": "For all", "whois": "anyone"}
	maps.Copy(settings, config)
	l.alice.CreateRoom(t, l.address, "Alice", settings)
	l.alice.SetAffiliation(t, l.address, l.mia.BareJID(), "member", "")
	l.mia.Join(t, l.address, "Mia")
	l.bob.Join(t, l.address, "Bob")
	l.room, l.before = parseRoom(t, l.address), configuration(t, l.alice, l.address)
	online(t, l.c)
	return l
}

// unlocked requires that the room is configured as in the beginning.
func (l lockCase) unlocked(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(l.before, configuration(t, l.alice, l.address)); diff != "" {
		t.Errorf("the configuration afterwards (-want +got):\n%s", diff)
	}
}

// Newcomers have no voice in a locked room, and those who are in keep theirs.
func TestLock(t *testing.T) {
	for _, moderated := range []string{"0", "1"} {
		t.Run("moderated "+moderated, func(t *testing.T) {
			xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
				l := newLockCase(t, s, map[string]string{"moderatedroom": moderated})
				if moderated == "1" {
					l.alice.SetRole(t, l.address, "Bob", "participant", "")
				}
				want := make(map[string]string)
				if moderated == "0" {
					want["muc#roomconfig_moderatedroom"] = "0"
				}
				if s.Software == xmpptest.Ejabberd {
					want["members_by_default"] = "1"
				}
				got := do(t, l.c, xmpp.Action{Kind: xmpp.ActionLock, Room: l.room})
				if diff := cmp.Diff(want, got.Fields); diff != "" || got.Already != (len(want) == 0) {
					t.Fatalf("got %+v; fields (-want +got):\n%s", got, diff)
				}
				if again := do(t, l.c, xmpp.Action{Kind: xmpp.ActionLock, Room: l.room}); !again.Already || len(again.Fields) > 0 {
					t.Errorf("the second time: got %+v", again)
				}
				for _, peer := range []*xmpptest.Peer{l.bob, l.mia} {
					if !canSay(t, peer, l.address, "still") {
						t.Errorf("%s has lost their voice", peer.User)
					}
				}
				zed := xmpptest.NewPeers(t, s).Connect(t, "zed", "pw")
				zed.Join(t, l.address, "Zed")
				if canSay(t, zed, l.address, "spam") {
					t.Error("a newcomer has a voice")
				}
				if got.Already {
					return
				}
				unlock := xmpp.Action{Kind: xmpp.ActionUnlock, Room: l.room, Fields: got.Fields}
				undone := do(t, l.c, unlock)
				if len(undone.Fields) != len(want) || len(undone.Skipped) > 0 || undone.Already {
					t.Errorf("the unlock: got %+v", undone)
				}
				l.unlocked(t)
				if again := do(t, l.c, unlock); !again.Already || len(again.Fields) > 0 || !maps.Equal(again.Skipped, want) {
					t.Errorf("the second unlock: got %+v, want all skipped", again)
				}
				l.unlocked(t)
				if s.Software != xmpptest.Ejabberd && moderated == "1" {
					return
				}
				yan := xmpptest.NewPeers(t, s).Connect(t, "yan", "pw")
				yan.Join(t, l.address, "Yan")
				if !canSay(t, yan, l.address, "hello") {
					t.Error("a newcomer has no voice after the unlock")
				}
			})
		})
	}
}

// Who has no affiliation is thrown out of a room that becomes members-only, and
// is gone from our list, even where the server keeps quiet about it.
func TestLockMembersOnly(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		l := newLockCase(t, s, nil)
		enter(t, l.c, l.room)
		occupant(t, l.c, l.room, "Bob")
		got := do(t, l.c, xmpp.Action{Kind: xmpp.ActionLock, Room: l.room, MembersOnly: true})
		if diff := cmp.Diff(map[string]string{"muc#roomconfig_membersonly": "0"}, got.Fields); diff != "" {
			t.Errorf("fields (-want +got):\n%s", diff)
		}
		if end := l.bob.WaitGone(t, l.address); !end.Has(322) {
			t.Errorf("Bob heard %+v, want 322", end)
		}
		roster, err := l.c.Occupants(testContext(t), l.room)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(nicksOf(roster), " "); got != "Alice Mia muckick" {
			t.Errorf("got %s on the list, want all but Bob", got)
		}
		if !l.mia.Ping(t, l.address) {
			t.Error("the member is gone")
		}
		if _, refused := l.bob.TryJoin(t, l.address, "Bob"); refused == nil {
			t.Error("Bob may come in")
		}
		do(t, l.c, xmpp.Action{Kind: xmpp.ActionUnlock, Room: l.room, Fields: got.Fields})
		l.unlocked(t)
		l.bob.Join(t, l.address, "Bob")
	})
}

// What somebody changed since the lock, an unlock leaves alone.
func TestUnlockLeavesOthersChanges(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		l := newLockCase(t, s, map[string]string{"moderatedroom": "0"})
		silent := do(t, l.c, xmpp.Action{Kind: xmpp.ActionLock, Room: l.room})
		closed := do(t, l.c, xmpp.Action{Kind: xmpp.ActionLock, Room: l.room, MembersOnly: true})
		l.alice.Configure(t, l.address, map[string]string{"membersonly": "0"})
		l.bob.WaitGone(t, l.address)
		fields := maps.Clone(silent.Fields)
		maps.Copy(fields, closed.Fields)
		got := do(t, l.c, xmpp.Action{Kind: xmpp.ActionUnlock, Room: l.room, Fields: fields})
		if diff := cmp.Diff(map[string]string{"muc#roomconfig_membersonly": "0"}, got.Skipped); diff != "" {
			t.Errorf("skipped (-want +got):\n%s", diff)
		}
		if got.Already || len(got.Fields) != len(silent.Fields) {
			t.Errorf("got %+v, want the rest put back", got)
		}
		l.unlocked(t)
	})
}

// No room is made by a lock, nothing but a lock's fields is put back, and who may
// not configure is told so.
func TestLockRefused(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		c := newClient(t, s)
		online(t, c)
		ctx, nosuch := testContext(t), parseRoom(t, s.Room("nosuch"))
		fields := map[string]string{"muc#roomconfig_membersonly": "0"}
		for _, kind := range []xmpp.ActionKind{xmpp.ActionLock, xmpp.ActionUnlock} {
			if _, err := c.Do(ctx, xmpp.Action{Kind: kind, Room: nosuch, Fields: fields}); !errors.As(err, new(*xmpp.NoRoomError)) {
				t.Errorf("%s: got %v, want no such room", kind, err)
			}
		}
		if _, err := c.RoomInfo(ctx, nosuch); !errors.As(err, new(*xmpp.NoRoomError)) {
			t.Errorf("got %v, want no such room", err)
		}
		for _, fields := range []map[string]string{nil, {"muc#roomconfig_persistentroom": "0"}, {"muc#roomconfig_membersonly": "yes"}} {
			_, err := c.Do(ctx, xmpp.Action{Kind: xmpp.ActionUnlock, Room: nosuch, Fields: fields})
			if !errors.As(err, new(*xmpp.FieldError)) || xmpp.OutcomeOf(err) != xmpp.NotSent {
				t.Errorf("%v: got %v, want a FieldError", fields, err)
			}
		}
	})
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		l := newLockCase(t, s, nil)
		_, err := l.c.Do(testContext(t), xmpp.Action{Kind: xmpp.ActionLock, Room: l.room})
		var refused *xmpp.RefusedError
		if !errors.As(err, &refused) || refused.Obstacle != xmpp.ObstacleNotOwner {
			t.Errorf("got %v, want a refusal: %s", err, xmpp.ObstacleNotOwner)
		}
		l.unlocked(t)
	}, xmpptest.WithPlainKicker())
}
