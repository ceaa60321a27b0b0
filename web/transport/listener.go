package transport

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Limits bound connections. All fields are required.
type Limits struct {
	Connections int           // at the same time
	PerAddress  int           // of those from one address; of IPv6, from one /64
	Write       time.Duration // how long a client may take to accept what is written to it at once

	// Exempt says which addresses PerAddress does not count, such as those of
	// reverse proxies.
	Exempt func(netip.Addr) bool

	// Refused is called for each connection that a limit closed.
	Refused func()
}

// A Listener accepts connections within limits. What is beyond them is closed at
// once: strangers who hold many connections keep nobody else waiting.
type Listener struct {
	net.Listener
	limits Limits

	mu        sync.Mutex
	open      map[*conn]struct{}
	byAddress map[netip.Addr]int
}

// NewListener returns a listener that bounds the connections of another one.
// Those that this one encrypts have to be *[tls.Conn].
func NewListener(l net.Listener, limits Limits) *Listener {
	return &Listener{Listener: l, limits: limits, open: make(map[*conn]struct{}), byAddress: make(map[netip.Addr]int)}
}

// Accept returns the next connection that is within the limits.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: accepted, listener: l, address: addressOf(accepted)}
		if !l.admit(c) {
			l.limits.Refused()
			_ = accepted.Close()
			continue
		}
		if encrypted, ok := accepted.(*tls.Conn); ok {
			return &tlsConn{conn: c, encrypted: encrypted}, nil
		}
		return c, nil
	}
}

// Abort closes all connections, whatever they are doing.
func (l *Listener) Abort() {
	l.mu.Lock()
	open := make([]*conn, 0, len(l.open))
	for c := range l.open {
		open = append(open, c)
	}
	l.mu.Unlock()
	for _, c := range open {
		_ = c.Conn.Close()
	}
}

func (l *Listener) admit(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= l.limits.Connections {
		return false
	}
	if !l.limits.Exempt(c.address) {
		if l.byAddress[Network(c.address)] >= l.limits.PerAddress {
			return false
		}
		c.counted = true
		l.byAddress[Network(c.address)]++
	}
	l.open[c] = struct{}{}
	return true
}

func (l *Listener) release(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.open[c]; !ok {
		return
	}
	delete(l.open, c)
	if !c.counted {
		return
	}
	from := Network(c.address)
	if l.byAddress[from]--; l.byAddress[from] == 0 {
		delete(l.byAddress, from)
	}
}

// addressOf returns the zero address for what is no IP connection.
func addressOf(c net.Conn) netip.Addr {
	tcp, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}

// Network is what an address counts as: whoever has an address of IPv6 has 2^64,
// so of those it is the /64.
func Network(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	prefix, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return prefix.Addr()
}
