package mucserver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mellium.im/sasl"
	mellium "mellium.im/xmpp"
	"mellium.im/xmpp/jid"
)

// testTLS returns the configurations of a server and of a client that trusts it.
func testTLS(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: testDomain},
		DNSNames:     []string{testDomain},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: roots, ServerName: testDomain}
}

func TestLogin(t *testing.T) {
	serverTLS, clientTLS := testTLS(t)
	tests := []struct {
		name           string
		mechanism      sasl.Mechanism
		user, password string
		guests         string
		startTLS       bool
		optional       bool
		direct         bool
		ok             bool
	}{
		{name: "plain", mechanism: sasl.Plain, user: "romeo", password: "pw", ok: true},
		{name: "SCRAM-SHA-1", mechanism: sasl.ScramSha1, user: "romeo", password: "pw", ok: true},
		{name: "SCRAM-SHA-256", mechanism: sasl.ScramSha256, user: "romeo", password: "pw", ok: true},
		{name: "StartTLS", mechanism: sasl.ScramSha256, user: "romeo", password: "pw", startTLS: true, ok: true},
		{name: "StartTLS where it is optional", mechanism: sasl.Plain, user: "romeo", password: "pw", startTLS: true, optional: true, ok: true},
		{name: "direct TLS", mechanism: sasl.ScramSha256, user: "romeo", password: "pw", direct: true, ok: true},
		{name: "direct TLS where StartTLS is possible", mechanism: sasl.ScramSha256, user: "romeo", password: "pw", direct: true, startTLS: true, ok: true},
		{name: "guest", mechanism: sasl.ScramSha256, user: "anybody", password: "guest", guests: "guest", ok: true},
		{name: "guest, plain", mechanism: sasl.Plain, user: "anybody", password: "guest", guests: "guest", ok: true},
		{name: "guest under a name that is taken", mechanism: sasl.ScramSha1, user: "romeo", password: "guest", guests: "guest"},
		{name: "guest without guests", mechanism: sasl.Plain, user: "anybody", password: ""},
		{name: "wrong password, plain", mechanism: sasl.Plain, user: "romeo", password: "pw2"},
		{name: "wrong password, SCRAM", mechanism: sasl.ScramSha256, user: "romeo", password: "pw2"},
		{name: "no such account, SCRAM", mechanism: sasl.ScramSha256, user: "nobody", password: "pw"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := testServer(t, func(o *Options) {
				o.GuestPassword = tt.guests
				if tt.startTLS {
					o.TLS, o.TLSOptional = serverTLS, tt.optional
				}
			})
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			addr := l.Addr().String()
			if tt.direct {
				l = tls.NewListener(l, serverTLS)
			}
			defer serveOn(t, s, l)()

			var conn net.Conn
			if tt.direct {
				conn, err = tls.Dial("tcp", addr, clientTLS)
			} else {
				conn, err = net.Dial("tcp", addr)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			features := []mellium.StreamFeature{mellium.SASL("", tt.password, tt.mechanism), mellium.BindResource()}
			var state mellium.SessionState
			if tt.startTLS && !tt.direct {
				features = append(features, mellium.StartTLS(clientTLS))
			} else {
				state = mellium.Secure
			}
			origin := jid.MustParse(tt.user + "@" + testDomain)
			session, err := mellium.NewSession(context.Background(), origin.Domain(), origin, conn, state,
				mellium.NewNegotiator(func(*mellium.Session, *mellium.StreamConfig) mellium.StreamConfig {
					return mellium.StreamConfig{Features: features}
				}))
			if !tt.ok {
				if err == nil || !strings.Contains(err.Error(), "not-authorized") {
					t.Errorf("got %v, want not-authorized", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := session.LocalAddr(); !got.Bare().Equal(origin) || got.Resourcepart() == "" {
				t.Errorf("bound %v", got)
			}
			if err := session.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPlaintextWhereStartTLSIsPossible(t *testing.T) {
	serverTLS, _ := testTLS(t)
	t.Run("optional", func(t *testing.T) {
		_, addr := serve(t, func(o *Options) { o.TLS, o.TLSOptional = serverTLS, true })
		logIn(t, addr, "romeo@example.org/orchard").sync()
	})
	t.Run("mandatory", func(t *testing.T) {
		_, addr := serve(t, func(o *Options) { o.TLS = serverTLS })
		c := open(t, addr)
		if got := show(c.read()); strings.Contains(got, "mechanism") || !strings.Contains(got, "<required") {
			t.Errorf("got the features %s", got)
		}
		c.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHB3</auth>")
		if got := c.ended(); got != "policy-violation" {
			t.Errorf("the stream ended with %q, want policy-violation", got)
		}
	})
}

func TestNobodyActsAsAnother(t *testing.T) {
	_, addr := serve(t, nil)
	tests := []struct {
		name, plain, want string
	}{
		{"juliet as romeo", "juliet@example.org\x00romeo\x00pw", "failure"},
		{"romeo as romeo", "romeo@example.org\x00romeo\x00pw", "success"},
		{"nonsense", "romeo", "failure"},
		{"nobody", "\x00\x00pw", "failure"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := open(t, addr)
			c.read() // features
			if got := c.authPlain(tt.plain).name.Local; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestStreamErrors(t *testing.T) {
	tests := []struct {
		name, send, want string
	}{
		{"large stanza", "<message to='x@example.org'><body>" + strings.Repeat("x", maxStanza) + "</body></message>", "policy-violation"},
		{"large name", "<" + strings.Repeat("x", maxStanza+1), "policy-violation"},
		{"deep stanza", "<message>" + strings.Repeat("<a>", maxDepth+1), "policy-violation"},
		{"not well-formed", "<message><a></b></message>", "not-well-formed"},
		{"attribute twice", "<message><a b='' b=''/></message>", "not-well-formed"},
		{"no stanza", "<something/>", "unsupported-stanza-type"},
		{"other namespace", "<message xmlns='jabber:server'/>", "unsupported-stanza-type"},
		{"proper end", "</stream:stream>", ""},
		{"text", "hello<presence/>", "bad-format"},
		{"comment", "<presence><!-- --></presence>", "bad-format"},
		{"error of the client", "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, addr := serve(t, nil)
			room := createRoom(t, s, RoomConfig{})
			romeo := logIn(t, addr, "romeo@example.org/orchard")
			romeo.join(testRoom, "Romeo")
			nurse := logIn(t, addr, "nurse@example.org/kitchen")
			nurse.join(testRoom, "Nurse")
			romeo.send("%s", tt.send)
			if got := romeo.ended(); got != tt.want {
				t.Errorf("the stream ended with %q, want %q", got, tt.want)
			}
			nurse.await("/Romeo'", "type='unavailable'")
			if got := len(room.Occupants()); got != 1 {
				t.Errorf("%d occupants remain, want 1", got)
			}
		})
	}
}

func TestLargestStanzaIsTaken(t *testing.T) {
	_, addr := serve(t, nil)
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	for range 3 {
		head, tail := "<message to='romeo@example.org'><body>", "</body></message>"
		romeo.send("%s%s%s \n", head, strings.Repeat("x", maxStanza-len(head)-len(tail)), tail)
		romeo.await("<body>xxx")
	}
}

func TestUnknownHost(t *testing.T) {
	_, addr := serve(t, nil)
	c := open(t, addr)
	c.conn.Close()

	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c = &client{t: t, conn: conn}
	defer conn.Close()
	c.restart("elsewhere.example")
	if got := c.ended(); got != "host-unknown" {
		t.Errorf("the stream ended with %q, want host-unknown", got)
	}
}

func TestNewerSessionReplacesOlder(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{})
	older := logIn(t, addr, "romeo@example.org/orchard")
	older.join(testRoom, "Romeo")
	newer := logIn(t, addr, "romeo@example.org/orchard")
	if got := older.ended(); got != "conflict" {
		t.Errorf("the older stream ended with %q, want conflict", got)
	}
	newer.join(testRoom, "Romeo")
	newer.sync()
	waitFor(t, func() bool { return room.Occupants()[0].Sessions == 1 })
	if got := s.Sessions(); !slices.Equal(got, []string{"romeo@example.org/orchard"}) {
		t.Errorf("sessions: %q", got)
	}
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline:
			t.Fatal("the condition does not come true")
		case <-tick.C:
		}
	}
}

func TestSlowReaderIsDropped(t *testing.T) {
	s, addr := serve(t, func(o *Options) { o.OutboundLimit = 64 << 10 })
	room := createRoom(t, s, RoomConfig{})
	paris := enter(t, room, "Paris", AffiliationNone)
	slow := logIn(t, addr, "romeo@example.org/orchard")
	slow.join(testRoom, "Romeo")
	quick := logIn(t, addr, "juliet@example.org/balcony")
	quick.join(testRoom, "Juliet")

	line := strings.Repeat("x", 4<<10)
	sent := 0
	for ; len(room.Occupants()) == 3 && sent < 100_000; sent++ {
		if err := paris.Say(fmt.Sprintf("%s%d.", line, sent)); err != nil {
			t.Fatal(err)
		}
		quick.await(fmt.Sprintf("x%d.</body>", sent))
	}
	wantParts(t, quick.await("/Romeo'", "type='unavailable'"), "role='none'")
	want := []string{"juliet@example.org/balcony"}
	waitFor(t, func() bool { return slices.Equal(s.Sessions(), want) })
	if err := paris.Say("who is left?"); err != nil {
		t.Fatal(err)
	}
	quick.await("who is left?")
	t.Logf("dropped after %d messages", sent)
}

func TestRestart(t *testing.T) {
	s := testServer(t, nil)
	room := createRoom(t, s, RoomConfig{})
	enter(t, room, "Paris", AffiliationNone)
	for range 3 {
		addr, stop := listen(t, s)
		romeo := logIn(t, addr, "romeo@example.org/orchard")
		romeo.join(testRoom, "Romeo")
		idle, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer idle.Close()
		var wait sync.WaitGroup
		wait.Go(stop)
		if got := romeo.ended(); got != "system-shutdown" {
			t.Errorf("the stream ended with %q, want system-shutdown", got)
		}
		wait.Wait()
		if got := s.Sessions(); len(got) != 0 {
			t.Errorf("sessions outlive the server: %q", got)
		}
		if got := room.Occupants(); len(got) != 1 || got[0].Nick != "Paris" {
			t.Errorf("got %+v, want the resident only", got)
		}
	}
}

func TestServeTwiceAtOnce(t *testing.T) {
	s, _ := serve(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	waitFor(t, func() bool {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return s.serving
	})
	if err := s.Serve(context.Background(), l); !errors.Is(err, ErrServing) {
		t.Errorf("got %v, want ErrServing", err)
	}
}

func TestServeReturnsWhatTheListenerReports(t *testing.T) {
	s := testServer(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := s.Serve(context.Background(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}

func TestDisconnect(t *testing.T) {
	s, addr := serve(t, nil)
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	if got := s.Disconnect("romeo"); got != 1 {
		t.Errorf("%d sessions cut, want 1", got)
	}
	if got := romeo.ended(); got != "" {
		t.Errorf("the stream ended with %q, want no word", got)
	}
	waitFor(t, func() bool { return len(s.Sessions()) == 0 })
}

func TestIntercept(t *testing.T) {
	var mu sync.Mutex
	var seen []Stanza
	s, addr := serve(t, func(o *Options) {
		o.Intercept = func(st Stanza) bool {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, st)
			return st.ID == "lost"
		}
	})
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	before := s.Counts()
	romeo.send("<iq type='get' id='lost' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>")
	romeo.send("<message to='romeo@example.org'/><presence/>")
	for _, text := range romeo.sync() {
		if strings.Contains(text, "lost") {
			t.Errorf("answered what was to be dropped: %s", text)
		}
	}
	got := s.Counts()
	if got.IQs-before.IQs != 2 || got.Messages-before.Messages != 1 || got.Presences-before.Presences != 1 {
		t.Errorf("counted %+v after %+v", got, before)
	}
	mu.Lock()
	defer mu.Unlock()
	want := Stanza{Kind: "iq", From: "romeo@example.org/orchard", To: "example.org", Type: "get", ID: "lost", Namespace: "urn:xmpp:ping"}
	if !slices.Contains(seen, want) {
		t.Errorf("got %+v, want among them %+v", seen, want)
	}
}

func TestOptions(t *testing.T) {
	tests := []struct {
		name string
		opts Options
		want []string // parts of the error
	}{
		{"nothing", Options{}, []string{`domain ""`}},
		{"several faults", Options{Domain: "a b", Services: []string{"x@y", "chat.example.org"}}, []string{`domain "a b"`, `service "x@y"`}},
		{"service on the domain", Options{Domain: "Example.org", Services: []string{"example.ORG"}}, []string{`service "example.ORG"`}},
		{"account", Options{Domain: "example.org", Accounts: map[string]string{"a@b": ""}}, []string{`"a@b"`}},
		{"account without a name", Options{Domain: "example.org", Accounts: map[string]string{"": "pw"}}, []string{`""`}},
		{"admin", Options{Domain: "example.org", Admins: []string{"a/b"}}, []string{`"a/b"`}},
		{"domain only", Options{Domain: "Example.org"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := New(tt.opts)
			if len(tt.want) > 0 {
				if err == nil {
					t.Fatal("no error")
				}
				wantParts(t, err.Error(), tt.want...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Services(); !slices.Equal(got, []string{"conference.example.org"}) {
				t.Errorf("services: %q", got)
			}
		})
	}
}
