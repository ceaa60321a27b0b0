package xmpptest_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

func TestRestart(t *testing.T) {
	tests := []struct {
		name string
		down func(*xmpptest.Server, testing.TB)
	}{
		{name: "stop", down: (*xmpptest.Server).Stop},
		{name: "kill", down: (*xmpptest.Server).Kill},
	}
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		room := s.NewRoom()
		for i, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				peers := xmpptest.NewPeers(t, s)
				alice := peers.Connect(t, "alice", "alice's password")
				if own := alice.Join(t, room, "Alice"); own.Has(xmpptest.StatusCreated) != (i == 0) {
					t.Fatalf("got statuses %v in round %d: the room did not outlive the server", own.Statuses, i)
				}
				alice.Configure(t, room, map[string]string{"persistentroom": "1"})

				tt.down(s, t)

				alice.WaitClosed(t)
				if conn, err := net.Dial("tcp", s.Addr); err == nil {
					conn.Close()
					t.Error("the server still accepts connections")
				}
				s.Start(t)
				alice = peers.Connect(t, "alice", "alice's password")
				if own := alice.Join(t, room, "Alice"); own.Has(xmpptest.StatusCreated) || own.Affiliation != "owner" {
					t.Errorf("got %+v, want the room with its owner as before", own)
				}
			})
		}
	})
}

func TestPause(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		alice := peers.Connect(t, "alice", "alice's password")
		room := s.NewRoom()
		alice.CreateRoom(t, room, "Alice", nil)

		s.Pause(t)
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, streamHeader); err != nil {
			t.Fatal(err)
		}
		if got := readFor(t, conn, 300*time.Millisecond); got != "" {
			t.Errorf("the paused server answered %q", got)
		}
		s.Resume(t)
		if got := readFor(t, conn, 20*time.Second); !strings.Contains(got, "stream:stream") {
			t.Errorf("the resumed server answered %q, want a stream header", got)
		}
		if !alice.Ping(t, room) {
			t.Error("Alice is no longer in the room")
		}

		s.Pause(t)
		s.Kill(t)
		alice.WaitClosed(t)
		s.Start(t)
		peers.Connect(t, "alice", "alice's password")
	})
}

// readFor returns what comes first within the time, or "".
func readFor(t *testing.T, conn net.Conn, d time.Duration) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, err := conn.Read(buffer)
	if nerr, ok := err.(net.Error); err != nil && !(ok && nerr.Timeout()) {
		t.Fatal(err)
	}
	return string(buffer[:n])
}

func TestTLS(t *testing.T) {
	tests := []struct {
		name   string
		option xmpptest.ConnectOption
	}{
		{name: "StartTLS", option: xmpptest.ByStartTLS()},
		{name: "direct", option: xmpptest.ByDirectTLS()},
	}
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				alice := xmpptest.NewPeers(t, s).Connect(t, "alice", "alice's password", tt.option)
				alice.CreateRoom(t, s.NewRoom(), "Alice", nil)
			})
		}
	}, xmpptest.WithTLSRequired())
}

const streamHeader = "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' " +
	"xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
