// Package probe is a plain session of the account beside the one of an
// [xmpp.Client]. It asks what a client never does, so that "muckick check" can
// say what the account may do, and it is the one that gets kicked then.
package probe

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"fmt"
	"net"
	"sync"
	"time"

	"mellium.im/sasl"
	"mellium.im/xmlstream"
	mellium "mellium.im/xmpp"
	"mellium.im/xmpp/dial"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"muckick/xmpp"
)

const (
	// answerTimeout is how long a session waits for an answer.
	answerTimeout = 15 * time.Second

	// closeTimeout is how long the server has to close it.
	closeTimeout = 2 * time.Second
)

// A Session is a plain session of the account.
type Session struct {
	session   *mellium.Session
	conn      net.Conn // below TLS
	presences chan roomPresence
	serving   sync.WaitGroup
}

// Open logs in as the options say.
func Open(ctx context.Context, o xmpp.Options) (*Session, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	account, err := jid.Parse(o.JID)
	if err != nil {
		return nil, err
	}
	secure := &tls.Config{ServerName: account.Domainpart(), RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12}
	conn, err := dialAccount(ctx, account, o, secure)
	if err != nil {
		return nil, err
	}
	features := []mellium.StreamFeature{
		mellium.SASL("", o.Password, sasl.ScramSha256, sasl.ScramSha1, sasl.Plain),
		mellium.BindResource(),
	}
	state := mellium.Secure
	if o.Security == xmpp.StartTLS {
		state, features = 0, append(features, mellium.StartTLS(secure))
	}
	// mellium takes back the deadline that it sets when the context ends, and a
	// read that wakes up late waits on. Closing the connection is for good.
	release := context.AfterFunc(ctx, func() { conn.Close() })
	session, err := mellium.NewSession(ctx, account.Domain(), account, conn, state,
		mellium.NewNegotiator(func(*mellium.Session, *mellium.StreamConfig) mellium.StreamConfig {
			return mellium.StreamConfig{Features: features}
		}))
	if !release() {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	s := &Session{session: session, conn: conn, presences: make(chan roomPresence, 64)}
	s.serving.Go(func() { _ = session.Serve(mellium.HandlerFunc(s.handle)) }) // an early end shows as missing answers
	return s, nil
}

// dialAccount connects, with TLS from the beginning where that is wanted.
func dialAccount(ctx context.Context, account jid.JID, o xmpp.Options, secure *tls.Config) (net.Conn, error) {
	if o.Server == "" {
		d := dial.Dialer{NoTLS: o.Security != xmpp.DirectTLS, TLSConfig: secure}
		return d.Dial(ctx, "tcp", account)
	}
	if o.Security == xmpp.DirectTLS {
		return (&tls.Dialer{Config: secure}).DialContext(ctx, "tcp", o.Server)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", o.Server)
	if err == nil && o.Security == xmpp.Plaintext && !isLoopback(conn.RemoteAddr()) {
		conn.Close()
		return nil, xmpp.ErrPlaintext
	}
	return conn, err
}

// handle keeps the presences, and drops the oldest that nobody wanted.
func (s *Session) handle(tokens xmlstream.TokenReadEncoder, start *xml.StartElement) error {
	if start.Name.Local != "presence" {
		return nil
	}
	var p roomPresence
	d := xml.NewTokenDecoder(xmlstream.MultiReader(xmlstream.Token(*start), tokens))
	if err := d.Decode(&p); err != nil {
		return nil // not a presence that anything waits for
	}
	for {
		select {
		case s.presences <- p:
			return nil
		default:
		}
		select {
		case <-s.presences:
		default:
		}
	}
}

// ask sends an IQ. The error of an entity is a [stanza.Error].
func (s *Session) ask(ctx context.Context, to string, kind stanza.IQType, payload any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	entity, err := jid.Parse(to)
	if err != nil {
		return fmt.Errorf("%s cannot be asked: %w", to, err)
	}
	tokens, err := s.session.EncodeIQElement(ctx, payload, stanza.IQ{To: entity, Type: kind})
	if err != nil {
		return err
	}
	defer tokens.Close()
	var answer struct {
		Type  string        `xml:"type,attr"`
		Error *stanza.Error `xml:"error"`
	}
	if err := xml.NewTokenDecoder(tokens).Decode(&answer); err != nil {
		return err
	}
	if answer.Type != string(stanza.ResultIQ) {
		if answer.Error == nil {
			return stanza.Error{Condition: stanza.UndefinedCondition}
		}
		return *answer.Error
	}
	return nil
}

// Close logs out, upon which the server takes the session out of all rooms.
func (s *Session) Close() {
	// Neither a dead connection nor a silent server can hold this up, so errors
	// change nothing.
	_ = s.session.Conn().SetDeadline(time.Now().Add(closeTimeout))
	_ = s.session.Close()
	s.serving.Wait()
	s.conn.Close()
}

func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
