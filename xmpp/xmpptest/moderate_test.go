package xmpptest_test

import (
	"strings"
	"testing"

	"muckick/xmpp/xmpptest"
)

func TestModeration(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		alice := peers.Connect(t, "alice", "alice's password")
		bob := peers.Connect(t, "bob", "bob's password")
		room := s.NewRoom()
		alice.CreateRoom(t, room, "Alice", nil)
		if own := bob.Join(t, room, "Bob"); own.Role != "participant" || own.Affiliation != "none" {
			t.Errorf("got %+v, want a participant without affiliation", own)
		}

		bob.Say(t, room, "<hello> & 'good' \"bye\"")
		said := func(m xmpptest.Message) bool { return m.Body != "" }
		if m := alice.WaitMessage(t, room, said); m.Nick() != "Bob" || m.Body != "<hello> & 'good' \"bye\"" {
			t.Errorf("got %+v, want Bob's hello", m)
		}

		bob.SetNick(t, room, "Robert")
		alice.WaitPresence(t, room, "Bob", func(p xmpptest.Presence) bool {
			return p.Has(xmpptest.StatusNickChange) && p.NewNick == "Robert"
		})

		alice.SetRole(t, room, "Robert", "visitor", "hush")
		bob.WaitPresence(t, room, "Robert", func(p xmpptest.Presence) bool { return p.Role == "visitor" })

		// ejabberd lets somebody whose role was set back in, even an outcast.
		carol := peers.Connect(t, "carol", "carol's password")
		carol.Join(t, room, "Carol")
		alice.SetAffiliation(t, room, carol.BareJID(), "outcast", "enough")
		if end := carol.WaitGone(t, room); !end.Has(xmpptest.StatusBanned) || end.Reason != "enough" {
			t.Errorf("got %+v, want 301 with the reason", end)
		}
		if own, refused := carol.TryJoin(t, room, "Carol"); refused == nil || refused.Condition != "forbidden" {
			t.Errorf("got %+v and %v, want an outcast to be refused with forbidden", own, refused)
		}
		if refused := carol.TryKick(t, room, "Alice", ""); refused == nil {
			t.Error("an outcast could kick")
		}

		alice.SetAffiliation(t, room, carol.BareJID(), "none", "")
		carol.Join(t, room, "Carol")
		carol.Leave(t, room)
		if carol.Joined(room) || carol.Ping(t, room) {
			t.Error("Carol is still in the room")
		}

		alice.Destroy(t, room, "moved")
		if end := bob.WaitGone(t, room); !end.Destroyed || end.Reason != "moved" {
			t.Errorf("got %+v, want the room destroyed with the reason", end)
		}
	})
}

func TestConfigure(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		alice := xmpptest.NewPeers(t, s).Connect(t, "alice", "alice's password")
		room := s.NewRoom()
		alice.CreateRoom(t, room, "Alice", map[string]string{"persistentroom": "1", "publicroom": "0"})
		alice.Configure(t, room, map[string]string{"membersonly": "1", "moderatedroom": "1", "roomname": "Snug & quiet"})

		info := alice.IQ(t, room, "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>")

		if info.Err != nil {
			t.Fatal(info.Err)
		}
		for _, want := range []string{"muc_persistent", "muc_hidden", "muc_membersonly", "muc_moderated", "Snug &amp; quiet"} {
			if !strings.Contains(info.XML, want) {
				t.Errorf("%q is missing in %s", want, info.XML)
			}
		}
	})
}

func TestSessionEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(*xmpptest.Peer, testing.TB)
	}{
		{name: "disconnect", end: (*xmpptest.Peer).Disconnect},
		{name: "abort", end: (*xmpptest.Peer).Abort},
	}
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		alice := peers.Connect(t, "alice", "alice's password")
		room := s.NewRoom()
		alice.CreateRoom(t, room, "Alice", nil)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				bob := peers.Connect(t, "bob", "bob's password")
				bob.Join(t, room, "Bob")
				tt.end(bob, t)
				alice.WaitPresence(t, room, "Bob", func(p xmpptest.Presence) bool { return p.Unavailable })
				if bob.Joined(room) {
					t.Error("Bob is still in the room")
				}
			})
		}
	})
}
