package mucserver

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"mellium.im/sasl"
	"mellium.im/xmlstream"
	mellium "mellium.im/xmpp"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stream"
)

const nsSession = "urn:ietf:params:xml:ns:xmpp-session"

// errUnknownHost ends the negotiation with a client that wants another server.
var errUnknownHost = errors.New("mucserver: the client asked for another domain")

// streamEnd returns the bytes that end a stream with an error condition
// (RFC 6120 §4.9), or without one.
func streamEnd(condition string) string {
	if condition == "" {
		return "</stream:stream>"
	}
	return "<stream:error><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
}

// streamCondition returns the error condition for what ended a stream, or "" for
// what is no fault of the client.
func streamCondition(err error) string {
	var syntax *xml.SyntaxError
	var condition stream.Error
	var network net.Error
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.As(err, &network):
		return ""
	case errors.Is(err, errStanzaTooLarge), errors.Is(err, errTooDeep):
		return "policy-violation"
	case errors.Is(err, sasl.ErrAuthn):
		return "not-authorized"
	case errors.Is(err, errShuttingDown):
		return "system-shutdown"
	case errors.Is(err, errMalformed), errors.As(err, &syntax):
		return "not-well-formed"
	case errors.Is(err, errNoStanza):
		return "unsupported-stanza-type"
	case errors.As(err, &condition) && !strings.ContainsAny(condition.Err, "<>/ "):
		return condition.Err
	}
	return "bad-format"
}

// errShuttingDown refuses a client that logs in when the server ends.
var errShuttingDown = errors.New("mucserver: shutting down")

// negotiate makes a session of a connection (RFC 6120 §4.3): encryption if it is
// needed, authentication, resource binding. On an error it tells the client, if
// possible.
func (s *Server) negotiate(conn net.Conn) (*session, error) {
	n := &negotiation{
		server: s,
		login:  login{accounts: s.accounts, domain: s.opts.Domain},
		raw:    rawConn(conn),
		conn:   newMeteredConn(conn),
	}
	var state mellium.SessionState
	if _, encrypted := conn.(*tls.Conn); encrypted || s.opts.TLS == nil {
		state = mellium.Secure
	}
	// What ends the negotiation early is that the connection is closed. The end
	// of a context would move the connection's deadlines, even after the
	// negotiation.
	xmlStream, err := mellium.ReceiveSession(context.Background(), n.conn, state, n.negotiator())
	if err == nil {
		n.bound.stream = xmlStream
		return n.bound, nil
	}
	if n.bound != nil {
		s.unregister(n.bound)
	}
	if n.wrongHost {
		return nil, errUnknownHost
	}
	if condition := streamCondition(err); condition != "" {
		err = errors.Join(err, n.tell(condition))
	}
	return nil, err
}

// negotiation is the state of one client's stream negotiation.
type negotiation struct {
	server    *Server
	login     login
	raw       net.Conn
	conn      *meteredConn // the innermost layer of the connection
	bound     *session
	wrongHost bool
}

func (n *negotiation) negotiator() mellium.Negotiator {
	s := n.server
	authentication := n.login.feature()
	if s.opts.TLSOptional {
		authentication.Necessary = 0
	}
	features := []mellium.StreamFeature{authentication, mellium.BindCustom(n.bind), sessionFeature()}
	if s.opts.TLS != nil {
		features = append(features, n.startTLS())
	}
	return mellium.NewNegotiator(func(session *mellium.Session, _ *mellium.StreamConfig) mellium.StreamConfig {
		if session != nil {
			n.checkHost(session)
		}
		return mellium.StreamConfig{Features: features}
	})
}

// checkHost refuses a stream to another domain. The negotiator has no other way
// to stop here than to close the connection.
func (n *negotiation) checkHost(session *mellium.Session) {
	to := session.LocalAddr().Domainpart()
	if to == "" || to == n.server.opts.Domain {
		return
	}
	n.wrongHost = true
	// The negotiation fails in any case, and the client may be gone.
	_ = n.tell("host-unknown")
	_ = n.conn.Close()
}

// tell ends the stream with an error condition.
func (n *negotiation) tell(condition string) error {
	return writeUntil(n.conn, []byte(streamEnd(condition)), time.Now().Add(endTimeout))
}

// startTLS is the feature of RFC 6120 §5 with a meter on top of the TLS layer.
func (n *negotiation) startTLS() mellium.StreamFeature {
	feature := mellium.StartTLS(n.server.opts.TLS)
	feature.Prohibited |= mellium.Authn
	if n.server.opts.TLSOptional {
		feature.List = func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			return false, writeTokens(w, start, start.End())
		}
	}
	negotiate := feature.Negotiate
	feature.Negotiate = func(ctx context.Context, session *mellium.Session, data any) (mellium.SessionState, io.ReadWriter, error) {
		mask, rw, err := negotiate(ctx, session, data)
		if err != nil {
			return mask, rw, err
		}
		conn, ok := rw.(*tls.Conn)
		if !ok {
			return mask, nil, fmt.Errorf("mucserver: StartTLS returned a %T", rw)
		}
		n.conn = newMeteredConn(conn)
		return mask, n.conn, nil
	}
	return feature
}

// bind chooses the full JID of a client (RFC 6120 §7): its authenticated name,
// and the resource it wants if that is usable. The client can be reached from
// then on; what it is sent waits until it knows its JID.
func (n *negotiation) bind(_ jid.JID, resource string) (jid.JID, error) {
	if resource == "" {
		resource = rand.Text()
	}
	j, err := jid.New(n.login.user, n.server.opts.Domain, resource)
	if err != nil {
		j, err = jid.New(n.login.user, n.server.opts.Domain, rand.Text())
	}
	if err != nil {
		return jid.JID{}, fmt.Errorf("mucserver: bind: %w", err)
	}
	full := address{local: j.Localpart(), domain: j.Domainpart(), resource: j.Resourcepart()}
	n.bound = n.server.newSession(full, n.conn, n.raw)
	if !n.server.register(n.bound) {
		return jid.JID{}, errShuttingDown
	}
	return j, nil
}

// sessionFeature announces the session establishment of RFC 3921, which older
// clients expect, as unnecessary.
func sessionFeature() mellium.StreamFeature {
	return mellium.StreamFeature{
		Name:       xml.Name{Space: nsSession, Local: "session"},
		Necessary:  mellium.Authn,
		Prohibited: mellium.Ready,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			optional := xml.StartElement{Name: xml.Name{Local: "optional"}}
			return false, writeTokens(w, start, optional, optional.End(), start.End())
		},
	}
}

func writeTokens(w xmlstream.TokenWriter, tokens ...xml.Token) error {
	for _, tok := range tokens {
		if err := w.EncodeToken(tok); err != nil {
			return err
		}
	}
	return nil
}
