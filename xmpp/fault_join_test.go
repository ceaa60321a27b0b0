package xmpp_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/mucserver"
	"muckick/xmpp/xmpptest"
)

// A join that gets lost, as those do that reach a room at the moment of its
// end, is tried again well before its answer counts as missing.
func TestLostJoin(t *testing.T) {
	const soon = 5 * time.Second
	var lost atomic.Int64
	server, err := mucserver.New(mucserver.Options{
		Domain: "example.org", Accounts: map[string]string{"muckick": "pw"}, Admins: []string{"muckick"},
		Intercept: func(s mucserver.Stanza) bool { return s.Kind == "presence" && lost.Add(1) == 1 },
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	const address = "snuggery@conference.example.org"
	room, err := server.CreateRoom(address, mucserver.RoomConfig{Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	bob, err := room.Enter("Bob", "bob@example.org", mucserver.AffiliationNone)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, &xmpptest.Server{
		Domain: "example.org", Addr: l.Addr().String(), Kicker: xmpptest.Account{User: "muckick", Password: "pw"},
	})
	online(t, c)

	began := time.Now()
	if _, err := c.Kick(testContext(t), parseRoom(t, address), xmpp.Target{Nick: "Bob"}, ""); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > soon {
		t.Errorf("the kick took %v, want less than %v", took, soon)
	}
	<-bob.Gone()
	if got := lost.Load(); got != 2 {
		t.Errorf("got %d joins, want 2", got)
	}
}
