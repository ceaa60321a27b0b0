package xmpp_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// The server is killed under load and comes back: no kick is called done that
// was not, everybody gets an answer, and the next kick works within 2 s.
func TestServerKilled(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", map[string]string{"persistentroom": "1"})
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)

		var kicked, other atomic.Int64
		stop, cancel := context.WithCancel(testContext(t))
		var wg sync.WaitGroup
		var started sync.WaitGroup
		started.Add(16)
		for range 16 {
			wg.Go(func() {
				var once sync.Once
				for stop.Err() == nil {
					_, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Absent"}, "")
					once.Do(started.Done)
					switch {
					case err == nil:
						kicked.Add(1)
					case !errors.Is(err, xmpp.ErrNoOccupant):
						other.Add(1)
					}
				}
			})
		}
		started.Wait()
		s.Kill(t)
		offline(t, c)
		cancel()
		wg.Wait()
		if kicked.Load() != 0 {
			t.Errorf("got %d kicks of somebody who was never there", kicked.Load())
		}
		if _, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Absent"}, ""); !errors.Is(err, xmpp.ErrOffline) {
			t.Errorf("got %v, want %v", err, xmpp.ErrOffline)
		}

		s.Start(t)
		back := time.Now()
		bob := peersAgain(t, s)
		bob.Join(t, address, "Bob")
		eventually(t, "a kick", func() bool {
			_, err := c.Kick(testContext(t), room, xmpp.Target{Nick: "Bob"}, "")
			return err == nil
		})
		t.Logf("first kick %v after the server's return", time.Since(back))
		bob.WaitGone(t, address)
	})
}

func peersAgain(t *testing.T, s *xmpptest.Server) *xmpptest.Peer {
	t.Helper()
	return xmpptest.NewPeers(t, s).Connect(t, "bob", "pw")
}

// A server that hangs is noticed, and found again when it goes on.
func TestServerHangs(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		c := newClient(t, s, func(o *xmpp.Options) {
			o.PingInterval, o.PingTimeout = 100*time.Millisecond, 300*time.Millisecond
		})
		online(t, c)
		s.Pause(t)
		offline(t, c)
		s.Resume(t)
		online(t, c)
	})
}
