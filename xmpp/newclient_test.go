package xmpp_test

import (
	"context"
	"crypto/x509"
	"log/slog"
	"os"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

func TestMain(m *testing.M) { xmpptest.Main(m) }

// patience is how long a test waits for something that has to happen.
const patience = 20 * time.Second

// newClient runs a client of the server's kicker account until the test ends.
func newClient(t testing.TB, s *xmpptest.Server, adjust ...func(*xmpp.Options)) *xmpp.Client {
	t.Helper()
	o := xmpp.Options{
		JID: s.JID(s.Kicker.User), Password: s.Kicker.Password,
		Server: s.Addr, Security: xmpp.Plaintext,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	for _, change := range adjust {
		change(&o)
	}
	c, err := xmpp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return c
}

// online waits until the client is connected.
func online(t testing.TB, c *xmpp.Client) { waitOnline(t, c, true) }

// offline waits until the client has noticed that it is not connected.
func offline(t testing.TB, c *xmpp.Client) { waitOnline(t, c, false) }

func waitOnline(t testing.TB, c *xmpp.Client, want bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		status, changed := c.Status()
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

func testContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 6*patience)
	t.Cleanup(cancel)
	return ctx
}

func parseRoom(t testing.TB, address string) xmpp.RoomJID {
	t.Helper()
	room, err := xmpp.ParseRoom(address)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// eventually waits until ok is true, looking again after every short while.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("%s did not happen within %v", what, patience)
		}
	}
}

func certPool(t testing.TB, path string) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate in %s", path)
	}
	return pool
}
