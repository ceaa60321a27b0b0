package xmpp_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"mellium.im/xmpp/jid"

	"muckick/xmpp"
	"muckick/xmpp/wire"
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
			floods.Go(func() { flood(floodContext, t, s, user, scene.room+"/muckick", rate.Inf, flooding) })
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

// flood enters the target's room and asks the target so often a second until ctx
// ends. It closes flooding after its first hundred requests.
func flood(ctx context.Context, t testing.TB, s *xmpptest.Server, user, target string, often rate.Limit, flooding chan<- struct{}) {
	conn, err := wire.Dial(ctx, wire.Options{
		Account: jid.MustParse(s.JID(user)), Password: "pw", Resource: "flood", Server: s.Addr, Security: wire.Plaintext,
		AnswerTimeout: patience, PingInterval: time.Hour, PingTimeout: patience, MaxWaiting: 1000,
	})
	if err != nil {
		t.Error(err)
		return
	}
	stream := wire.New(conn, wire.Options{
		Account: jid.MustParse(s.JID(user)), AnswerTimeout: patience, PingInterval: time.Hour, PingTimeout: patience, MaxWaiting: 1000,
	})
	type join struct {
		XMLName xml.Name `xml:"http://jabber.org/protocol/muc x"`
	}
	type info struct {
		XMLName xml.Name `xml:"http://jabber.org/protocol/disco#info query"`
	}
	bare, _, _ := strings.Cut(target, "/")
	if err := stream.Send(wire.Presence{Header: wire.Header{To: bare + "/" + user}, Payload: join{}}); err != nil {
		t.Error(err)
	}
	written := make(chan struct{}, 100)
	var tasks sync.WaitGroup
	tasks.Go(func() {
		pace := rate.NewLimiter(often, 1)
		for i := 0; ; i++ {
			if i == 100 {
				close(flooding)
			}
			if pace.Wait(stream.Alive()) != nil {
				return
			}
			select {
			case written <- struct{}{}:
			case <-stream.Alive().Done():
				return
			}
			ask := wire.IQ{Header: wire.Header{ID: wire.NewID(), To: target, Type: "get"}, Payload: info{}}
			if err := stream.SendThen(ask, func() { <-written }); err != nil {
				t.Errorf("flood: %v", err)
				return
			}
		}
	})
	if err := stream.Serve(ctx, func(*wire.Element) {}); err != nil && ctx.Err() == nil {
		t.Errorf("%s: %v", user, err)
	}
	tasks.Wait()
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

// fillRooms makes rooms with so many guests each, who are in all of them as
// guest0, guest1 and so on.
func fillRooms(t *testing.T, s *xmpptest.Server, rooms, guests int) []xmpp.RoomJID {
	t.Helper()
	peers := xmpptest.NewPeers(t, s)
	owner := peers.Connect(t, "host", "pw")
	filled := make([]xmpp.RoomJID, rooms)
	for i := range filled {
		filled[i] = parseRoom(t, s.NewRoom())
		owner.CreateRoom(t, filled[i].String(), "Host", nil)
		owner.SetAffiliation(t, filled[i].String(), s.JID(s.Kicker.User), "owner", "")
	}
	for i := range guests {
		nick := fmt.Sprintf("guest%d", i)
		guest := peers.Connect(t, nick, "pw")
		for _, room := range filled {
			guest.Join(t, room.String(), nick)
		}
	}
	return filled
}
