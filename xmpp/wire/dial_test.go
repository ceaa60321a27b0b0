package wire_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"mellium.im/xmpp/jid"

	"muckick/xmpp/wire"
	"muckick/xmpp/xmpptest"
)

// records are SRV records by service.
type records map[string][]*net.SRV

func (r records) LookupSRV(_ context.Context, service, _, _ string) (string, []*net.SRV, error) {
	return "", r[service], nil
}

// add appends a record that comes behind those which are there.
func (r records) add(t *testing.T, service, address string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	place := uint16(len(r["xmpp-client"]) + len(r["xmpps-client"]))
	r[service] = append(r[service], &net.SRV{Target: host + ".", Port: uint16(number), Priority: place})
}

func dialOptions(t *testing.T, s *xmpptest.Server, found records) wire.Options {
	t.Helper()
	account, err := jid.Parse(s.JID(s.Kicker.User))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return wire.Options{
		Account: account, Password: s.Kicker.Password, Resource: "x", Security: wire.StartTLS, RootCAs: roots,
		Resolver: found, NegotiateTimeout: 10 * time.Second, AnswerTimeout: 10 * time.Second,
		PingInterval: time.Minute, PingTimeout: time.Minute, MaxWaiting: 10,
	}
}

// listen accepts connections, and lets serve have each.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			serve(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return l.Addr().String()
}

// Of several addresses the first one counts that leads to a session, whatever is
// wrong with those before it.
func TestDialGoesOn(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		for service, address := range map[string]string{"xmpp-client": s.Addr, "xmpps-client": s.TLSAddr} {
			t.Run(service, func(t *testing.T) {
				stranger := httptest.NewUnstartedServer(nil) // with a certificate that nobody signed
				stranger.TLS = &tls.Config{NextProtos: []string{"xmpp-client"}}
				stranger.StartTLS()
				t.Cleanup(stranger.Close)
				found := make(records)
				found.add(t, "xmpp-client", "127.0.0.1:1")
				found.add(t, "xmpps-client", stranger.Listener.Addr().String())
				found.add(t, "xmpps-client", listen(t, func(net.Conn) {}))
				found.add(t, "xmpp-client", listen(t, func(conn net.Conn) {
					_, _ = conn.Write([]byte("<stream:error/>")) // the client may have gone
				}))
				found.add(t, service, address)
				conn, err := wire.Dial(t.Context(), dialOptions(t, s, found))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if got, want := conn.Bound(), s.JID(s.Kicker.User)+"/x"; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		}
	})
}

// A password that one address refused is not offered to the next.
func TestRefusedLoginGoesNowhere(t *testing.T) {
	s := xmpptest.Start(t, xmpptest.Mucserver)
	var asked atomic.Int32
	found := make(records)
	found.add(t, "xmpp-client", s.Addr)
	found.add(t, "xmpp-client", listen(t, func(net.Conn) { asked.Add(1) }))
	o := dialOptions(t, s, found)
	o.Password = "wrong"
	if _, err := wire.Dial(t.Context(), o); !errors.As(err, new(*wire.LoginError)) {
		t.Errorf("got %v, want a LoginError", err)
	}
	if got := asked.Load(); got != 0 {
		t.Errorf("the next address was asked %d times", got)
	}
}
