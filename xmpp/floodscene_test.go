package xmpp_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/wire"
	"muckick/xmpp/xmpptest"

	"golang.org/x/time/rate"
	"mellium.im/xmpp/jid"
)

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
	// A server that no longer reads from who floods it is in its right.
	if err := stream.Serve(ctx, func(*wire.Element) {}); err != nil && ctx.Err() == nil {
		t.Logf("%s: %v", user, err)
	}
	tasks.Wait()
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
