package wire

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"mellium.im/sasl"
	mellium "mellium.im/xmpp"
)

const (
	// connectTimeout bounds the way to one server address.
	connectTimeout = 5 * time.Second

	// negotiateTimeout bounds TLS, authentication and binding together.
	negotiateTimeout = 15 * time.Second
)

// Dial connects, protects, authenticates and binds as the options say.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	conn, err := connect(ctx, o.Account.Domainpart(), o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, negotiateTimeout)
	defer cancel()
	// mellium takes back the deadline that it sets when the context ends, and a
	// read that wakes up late waits on. Closing the connection is for good.
	release := context.AfterFunc(ctx, func() { conn.Close() })
	s, err := negotiate(ctx, conn, o)
	if !release() {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("negotiate with %s: %w", conn.RemoteAddr(), err)
	}
	return s, nil
}

// connect opens the first server address that answers.
func connect(ctx context.Context, domain string, o Options) (net.Conn, error) {
	addresses, err := serverAddresses(ctx, domain, o)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: connectTimeout}
	var failures []error
	for _, address := range addresses {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		if o.Security == Plaintext && !isLoopback(conn.RemoteAddr()) {
			conn.Close()
			return nil, fmt.Errorf("%w, and %s is none", ErrPlaintext, conn.RemoteAddr())
		}
		return acknowledgeAtOnce(conn), nil
	}
	return nil, errors.Join(failures...)
}

// serverAddresses returns where the domain's server may be reached, best first
// (RFC 6120 §3.2, XEP-0368).
func serverAddresses(ctx context.Context, domain string, o Options) ([]string, error) {
	if o.Server != "" {
		return []string{o.Server}, nil
	}
	service, port := "xmpp-client", "5222"
	if o.Security == DirectTLS {
		service, port = "xmpps-client", "5223"
	}
	_, records, err := net.DefaultResolver.LookupSRV(ctx, service, "tcp", domain)
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound, err == nil && len(records) == 0:
		return []string{net.JoinHostPort(domain, port)}, nil
	case err != nil:
		return nil, fmt.Errorf("look up the server of %s: %w", domain, err)
	}
	var addresses []string
	for _, record := range records {
		if record.Target != "." {
			host := strings.TrimSuffix(record.Target, ".")
			addresses = append(addresses, net.JoinHostPort(host, strconv.Itoa(int(record.Port))))
		}
	}
	if len(addresses) == 0 {
		return nil, fmt.Errorf("%s says that it offers no %s service", domain, service)
	}
	return addresses, nil
}

func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

func negotiate(ctx context.Context, conn net.Conn, o Options) (*Conn, error) {
	c := &Conn{bare: conn}
	secure := &tls.Config{ServerName: o.Account.Domainpart(), RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12}
	features := []mellium.StreamFeature{
		login(o.Password),
		bind(o.Resource, &c.bound),
	}
	var state mellium.SessionState
	switch o.Security {
	case StartTLS:
		features = append(features, mellium.StartTLS(secure))
	case DirectTLS:
		over := tls.Client(conn, secure)
		if err := over.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn, state = over, mellium.Secure
	case Plaintext:
		state = mellium.Secure
	default:
		return nil, fmt.Errorf("unknown kind of protection %q", o.Security)
	}
	session, err := mellium.NewSession(ctx, o.Account.Domain(), o.Account.Bare(), conn, state,
		mellium.NewNegotiator(func(*mellium.Session, *mellium.StreamConfig) mellium.StreamConfig {
			return mellium.StreamConfig{Features: features}
		}))
	if err != nil {
		return nil, err
	}
	// mellium's deadline may still be set when the context ended just now.
	c.top, c.tokens = session.Conn(), session.TokenReader()
	return c, c.top.SetDeadline(time.Time{})
}

// login authenticates. The PLUS variants are left out: ejabberd offers them on
// TLS 1.3 with a channel binding that TLS 1.3 does not have.
func login(password string) mellium.StreamFeature {
	feature := mellium.SASL("", password, sasl.ScramSha256, sasl.ScramSha1, sasl.Plain)
	negotiate := feature.Negotiate
	feature.Negotiate = func(ctx context.Context, s *mellium.Session, data any) (mellium.SessionState, io.ReadWriter, error) {
		state, rw, err := negotiate(ctx, s, data)
		var network net.Error
		if err != nil && ctx.Err() == nil && !errors.As(err, &network) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			err = &LoginError{Err: err, Temporary: isTemporary(err)}
		}
		return state, rw, err
	}
	return feature
}

// isTemporary reports whether the server was unable to check the password
// (RFC 6120 §6.5.11). mellium keeps its type of the failure to itself, but not
// how it is written.
func isTemporary(err error) bool {
	var failure interface{ TokenReader() xml.TokenReader }
	if !errors.As(err, &failure) {
		return false
	}
	tokens := failure.TokenReader()
	for {
		token, err := tokens.Token()
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "temporary-auth-failure" {
			return true
		}
		if err != nil || token == nil {
			return false
		}
	}
}
