package xmpptest_test

import (
	"testing"

	"muckick/xmpp/xmpptest"
)

func TestMain(m *testing.M) { xmpptest.Main(m) }

func TestKick(t *testing.T) {
	const reason = "<no> \"shouting\" & 'swearing' 🔇"
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		alice := peers.Connect(t, "alice", "alice's password")
		bob := peers.Connect(t, "bob", "bob's password")
		carol := peers.Connect(t, "carol", "carol's password")
		room := s.NewRoom()
		alice.CreateRoom(t, room, "Alice", map[string]string{"persistentroom": "1"})
		bob.Join(t, room, "Bob")
		carol.Join(t, room, "Carol")

		alice.Kick(t, room, "Bob", reason)

		end := bob.WaitGone(t, room)
		if !end.Has(xmpptest.StatusKicked) || end.Reason != reason {
			t.Errorf("got statuses %v and reason %q, want 307 and %q", end.Statuses, end.Reason, reason)
		}
		if bob.Joined(room) || bob.Ping(t, room) {
			t.Error("Bob is still in the room")
		}
		carol.WaitPresence(t, room, "Bob", func(p xmpptest.Presence) bool {
			return p.Unavailable && p.Has(xmpptest.StatusKicked)
		})
		if !carol.Ping(t, room) || !carol.Joined(room) {
			t.Error("Carol is no longer in the room")
		}
	})
}

func TestNicks(t *testing.T) {
	nicks := []string{
		"ㅋㅋㅋ", "\u115F", "❤\uFE0F", "שלום", "Ünï/co@de", "ｆｕｌｌ", "a  b", "²", "İ",
		`"quoted" 'n' <b>&amp;</b>`,
	}
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		alice := peers.Connect(t, "alice", "alice's password")
		mallory := peers.Connect(t, "mallory", "mallory's password")
		room := s.NewRoom()
		alice.CreateRoom(t, room, "Alice", nil)
		for _, nick := range nicks {
			t.Run(nick, func(t *testing.T) {
				own := mallory.Join(t, room, nick)
				seen := alice.WaitPresence(t, room, nick, nil)
				if seen.Nick != own.Nick {
					t.Errorf("Alice sees the nick %+q, its owner %+q", seen.Nick, own.Nick)
				}
				alice.Kick(t, room, own.Nick, "")
				mallory.WaitGone(t, room)
			})
		}
	})
}

// What the server refuses must come back as an error and leave the session
// usable.
func TestRefusedJoin(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		alice := peers.Connect(t, "alice", "alice's password")
		bob := peers.Connect(t, "bob", "bob's password")
		room := s.NewRoom()
		alice.CreateRoom(t, room, "Alice", map[string]string{"passwordprotectedroom": "1", "roomsecret": "<s&sam'>"})
		tests := []struct{ name, nick, password, want string }{
			{name: "nick that stringprep prohibits", nick: "\u202Ebob", password: "<s&sam'>"},
			{name: "no password", nick: "Bob", want: "not-authorized"},
			{name: "wrong password", nick: "Bob", password: "sesame", want: "not-authorized"},
			{name: "nick in use", nick: "Alice", password: "<s&sam'>", want: "conflict"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				_, refused := bob.TryJoin(t, room, tt.nick, xmpptest.WithPassword(tt.password))
				if refused == nil || tt.want != "" && refused.Condition != tt.want {
					t.Errorf("got %v, want %q", refused, tt.want)
				}
			})
		}
		bob.Join(t, room, "Bob", xmpptest.WithPassword("<s&sam'>"))
	})
}
