package xmpptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
)

// A gatedListener accepts on several addresses, behind a gate.
type gatedListener struct {
	gate     *gate
	inner    []net.Listener
	accepted chan net.Conn
	once     sync.Once
	closed   chan struct{}
	accepts  sync.WaitGroup
}

// listen accepts plaintext connections at addr and, unless tlsAddr is empty,
// those that begin with TLS at tlsAddr.
func (g *gate) listen(addr, tlsAddr string, config *tls.Config) (*gatedListener, error) {
	l := &gatedListener{gate: g, accepted: make(chan net.Conn), closed: make(chan struct{})}
	plain := func(conn net.Conn) net.Conn { return conn }
	encrypted := func(conn net.Conn) net.Conn { return tls.Server(conn, config) }
	err := l.add(addr, plain)
	if err == nil && tlsAddr != "" {
		err = l.add(tlsAddr, encrypted)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// add accepts at addr too, and wraps what comes.
func (l *gatedListener) add(addr string, wrap func(net.Conn) net.Conn) error {
	inner, err := net.Listen("tcp4", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	l.inner = append(l.inner, inner)
	l.accepts.Go(func() {
		for {
			conn, err := inner.Accept()
			if err != nil {
				return
			}
			gated, welcome := l.gate.admit(conn)
			if !welcome || !l.gate.wait(l.closed) || !l.pass(wrap(gated)) {
				_ = gated.Close()
				return
			}
		}
	})
	return nil
}

// pass hands a connection to Accept. It reports false if the listener is
// closed.
func (l *gatedListener) pass(conn net.Conn) bool {
	select {
	case l.accepted <- conn:
		return true
	case <-l.closed:
		return false
	}
}

// Accept returns the next connection of any of the addresses.
func (l *gatedListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.accepted:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends all accepting and waits for it.
func (l *gatedListener) Close() error {
	var errs []error
	l.once.Do(func() {
		close(l.closed)
		for _, inner := range l.inner {
			errs = append(errs, inner.Close())
		}
		l.accepts.Wait()
	})
	return errors.Join(errs...)
}

// Addr returns the address for plaintext connections.
func (l *gatedListener) Addr() net.Addr { return l.inner[0].Addr() }
