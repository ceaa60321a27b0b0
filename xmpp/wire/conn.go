package wire

import (
	"crypto/tls"
	"net"
)

// A Conn is a negotiated connection: what is read and written next is a stanza.
type Conn struct {
	top    net.Conn // what stanzas go through: TLS, or bare
	bare   net.Conn // the network connection below TLS
	reader *Reader
	bound  string // our full JID

	mechanism string // of SASL, with which we logged in
}

// Negotiated returns a connection that needs no negotiation any more, as which
// the server has bound the given full JID. The server still has to open its
// stream.
func Negotiated(conn net.Conn, bound string) *Conn {
	return &Conn{top: conn, bare: conn, reader: NewReader(conn), bound: bound}
}

// Bound returns our full JID.
func (c *Conn) Bound() string { return c.bound }

// Mechanism returns the name of the SASL mechanism that we logged in with, such as
// SCRAM-SHA-256; empty for a connection that needed none.
func (c *Conn) Mechanism() string { return c.mechanism }

// TLS returns the version of TLS that protects the connection, such as "TLS 1.3",
// or "none".
func (c *Conn) TLS() string {
	if over, ok := c.top.(*tls.Conn); ok {
		return tls.VersionName(over.ConnectionState().Version)
	}
	return "none"
}

// Address returns where the server is.
func (c *Conn) Address() string { return c.bare.RemoteAddr().String() }

// Close ends the connection at once.
func (c *Conn) Close() error { return c.bare.Close() }
