package xmpp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Occupants who ask muckick as fast as the server lets them stop no kick.
func TestKicksUnderAFloodOfRequests(t *testing.T) {
	xmpptest.On(t, []string{xmpptest.Prosody}, func(t *testing.T, s *xmpptest.Server) {
		scene := newTrollScene(t, s)
		rooms := fillRooms(t, s, 20, 1)
		floodContext, stop := context.WithCancel(t.Context())
		var floods sync.WaitGroup
		defer floods.Wait()
		defer stop()
		for i := range 2 {
			user := fmt.Sprintf("flooder%d", i)
			xmpptest.NewPeers(t, s).Connect(t, user, "pw").Disconnect(t) // makes the account
			flooding := make(chan struct{})
			floods.Go(func() { flood(floodContext, t, s, user, scene.room+"/muckick", 5000, flooding) })
			select {
			case <-flooding:
			case <-t.Context().Done():
				t.Fatal("no flood")
			}
		}
		for _, room := range rooms {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			_, err := scene.client.Kick(ctx, room, xmpp.Target{Nick: "guest0"}, "")
			cancel()
			if err != nil {
				t.Errorf("%s: %v", room, err)
			}
		}
		if status, _ := scene.client.Status(); !status.Online || status.JID != scene.own {
			t.Errorf("the session did not last: %+v", status)
		}
	})
}

// A burst of kicks that the server reads at its default rate ends in kicks and in
// kicks that were not sent, never in one of which nobody knows. MUCKICK_LONG
// makes it a large one.
func TestBurstOfKicks(t *testing.T) {
	rooms, guests := 10, 30
	if os.Getenv("MUCKICK_LONG") != "" {
		rooms, guests = 100, 20
	}
	xmpptest.On(t, []string{xmpptest.Prosody}, func(t *testing.T, s *xmpptest.Server) {
		filled := fillRooms(t, s, rooms, guests)
		c := newClient(t, s)
		online(t, c)
		before, _ := c.Status()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // as the web server gives
		defer cancel()
		var kicked, unsent atomic.Int64
		var kicks sync.WaitGroup
		for _, room := range filled {
			for i := range guests {
				kicks.Go(func() {
					_, err := c.Kick(ctx, room, xmpp.Target{Nick: fmt.Sprintf("guest%d", i)}, "")
					switch {
					case err == nil:
						kicked.Add(1)
					case errors.Is(err, xmpp.ErrNotSent):
						unsent.Add(1)
					default:
						t.Errorf("%s: %v", room, err)
					}
				})
			}
		}
		kicks.Wait()
		t.Logf("%d kicked, %d not sent", kicked.Load(), unsent.Load())
		if kicked.Load() == 0 {
			t.Error("nobody was kicked")
		}
		if after, _ := c.Status(); after.JID != before.JID {
			t.Errorf("the session did not last: %+v", after)
		}
	}, xmpptest.WithPlainKicker(), xmpptest.WithRateLimit(10))
}
