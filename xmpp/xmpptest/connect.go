package xmpptest

import (
	"net"
	"strconv"
	"testing"
)

// A ConnectOption changes how a peer connects.
type ConnectOption func(*connectOptions)

type connectOptions struct{ tls string }

// ByStartTLS makes a peer use StartTLS and verify the server's certificate.
func ByStartTLS() ConnectOption { return func(o *connectOptions) { o.tls = tlsStart } }

// ByDirectTLS makes a peer begin with TLS, on the server's TLSAddr, and verify
// the server's certificate.
func ByDirectTLS() ConnectOption { return func(o *connectOptions) { o.tls = tlsDirect } }

// How a peer encrypts its connection.
const (
	tlsNone   = "none"
	tlsStart  = "starttls"
	tlsDirect = "direct"
)

// Connect registers the account if necessary and logs in, in plaintext unless
// the server or an option wants TLS. Several peers may share an account.
func (p *Peers) Connect(t testing.TB, user, password string, opts ...ConnectOption) *Peer {
	t.Helper()
	c := p.connect(t, user, password, opts)
	c.awaitConnected(t)
	return c
}

// ConnectMany connects one peer for each user, all at once and with the same
// password.
func (p *Peers) ConnectMany(t testing.TB, users []string, password string, opts ...ConnectOption) []*Peer {
	t.Helper()
	peers := make([]*Peer, 0, len(users))
	for _, user := range users {
		peers = append(peers, p.connect(t, user, password, opts))
	}
	for _, c := range peers {
		c.awaitConnected(t)
	}
	return peers
}

// connect starts to connect a peer.
func (p *Peers) connect(t testing.TB, user, password string, opts []ConnectOption) *Peer {
	t.Helper()
	p.server.Register(t, user, password)
	c, err := p.add(user)
	if err != nil {
		t.Fatal(err)
	}
	o := connectOptions{tls: tlsNone}
	if p.server.TLSRequired {
		o.tls = tlsStart
	}
	for _, opt := range opts {
		opt(&o)
	}
	if o.tls == tlsStart && !p.server.HasStartTLS {
		t.Fatalf("%s does not offer StartTLS", p.server.Name)
	}
	addr := p.server.Addr
	if o.tls == tlsDirect {
		addr = p.server.TLSAddr
	}
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatalf("address of %s: %v", p.server.Name, err)
	}
	port, err := strconv.Atoi(service)
	if err != nil {
		t.Fatalf("port of %s: %v", p.server.Name, err)
	}
	cmd := command{
		Do: "connect", Peer: c.id,
		JID: p.server.JID(user), Password: password, Domain: p.server.Domain,
		Host: host, Port: port, TLS: o.tls,
	}
	if o.tls != tlsNone {
		cmd.CA = p.server.CAFile
	}
	p.command(t, cmd)
	return c
}

func (c *Peer) awaitConnected(t testing.TB) {
	t.Helper()
	var jid, reason string
	c.wait(t, "the session", bulkTimeout, func() bool {
		jid, reason = c.jid, c.reason
		return jid != "" || c.closed
	})
	if jid == "" {
		t.Fatalf("%s cannot connect to %s: %s", c.User, c.peers.server.Name, reason)
	}
}
