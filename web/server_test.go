package web_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"muckick/web"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

func TestMain(m *testing.M) { xmpptest.Main(m) }

// patience is how long a test waits for something that has to happen.
const patience = 20 * time.Second

// header is the Authorization header of the recorded reference.
const header = "Basic dXNlcm5hbWU6cGFzc3dvcmQ="

// site is a running server of ours.
type site struct {
	address string // host:port
	store   *store.Store
	chat    *xmpp.Client
	server  *web.Server
}

func (s *site) url(path string) string { return "http://" + s.address + path }

// newSite serves the panel and the machine interface for a chat server until
// the test ends.
func newSite(t testing.TB, chat *xmpptest.Server, adjust ...func(*web.Options)) *site {
	t.Helper()
	client := newChat(t, chat)
	return serve(t, client, adjust...)
}

// newChat connects to the chat server until the test ends.
func newChat(t testing.TB, s *xmpptest.Server) *xmpp.Client {
	t.Helper()
	return runChat(t, xmpp.Options{
		JID: s.JID(s.Kicker.User), Password: s.Kicker.Password,
		Server: s.Addr, Security: xmpp.Plaintext, Logger: testLog(t),
	})
}

// runChat runs a client, connected, until the test ends.
func runChat(t testing.TB, o xmpp.Options) *xmpp.Client {
	t.Helper()
	client, err := xmpp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- client.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	waitOnline(t, client, true)
	return client
}

func waitOnline(t testing.TB, client *xmpp.Client, want bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		status, changed := client.Status()
		if status.Online == want {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("got online %v (%v), want %v", status.Online, status.Err, want)
		}
	}
}

// waitFor waits until something holds.
func waitFor(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited %v in vain for %s", patience, what)
		case <-poll.C:
		}
	}
}

func serve(t testing.TB, client *xmpp.Client, adjust ...func(*web.Options)) *site {
	t.Helper()
	return serveFrom(t, client, storetest.SQLite(t), adjust...)
}

// serveFrom is serve with a database of the caller's.
func serveFrom(t testing.TB, client *xmpp.Client, database string, adjust ...func(*web.Options)) *site {
	t.Helper()
	return serveStore(t, client, store.Options{URL: database}, adjust...)
}

// serveStore is serve with a store of the caller's.
func serveStore(t testing.TB, client *xmpp.Client, options store.Options, adjust ...func(*web.Options)) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, client, options, adjust...)
}

// serveOn is serveStore with a listener of the caller's.
func serveOn(t testing.TB, l net.Listener, client *xmpp.Client, options store.Options, adjust ...func(*web.Options)) *site {
	t.Helper()
	options.Logger = testLog(t)
	options.Hashing = store.Hashing{Memory: 64, Passes: 1, Lanes: 1}
	db, err := store.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	o := web.Options{Chat: client, Store: db, AuthorizationHeader: header, Logger: testLog(t)}
	for _, change := range adjust {
		change(&o)
	}
	server, err := web.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	moderating, endModerating := context.WithCancel(context.Background())
	moderated := make(chan struct{})
	go func() {
		defer close(moderated)
		server.Moderate(moderating)
	}()
	t.Cleanup(func() {
		endModerating()
		<-moderated
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := server.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return &site{address: l.Addr().String(), store: db, chat: client, server: server}
}

func testLog(t testing.TB) *slog.Logger {
	t.Helper()
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}
