package wire

import (
	"encoding/xml"
	"net"
)

// A Conn is a negotiated connection: what is read and written next is a stanza.
type Conn struct {
	top    net.Conn // what stanzas go through: TLS, or bare
	bare   net.Conn // the network connection below TLS
	tokens xml.TokenReader
	bound  string // our full JID
}

// Negotiated returns a connection that needs no negotiation any more, as which
// the server has bound the given full JID.
func Negotiated(conn net.Conn, bound string) *Conn {
	return &Conn{top: conn, bare: conn, tokens: xml.NewDecoder(conn), bound: bound}
}

// Bound returns our full JID.
func (c *Conn) Bound() string { return c.bound }

// Close ends the connection at once.
func (c *Conn) Close() error { return c.bare.Close() }
