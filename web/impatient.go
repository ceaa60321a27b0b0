package web

import (
	"crypto/tls"
	"net"
	"time"
)

// slowWrite is how long a client may take to accept what is written to it at
// once.
const slowWrite = 20 * time.Second

// An impatientListener gives up clients that do not read what is written to
// them. fasthttp has a timeout for a whole answer only, which streams of events
// and exports may exceed.
type impatientListener struct {
	net.Listener
	limit time.Duration
}

func (l impatientListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if encrypted, ok := conn.(*tls.Conn); ok {
		return impatientTLS{encrypted, l.limit}, nil
	}
	return impatientConn{conn, l.limit}, nil
}

// An impatientConn limits the time of each write.
type impatientConn struct {
	net.Conn
	limit time.Duration
}

func (c impatientConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// NetConn returns the connection underneath, as [tls.Conn.NetConn] does.
func (c impatientConn) NetConn() net.Conn { return c.Conn }

// An impatientTLS is an impatientConn that shows that it is encrypted.
type impatientTLS struct {
	*tls.Conn
	limit time.Duration
}

func (c impatientTLS) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
