package xmpp_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A kick is answered however small the pieces are in which it reaches the server,
// and however long the nick is that somebody chose. Prosody 13 holds the rest of
// a long tag back if nothing follows it.
func TestKickInPieces(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", nil)
		c := newClient(t, s, func(o *xmpp.Options) { o.Server = inPieces(t, s.Addr) })
		online(t, c)
		for length := 100; length <= 1000; length += 100 {
			// In a stanza each of these is five bytes.
			target := xmpp.Target{Nick: strings.Repeat("'", length)}
			_, err := c.Kick(testContext(t), parseRoom(t, address), target, "")
			if !errors.Is(err, xmpp.ErrNoOccupant) {
				t.Errorf("a nick of %d characters: got %v, want %v", length, err, xmpp.ErrNoOccupant)
			}
		}
	})
}

// inPieces relays connections to the address, and what clients send in small
// pieces. It returns where it listens.
func inPieces(t *testing.T, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var relays sync.WaitGroup
	relays.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			relays.Go(func() { relayInPieces(t, client, address) })
		}
	})
	t.Cleanup(func() { l.Close(); relays.Wait() })
	return l.Addr().String()
}

// relayInPieces passes one connection on until one side closes it.
func relayInPieces(t *testing.T, client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	var back sync.WaitGroup
	defer back.Wait()
	defer server.Close()
	back.Go(func() {
		defer client.Close()
		_, _ = io.Copy(client, server) // until either side goes
	})
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		for piece := range slices.Chunk(buffer[:n], 300) {
			if _, err := server.Write(piece); err != nil {
				return
			}
			time.Sleep(2 * time.Millisecond) // a network that delivers them apart
		}
	}
}
