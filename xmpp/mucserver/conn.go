package mucserver

import (
	"bufio"
	"errors"
	"net"
	"time"
)

const (
	// maxStanza is the size in bytes at which Prosody and ejabberd too end a
	// stream.
	maxStanza = 256 << 10

	negotiationTimeout = 30 * time.Second

	// closeGrace is how long a client has to read the end of the stream and
	// close its side.
	closeGrace = 500 * time.Millisecond
)

var errStanzaTooLarge = errors.New("mucserver: stanza too large")

// meteredConn limits how much is read between two calls of reset. XML decoders
// use its ReadByte and so consume no more than they return.
type meteredConn struct {
	net.Conn
	in   *bufio.Reader
	left int
}

func newMeteredConn(conn net.Conn) *meteredConn {
	return &meteredConn{Conn: conn, in: bufio.NewReader(conn), left: maxStanza}
}

func (c *meteredConn) reset() { c.left = maxStanza }

// ReadByte reads one byte.
func (c *meteredConn) ReadByte() (byte, error) {
	if c.left == 0 {
		return 0, errStanzaTooLarge
	}
	c.left--
	return c.in.ReadByte()
}

// Read is used only by a TLS layer on top, which has a meter of its own.
func (c *meteredConn) Read(p []byte) (int, error) { return c.in.Read(p) }

// closeWrite tells the other side, on every layer of the connection, that
// nothing follows.
func (c *meteredConn) closeWrite(raw net.Conn) error {
	if c.Conn != raw {
		if err := closeWrite(c.Conn); err != nil {
			return err
		}
	}
	return closeWrite(raw)
}

func closeWrite(conn net.Conn) error {
	if c, ok := conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return conn.Close()
}

// rawConn returns the connection below a TLS layer: closing it never waits.
func rawConn(conn net.Conn) net.Conn {
	if c, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return c.NetConn()
	}
	return conn
}
