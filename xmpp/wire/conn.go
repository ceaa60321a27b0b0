package wire

import "net"

// A Conn is a negotiated connection: what is read and written next is a stanza.
type Conn struct {
	top    net.Conn // what stanzas go through: TLS, or bare
	bare   net.Conn // the network connection below TLS
	reader *Reader
	bound  string // our full JID
}

// Negotiated returns a connection that needs no negotiation any more, as which
// the server has bound the given full JID. The server still has to open its
// stream.
func Negotiated(conn net.Conn, bound string) *Conn {
	return &Conn{top: conn, bare: conn, reader: NewReader(conn), bound: bound}
}

// Bound returns our full JID.
func (c *Conn) Bound() string { return c.bound }

// Close ends the connection at once.
func (c *Conn) Close() error { return c.bare.Close() }
