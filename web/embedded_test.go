package web_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"muckick/web"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// embedded is a chat server in this process, whose traffic a test can count.
type embedded struct {
	*mucserver.Server
	address string
}

const embeddedRoom = "snuggery@chat.example.org"

func newEmbedded(t testing.TB, adjust ...func(*mucserver.Options)) *embedded {
	t.Helper()
	o := mucserver.Options{
		Domain: "example.org", Services: []string{"chat.example.org"},
		Accounts: map[string]string{"muckick": "pw"}, Admins: []string{"muckick"},
	}
	for _, change := range adjust {
		change(&o)
	}
	server, err := mucserver.New(o)
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
			t.Errorf("chat server: %v", err)
		}
	})
	return &embedded{Server: server, address: l.Addr().String()}
}

// room makes a room with residents.
func (e *embedded) room(t testing.TB, address string, nicks ...string) map[string]*mucserver.Resident {
	t.Helper()
	room, err := e.CreateRoom(address, mucserver.RoomConfig{Name: "Snuggery", Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	residents := make(map[string]*mucserver.Resident)
	for i, nick := range nicks {
		resident, err := room.Enter(nick, fmt.Sprintf("resident%d@example.org", i), mucserver.AffiliationNone)
		if err != nil {
			t.Fatal(err)
		}
		residents[nick] = resident
	}
	return residents
}

// connect returns a client of muckick's account.
func (e *embedded) connect(t testing.TB, adjust ...func(*xmpp.Options)) *xmpp.Client {
	t.Helper()
	o := xmpp.Options{JID: "muckick@example.org", Password: "pw", Server: e.address, Security: xmpp.Plaintext, Logger: testLog(t)}
	for _, change := range adjust {
		change(&o)
	}
	return runChat(t, o)
}

func (e *embedded) site(t testing.TB, adjust ...func(*web.Options)) *site {
	t.Helper()
	return serve(t, e.connect(t), adjust...)
}
