package transport

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

const (
	// lingerTime and lingerBytes bound a lingering close (RFC 9112 §9.6; nginx calls it
	// so too): how much of a refused body is read and dropped, so that its sender gets
	// to read why.
	lingerTime  = 3 * time.Second
	lingerBytes = 16 << 20
)

// A conn gives up a client that does not read what is written to it.
type conn struct {
	net.Conn
	listener  *Listener
	address   netip.Addr
	counted   bool // by address
	lingering atomic.Bool
}

// Write writes within the limit of the listener.
func (c *conn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.listener.limits.Write)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// Close closes the connection, and lingers first if it is to: the kernel resets a
// connection that is closed with unread bytes, and the answer on its way is lost.
func (c *conn) Close() error {
	defer c.listener.release(c)
	if c.lingering.Load() {
		c.drain()
	}
	return c.Conn.Close()
}

func (c *conn) drain() {
	// What cannot be drained is closed all the same.
	if half, ok := c.Conn.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		return
	}
	raw := c.NetConn()
	if raw.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, raw, lingerBytes)
	}
}

func (c *conn) linger() { c.lingering.Store(true) }

// NetConn returns the connection underneath, also that of an encrypted one.
func (c *conn) NetConn() net.Conn {
	if encrypted, ok := c.Conn.(*tls.Conn); ok {
		return encrypted.NetConn()
	}
	return c.Conn
}

// A tlsConn is a conn that shows that it is encrypted, as fasthttp wants to see.
type tlsConn struct {
	*conn
	encrypted *tls.Conn
}

// Handshake runs the handshake if it has not run.
func (c *tlsConn) Handshake() error { return c.encrypted.Handshake() }

// ConnectionState returns what the handshake agreed on.
func (c *tlsConn) ConnectionState() tls.ConnectionState { return c.encrypted.ConnectionState() }

// LimitSendBuffer bounds how many bytes the kernel keeps for a client that does
// not read. Where that cannot be set, a slow client only costs more.
func LimitSendBuffer(c net.Conn, bytes int) {
	if over, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = over.NetConn()
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(bytes)
	}
}
