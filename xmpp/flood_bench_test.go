package xmpp_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"mellium.im/xmpp/jid"

	"muckick/xmpp"
	"muckick/xmpp/wire"
	"muckick/xmpp/xmpptest"
)

// BenchmarkKickUnderFlood measures single kicks while occupants ask for disco#info
// as fast as the server lets them: muckick's, and those of a raw session which
// answers nobody. What both share is the server's.
func BenchmarkKickUnderFlood(b *testing.B) {
	tests := []struct {
		name     string
		flooders int
		often    rate.Limit // of each, a second
		opts     []xmpptest.Option
	}{
		{"calm", 0, 0, nil},
		{"2 without limits", 2, rate.Inf, nil},
		{"200 within 10 kB a second", 200, 20, []xmpptest.Option{xmpptest.WithRateLimit(10)}},
	}
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			for _, session := range []string{"muckick", "raw"} {
				b.Run(session, func(b *testing.B) {
					s := xmpptest.Start(b, xmpptest.Prosody, tt.opts...)
					address := s.NewRoom()
					xmpptest.NewPeers(b, s).Connect(b, "owner", "pw").CreateRoom(b, address, "Owner", nil)
					kick := rawKicks
					if session == "muckick" {
						kick = kicksOfMuckick
					}
					kickGuest := kick(b, s, address)
					guest := xmpptest.NewPeers(b, s).Connect(b, "guest", "pw")
					ctx, stop := context.WithCancel(context.Background())
					var floods sync.WaitGroup
					defer floods.Wait()
					defer stop()
					var begun []chan struct{}
					for i := range tt.flooders {
						user := fmt.Sprintf("flooder%d", i)
						s.Register(b, user, "pw")
						flooding := make(chan struct{})
						floods.Go(func() { flood(ctx, b, s, user, address+"/muckick", tt.often, flooding) })
						begun = append(begun, flooding)
					}
					for _, flooding := range begun {
						select {
						case <-flooding:
						case <-time.After(patience):
							b.Fatal("no flood")
						}
					}
					var worst time.Duration
					for b.Loop() {
						b.StopTimer()
						guest.Join(b, address, "Guest")
						b.StartTimer()
						began := time.Now()
						if err := kickGuest(); err != nil {
							b.Error(err)
						}
						worst = max(worst, time.Since(began))
						b.StopTimer()
						guest.WaitGone(b, address)
						b.StartTimer()
					}
					b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
				})
			}
		})
	}
}

// kicksOfMuckick returns what kicks Guest.
func kicksOfMuckick(b *testing.B, s *xmpptest.Server, room string) func() error {
	c := newClient(b, s)
	online(b, c)
	jid := parseRoom(b, room)
	w := c.Watch(jid) // stays inside
	b.Cleanup(w.Close)
	return func() error {
		ctx, cancel := context.WithTimeout(b.Context(), patience)
		defer cancel()
		_, err := c.Kick(ctx, jid, xmpp.Target{Nick: "Guest"}, "")
		return err
	}
}

// rawKicks returns what kicks Guest on a session that does nothing else.
func rawKicks(b *testing.B, s *xmpptest.Server, room string) func() error {
	o := wire.Options{
		Account: jid.MustParse(s.JID(s.Kicker.User)), Password: s.Kicker.Password, Resource: "raw", Server: s.Addr,
		Security: wire.Plaintext, AnswerTimeout: patience, PingInterval: time.Hour, PingTimeout: patience, MaxWaiting: 1000,
	}
	conn, err := wire.Dial(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	stream := wire.New(conn, o)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- stream.Serve(ctx, func(*wire.Element) {}) }()
	b.Cleanup(func() { cancel(); <-ended })
	type join struct {
		XMLName xml.Name `xml:"http://jabber.org/protocol/muc x"`
	}
	if err := stream.Send(wire.Presence{Header: wire.Header{To: room + "/muckick"}, Payload: join{}}); err != nil {
		b.Fatal(err)
	}
	type query struct {
		XMLName xml.Name `xml:"http://jabber.org/protocol/muc#admin query"`
		Item    struct {
			Nick string `xml:"nick,attr"`
			Role string `xml:"role,attr"`
		} `xml:"item"`
	}
	var payload query
	payload.Item.Nick, payload.Item.Role = "Guest", "none"
	return func() error { return stream.Ask(b.Context(), room, "set", payload, nil) }
}
