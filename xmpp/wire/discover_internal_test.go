package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mellium.im/xmpp/jid"
)

// A zone answers look-ups by service and name.
type zone map[string][]*net.SRV

func (z zone) LookupSRV(_ context.Context, service, _, name string) (string, []*net.SRV, error) {
	if records, ok := z[service+" "+name]; ok {
		return name, records, nil
	}
	if _, broken := z["broken"]; broken {
		return "", nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func srv(target string, port, priority uint16) *net.SRV {
	return &net.SRV{Target: target, Port: port, Priority: priority}
}

func TestDiscover(t *testing.T) {
	direct, start := "xmpps-client example.org", "xmpp-client example.org"
	both := zone{
		direct: {srv("b.example.org.", 443, 10), srv("d.example.org.", 443, 30)},
		start:  {srv("a.example.org.", 5222, 5), srv("c.example.org.", 5222, 20)},
	}
	none := []*net.SRV{srv(".", 0, 0)}
	tests := []struct {
		name     string
		domain   string
		security Security
		zone     zone
		want     []address
		err      bool
	}{
		{"no records", "example.org", StartTLS, zone{}, []address{{"example.org:5222", StartTLS}}, false},
		{"no records, direct", "example.org", DirectTLS, zone{}, []address{{"example.org:5223", DirectTLS}}, false},
		{"both kinds by priority", "example.org", StartTLS, both, []address{
			{"a.example.org:5222", StartTLS}, {"b.example.org:443", DirectTLS},
			{"c.example.org:5222", StartTLS}, {"d.example.org:443", DirectTLS}}, false},
		{"direct alone", "example.org", DirectTLS, both,
			[]address{{"b.example.org:443", DirectTLS}, {"d.example.org:443", DirectTLS}}, false},
		{"none protected", "example.org", Plaintext, both,
			[]address{{"a.example.org:5222", Plaintext}, {"c.example.org:5222", Plaintext}}, false},
		{"no service", "example.org", StartTLS, zone{direct: none, start: none}, nil, true},
		{"no direct service", "example.org", StartTLS, zone{direct: none}, []address{{"example.org:5222", StartTLS}}, false},
		{"one kind is no service", "example.org", StartTLS, zone{direct: none, start: both[start]},
			[]address{{"a.example.org:5222", StartTLS}, {"c.example.org:5222", StartTLS}}, false},
		{"nobody knows", "example.org", StartTLS, zone{"broken": nil}, nil, true},
		{"one kind is known", "example.org", StartTLS, zone{"broken": nil, direct: both[direct]},
			[]address{{"b.example.org:443", DirectTLS}, {"d.example.org:443", DirectTLS}}, false},
		{"other letters", "bücher.example", StartTLS, zone{"xmpp-client xn--bcher-kva.example": {srv("x.example.", 1, 0)}},
			[]address{{"x.example:1", StartTLS}}, false},
		{"IPv6", "[::1]", StartTLS, zone{"broken": nil}, []address{{"[::1]:5222", StartTLS}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			account, err := jid.New("me", tt.domain, "")
			if err != nil {
				t.Fatal(err)
			}
			got, err := discover(t.Context(), Options{Account: account, Security: tt.security, Resolver: tt.zone})
			if (err != nil) != tt.err {
				t.Fatalf("got error %v, want one: %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(address{})); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
		})
	}
}

// Of a domain with ever so many records only some are tried, and a greater weight
// comes first more often.
func TestOrder(t *testing.T) {
	var records []record
	for range 1000 {
		records = append(records, record{srv("light.", 1, 0), StartTLS})
	}
	if got := len(order(records)); got != maxAddresses {
		t.Errorf("got %d addresses, want %d", got, maxAddresses)
	}
	heavy := 0
	for range 1000 {
		pair := []record{{&net.SRV{Target: "light.", Weight: 1}, StartTLS}, {&net.SRV{Target: "heavy.", Weight: 9}, StartTLS}}
		if order(pair)[0].hostPort == "heavy:0" {
			heavy++
		}
	}
	if heavy < 800 || heavy > 980 {
		t.Errorf("the one of nine tenths of the weight came first in %d of 1000", heavy)
	}
}

// A server that falls silent at any step is left in bounded time.
func TestSilentServer(t *testing.T) {
	challenge := line{"</auth", "<challenge xmlns='urn:ietf"}
	tests := []struct {
		name   string
		script []line
	}{
		{"header", nil},
		{"features", []line{{"<stream:stream", playHeader}}},
		{"login", untilBound[:1]},
		{"half a challenge", []line{untilBound[0], challenge}},
		{"second stream", untilBound[:2]},
		{"resource", untilBound[:3]},
		{"TLS", []line{{"<stream:stream", playHeader + playStartTLS}, {"<starttls", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address, heard := play(t, tt.script...)
			o := playOptions(address)
			o.NegotiateTimeout = negotiateTimeout / 100
			if tt.name == "TLS" {
				o.Security = StartTLS
			}
			conn, err := Dial(t.Context(), o)
			if conn != nil || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want that the time is over", err)
			}
			heard()
		})
	}
}

// What is named has its A-labels too, and names that only a local network knows stay
// as they are.
func TestNamedServer(t *testing.T) {
	for _, tt := range []struct{ server, want string }{
		{"bücher.example:5222", "xn--bcher-kva.example:5222"},
		{"[::1]:5222", "[::1]:5222"},
		{"chat_server:5222", "chat_server:5222"},
	} {
		got, err := discover(t.Context(), Options{Account: jid.MustParse("me@example.org"), Server: tt.server, Security: StartTLS})
		if want := (address{tt.want, StartTLS}); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, %v, want %v", tt.server, got, err, want)
		}
	}
}

// One server says only that it cannot check passwords, or lets nobody log in: that
// is no refusal, and the next one is asked.
func TestUnableServers(t *testing.T) {
	tests := []struct {
		name  string
		lines []line
	}{
		{"cannot check", []line{untilBound[0], {"</auth", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>"}}},
		{"no login", []line{{"<stream:stream", playHeader + "<stream:features/>"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			unable, heardFirst := play(t, tt.lines...)
			able, heardNext := play(t, untilBound...)
			o := playOptions("")
			o.Resolver = inTurn{unable, able}
			conn, err := Dial(t.Context(), o)
			if err != nil {
				t.Error(err)
			} else {
				conn.Close()
			}
			heardFirst()
			heardNext()
		})
	}
}

// inTurn is a domain whose servers have these addresses.
type inTurn []string

func (addresses inTurn) LookupSRV(context.Context, string, string, string) (string, []*net.SRV, error) {
	var records []*net.SRV
	for i, a := range addresses {
		at := netip.MustParseAddrPort(a)
		records = append(records, &net.SRV{Target: at.Addr().String() + ".", Port: at.Port(), Priority: uint16(i)})
	}
	return "", records, nil
}
