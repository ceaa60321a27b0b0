package xmpp_test

import (
	"context"
	"crypto/x509"
	"errors"
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

func TestSecurity(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		ca := certPool(t, s.CAFile)
		tests := []struct {
			name   string
			adjust func(*xmpp.Options)
		}{
			{"starttls", func(o *xmpp.Options) { o.Security, o.RootCAs = xmpp.StartTLS, ca }},
			{"direct", func(o *xmpp.Options) { o.Security, o.RootCAs, o.Server = xmpp.DirectTLS, ca, s.TLSAddr }},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				c := newClient(t, s, tt.adjust)
				online(t, c)
				services, err := c.Services(testContext(t))
				if err != nil {
					t.Fatal(err)
				}
				if len(services) != 1 || services[0].Domain != s.Service {
					t.Errorf("got services %v, want only %s", services, s.Service)
				}
			})
		}
	}, xmpptest.WithTLSRequired())
}

func TestRefusedLogin(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		tests := []struct {
			name   string
			adjust func(*xmpp.Options)
			login  bool // the fault is the account's
		}{
			{"wrong password", func(o *xmpp.Options) { o.Password = "wrong" }, true},
			{"unknown certificate", func(o *xmpp.Options) { o.Security, o.Server = xmpp.DirectTLS, s.TLSAddr }, false},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				c := newClient(t, s, tt.adjust)
				var status xmpp.Status
				eventually(t, "an error", func() bool { status, _ = c.Status(); return status.Err != nil })
				var login *xmpp.LoginError
				if got := errors.As(status.Err, &login); got != tt.login || status.Online {
					t.Errorf("got %v (login error: %v, online: %v), want login error: %v, offline", status.Err, got, status.Online, tt.login)
				}
				_, err := c.Kick(testContext(t), parseRoom(t, s.Room("x")), xmpp.Target{Nick: "Bob"}, "")
				if !errors.Is(err, xmpp.ErrOffline) {
					t.Errorf("got %v, want %v", err, xmpp.ErrOffline)
				}
			})
		}
	})
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
