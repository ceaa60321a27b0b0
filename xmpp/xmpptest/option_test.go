package xmpptest_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

func TestKickerRank(t *testing.T) {
	tests := []struct {
		name, want string
		kinds      []string
		opts       []xmpptest.Option
	}{
		{name: "admin", want: "owner", kinds: xmpptest.Releases()},
		{name: "plain", want: "none", kinds: xmpptest.Releases(), opts: []xmpptest.Option{xmpptest.WithPlainKicker()}},
		{
			name: "admin without rooms", want: "none", kinds: []string{xmpptest.Prosody, xmpptest.Prosody13},
			opts: []xmpptest.Option{xmpptest.WithAdminsOwningNoRoom()},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			xmpptest.On(t, tt.kinds, func(t *testing.T, s *xmpptest.Server) {
				peers := xmpptest.NewPeers(t, s)
				room := s.NewRoom()
				peers.Connect(t, "alice", "alice's password").CreateRoom(t, room, "Alice", nil)
				kicker := peers.Connect(t, s.Kicker.User, s.Kicker.Password)
				if own := kicker.Join(t, room, "kicker"); own.Affiliation != tt.want {
					t.Errorf("got affiliation %q, want %q", own.Affiliation, tt.want)
				}
			}, tt.opts...)
		})
	}
}

func TestOfferOfTLS(t *testing.T) {
	tests := []struct {
		name     string
		opts     []xmpptest.Option
		startTLS bool
		plain    bool
	}{
		{
			name: "default", plain: true,
			startTLS: true,
		},
		{
			name: "required", opts: []xmpptest.Option{xmpptest.WithTLSRequired()},
			startTLS: true,
		},
		{
			name: "none", plain: true, opts: []xmpptest.Option{xmpptest.WithoutTLS()},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
				features := featuresOf(t, s)
				if got, want := strings.Contains(features, "<starttls"), tt.startTLS; got != want || got != s.HasStartTLS {
					t.Errorf("got StartTLS %t, want %t; HasStartTLS says %t; features: %s", got, want, s.HasStartTLS, features)
				}
				if got := strings.Contains(features, "PLAIN"); got != tt.plain {
					t.Errorf("got PLAIN offered %t, want %t: %s", got, tt.plain, features)
				}
			}, tt.opts...)
		})
	}
}

// featuresOf returns the first stream features of the server (RFC 6120 §4.3.2).
func featuresOf(t *testing.T, s *xmpptest.Server) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, streamHeader); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	buffer := make([]byte, 4096)
	for !strings.Contains(text.String(), "</stream:features>") {
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatalf("%v after %q", err, text.String())
		}
		text.Write(buffer[:n])
	}
	return text.String()
}

func TestAccount(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Prosody, xmpptest.WithAccount("zoë", `pass"word\n`))
	xmpptest.NewPeers(t, s).Connect(t, "zoë", `pass"word\n`)
}

func TestRateLimit(t *testing.T) {
	const limit = 4 // kilobytes per second
	for _, name := range []string{xmpptest.Prosody, xmpptest.Ejabberd, xmpptest.Prosody13, xmpptest.Ejabberd24} {
		t.Run(name, func(t *testing.T) {
			s := xmpptest.Start(t, name, xmpptest.WithRateLimit(limit))
			peers := xmpptest.NewPeers(t, s)
			room := s.NewRoom()
			peers.Connect(t, "owner", "owner's password").CreateRoom(t, room, "owner", nil)
			duration := func(user, password string) time.Duration {
				c := peers.Connect(t, user, password)
				c.Join(t, room, user)
				begin := time.Now()
				for range 5 {
					c.Say(t, room, strings.Repeat("a", limit*1000))
				}
				return time.Since(begin)
			}
			if got := duration(s.Kicker.User, s.Kicker.Password); got > 2*time.Second {
				t.Errorf("the exempt kicker needed %v", got)
			}
			if got := duration("alice", "alice's password"); got < 2*time.Second {
				t.Errorf("five times what is allowed in a second took %v", got)
			}
		})
	}
}

func TestMaxRooms(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Ejabberd, xmpptest.WithMaxRooms(1))
	alice := xmpptest.NewPeers(t, s).Connect(t, "alice", "alice's password")
	alice.Join(t, s.NewRoom(), "Alice")
	if _, refused := alice.TryJoin(t, s.NewRoom(), "Alice"); refused == nil {
		t.Error("the second room was allowed")
	}
}

func TestMaxPresence(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Ejabberd, xmpptest.WithMaxPresence(1))
	peers := xmpptest.NewPeers(t, s)
	room := s.NewRoom()
	peers.Connect(t, "alice", "alice's password").CreateRoom(t, room, "Alice", nil)
	bob := peers.Connect(t, "bob", "bob's password")
	bob.Join(t, room, "Bob")
	if got := bob.Occupants(room); len(got) != 1 {
		t.Errorf("got occupants %v, want only Bob", got)
	}
}
