package faulttest

import (
	"cmp"
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"muckick/web"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A rig is muckick behind a faulty line to a chat server, with rooms to kick
// from.
type rig struct {
	server  *xmpptest.Server
	proxy   *proxy
	account xmpptest.Account // muckick's
	site    *site
	rooms   []string // with seats in them
	remote  []string // rooms that muckick is in only now and then
	seats   []*seat  // two in each room
	probe   *seat    // in the last room; only the test itself kicks it

	followed int // rooms that open pages follow
	lastSeat int
	owner    *client
	impostor *xmpptest.Server // with another certificate
	full     func()           // ends the server that turns everybody away
}

const (
	roomCount   = 4
	remoteCount = 6
)

// ownerAccount owns all rooms.
var ownerAccount = xmpptest.Account{User: "owner", Password: "pw"}

// plainAccount has no rights but those that the rooms give it.
var plainAccount = xmpptest.Account{User: "plain", Password: "pw"}

// newRig seats everybody and connects muckick, all until the test ends.
func newRig(t testing.TB, server *xmpptest.Server, f fault) *rig {
	t.Helper()
	r := &rig{server: server, account: server.Kicker}
	server.Register(t, ownerAccount.User, ownerAccount.Password)
	if f.plain {
		r.account = plainAccount
		server.Register(t, plainAccount.User, plainAccount.Password)
	}
	if f.tls {
		r.impostor = xmpptest.Start(t, xmpptest.Mucserver)
		r.impostor.Register(t, r.account.User, r.account.Password)
	}
	t.Cleanup(r.ownerLeaves)
	for range roomCount {
		room := server.NewRoom()
		r.createRoom(t, room)
		r.rooms = append(r.rooms, room)
		r.seats = append(r.seats, r.newSeat(t, room, "One"), r.newSeat(t, room, "Two"))
	}
	for range remoteCount {
		room := server.NewRoom()
		r.createRoom(t, room)
		r.remote = append(r.remote, room)
	}
	r.probe = r.newSeat(t, r.rooms[roomCount-1], "Probe")
	r.awaitSeats(t)
	r.proxy = newProxy(t, server.Addr)
	r.site = newSite(t, r.options(t, f), cmp.Or(f.kickTimeout, kickTimeout))
	return r
}

// options are those of muckick's chat client.
func (r *rig) options(t testing.TB, f fault) xmpp.Options {
	t.Helper()
	o := xmpp.Options{
		JID: r.server.JID(r.account.User), Password: r.account.Password,
		Server: r.proxy.address(), Security: xmpp.Plaintext,
		IdleLeave: 300 * time.Millisecond,
		Logger:    slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	if f.tls {
		o.Security, o.RootCAs = xmpp.StartTLS, certPool(t, r.server.CAFile)
	}
	if f.quickPing {
		o.PingInterval, o.PingTimeout = quickPingInterval, quickPingTimeout
	}
	return o
}

// The times of a client that is to notice a silent server soon, and to take no
// busy one for silent.
const (
	quickPingInterval = 300 * time.Millisecond
	quickPingTimeout  = 1200 * time.Millisecond
)

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

// awaitSeats waits until every seat is taken.
func (r *rig) awaitSeats(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, s := range append(r.seats, r.probe) {
		if err := s.wait(ctx, func() bool { return s.inside }); err != nil {
			t.Fatalf("%s is not in %s: %v", s.nick, s.room, err)
		}
	}
}

// asOwner lets the rooms' owner do something, on a connection that does not
// pass the proxy.
func (r *rig) asOwner(t testing.TB, what string, do func(ctx context.Context, owner *client) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), requestTimeout)
	defer cancel()
	if r.owner == nil {
		owner, err := dial(ctx, r.server.Addr, r.server.Domain, ownerAccount.User, ownerAccount.Password, func(stanza) {})
		if err != nil {
			t.Fatal(err)
		}
		r.owner = owner
	}
	if err := do(ctx, r.owner); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func (r *rig) ownerLeaves() {
	if r.owner != nil {
		r.owner.close()
		r.owner = nil
	}
}

// createRoom makes a persistent room where muckick's account may kick, and
// fails if there is one already.
func (r *rig) createRoom(t testing.TB, room string) {
	t.Helper()
	r.asOwner(t, "create "+room, func(ctx context.Context, owner *client) error {
		return owner.createRoom(ctx, room)
	})
	if r.account == plainAccount {
		r.affiliate(t, room, "admin")
	}
}

// affiliate gives muckick's account an affiliation (XEP-0045 §9, §10).
func (r *rig) affiliate(t testing.TB, room, affiliation string) {
	t.Helper()
	r.asOwner(t, "make muckick "+affiliation, func(ctx context.Context, owner *client) error {
		return owner.administer(ctx, room, "jid='"+r.server.JID(r.account.User)+"' affiliation='"+affiliation+"'")
	})
}

// A site is muckick itself.
type site struct {
	address string // host:port of its HTTP server
	store   *store.Store
	chat    *xmpp.Client
	web     *web.Server
	http    *http.Client
}

// newSite runs muckick, connected, until the test ends.
func newSite(t testing.TB, o xmpp.Options, limit time.Duration) *site {
	t.Helper()
	chat, err := xmpp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- chat.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	db, err := store.Open(t.Context(), store.Options{
		URL: storetest.SQLite(t), Logger: o.Logger,
		Hashing: store.Hashing{Memory: 64, Passes: 1, Lanes: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	s := &site{store: db, chat: chat, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	s.serve(t, web.Options{
		Chat: chat, Store: db, AuthorizationHeader: header, KickTimeout: limit,
		Logger: slog.New(slog.DiscardHandler), // which says every failed request
	})
	s.awaitOnline(t)
	return s
}

func (s *site) serve(t testing.TB, o web.Options) {
	t.Helper()
	server, err := web.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.web = server
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		s.http.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

// awaitOnline waits until muckick is connected.
func (s *site) awaitOnline(t testing.TB) {
	t.Helper()
	deadline := time.After(patience)
	for {
		status, changed := s.chat.Status()
		if status.Online {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("not connected: %v", status.Err)
		}
	}
}
