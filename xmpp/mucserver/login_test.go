package mucserver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
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
