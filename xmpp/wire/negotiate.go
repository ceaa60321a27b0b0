package wire

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	mellium "mellium.im/xmpp"
)

// maxNegotiation is how many bytes a server may send on one stream until a
// resource is bound.
const maxNegotiation = 256 << 10

var (
	errNoBind = errors.New("the chat server offers no resource")
	errEarly  = errors.New("the chat server sent something unprotected behind its word to begin TLS")
)

// A negotiation makes a bare network connection one that stanzas go through.
type negotiation struct {
	options Options
	bare    net.Conn
	top     *handshake
	secure  *tls.Config
	bound   string

	mechanism string
}

// negotiate lets mellium protect, authenticate and bind, and takes over behind
// the last byte that mellium has read.
func negotiate(ctx context.Context, conn net.Conn, o Options) (*Conn, error) {
	domain, err := asciiDomain(o.Account.Domainpart())
	if err != nil {
		return nil, err
	}
	n := &negotiation{
		options: o, bare: conn,
		secure: &tls.Config{ServerName: domain, RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
	}
	features := []mellium.StreamFeature{n.login(), bind(o.Resource, &n.bound)}
	var state mellium.SessionState
	switch o.Security {
	case StartTLS:
		features = append(features, n.startTLS())
	case DirectTLS:
		n.secure.NextProtos = []string{"xmpp-client"} // XEP-0368 §4: the port may serve others too
		over := tls.Client(conn, n.secure)
		if err := over.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn, state = over, mellium.Secure
	case Plaintext:
		state = mellium.Secure
	default:
		return nil, fmt.Errorf("unknown kind of protection %q", o.Security)
	}
	n.top = newHandshake(conn)
	session, err := mellium.NewSession(ctx, o.Account.Domain(), o.Account.Bare(), n.top, state,
		mellium.NewNegotiator(func(*mellium.Session, *mellium.StreamConfig) mellium.StreamConfig {
			return mellium.StreamConfig{Features: features}
		}))
	switch {
	case err != nil && err.Error() == "xmpp: features advertised out of order": // none that mellium was told of
		return nil, &LoginError{Err: ErrNoLogin}
	case err != nil:
		return nil, err
	case session.State()&mellium.Authn == 0: // mellium takes an empty list of features for the end
		return nil, &LoginError{Err: ErrNoLogin}
	case n.bound == "":
		return nil, errNoBind
	}
	return n.takeOver()
}

// takeOver begins to read where mellium ended. Our reader reads the stream from
// its header on, for the namespaces that are declared there.
func (n *negotiation) takeOver() (*Conn, error) {
	c := &Conn{top: n.top.Conn, bare: n.bare, bound: n.bound, mechanism: n.mechanism}
	c.reader = NewReader(n.top.again())
	for c.reader.raw.InputOffset() < int64(len(n.top.read)) {
		el, err := c.reader.Next()
		if err != nil {
			return nil, err
		}
		el.Skip()
	}
	return c, nil
}

// startTLS protects the connection (RFC 6120 §5). Unlike mellium's it takes
// nothing that came unprotected for a part of what is protected.
func (n *negotiation) startTLS() mellium.StreamFeature {
	feature := mellium.StartTLS(n.secure)
	feature.Negotiate = func(ctx context.Context, session *mellium.Session, _ any) (mellium.SessionState, io.ReadWriter, error) {
		const ns = "urn:ietf:params:xml:ns:xmpp-tls"
		if _, err := io.WriteString(n.top, "<starttls xmlns='"+ns+"'/>"); err != nil {
			return 0, nil, err
		}
		reader := session.TokenReader()
		defer reader.Close()
		var answer struct{ XMLName xml.Name }
		if err := xml.NewTokenDecoder(reader).Decode(&answer); err != nil {
			return 0, nil, err
		}
		switch {
		case answer.XMLName != xml.Name{Space: ns, Local: "proceed"}:
			return 0, nil, fmt.Errorf("the chat server begins no TLS: %s", answer.XMLName.Local)
		case n.top.in.Buffered() > 0:
			return 0, nil, errEarly
		}
		over := tls.Client(n.bare, n.secure)
		if err := over.HandshakeContext(ctx); err != nil {
			return 0, nil, err
		}
		n.top = newHandshake(over)
		return mellium.Secure, n.top, nil
	}
	return feature
}

// A handshake gives mellium one byte at a time, so that its decoder never reads
// ahead of what it has understood, and keeps what it read of the present stream.
type handshake struct {
	net.Conn
	in   *bufio.Reader
	read []byte
}

func newHandshake(conn net.Conn) *handshake {
	return &handshake{Conn: conn, in: bufio.NewReader(conn)}
}

func (h *handshake) Read(p []byte) (int, error) {
	if len(h.read) >= maxNegotiation {
		return 0, errTooLong
	}
	b, err := h.in.ReadByte()
	if err != nil || len(p) == 0 {
		return 0, err
	}
	p[0] = b
	h.read = append(h.read, b)
	return 1, nil
}

// SetDeadline does nothing. mellium sets a deadline when the context ends and takes
// it back, at times after it has returned, when the deadline is ours. Whoever
// negotiates closes the connection instead.
func (h *handshake) SetDeadline(time.Time) error { return nil }

// restart forgets what was read: a new stream begins.
func (h *handshake) restart() { h.read = nil }

// again reads the present stream from its beginning.
func (h *handshake) again() io.Reader {
	return io.MultiReader(bytes.NewReader(h.read), h.in)
}
