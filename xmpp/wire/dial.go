package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	melstream "mellium.im/xmpp/stream"
)

const (
	// dialTimeout bounds the whole way to a session, over all addresses.
	dialTimeout = time.Minute

	// connectTimeout bounds the way to one server address.
	connectTimeout = 5 * time.Second

	// negotiateTimeout bounds TLS, authentication and binding together.
	negotiateTimeout = 15 * time.Second
)

// Dial connects, protects, authenticates and binds as the options say. Where one
// address of the server fails, it goes on to the next one, but not after a refusal:
// the password is not carried from one to the other.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	addresses, err := discover(ctx, o)
	if err != nil {
		return nil, err
	}
	var failures []error
	for _, a := range addresses {
		conn, err := a.dial(ctx, o)
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
		if wasRefused(err) || ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failures...)
}

// wasRefused reports whether a server said no to the password. One where nobody
// can log in, or that cannot check passwords for now, did not.
func wasRefused(err error) bool {
	var login *LoginError
	if errors.As(err, &login) {
		return !login.Temporary && !errors.Is(err, ErrNoLogin)
	}
	return errors.Is(err, melstream.NotAuthorized)
}

// dial gets a session at this address.
func (a address) dial(ctx context.Context, o Options) (*Conn, error) {
	conn, err := a.connect(ctx)
	if err != nil {
		return nil, err
	}
	o.Security = a.security
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(o.NegotiateTimeout, negotiateTimeout))
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

// connect opens a connection that may carry what is to go through it.
func (a address) connect(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: connectTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", a.hostPort)
	if err != nil {
		return nil, err
	}
	if a.security == Plaintext && !isLoopback(conn.RemoteAddr()) {
		conn.Close()
		return nil, fmt.Errorf("%w, and %s is none", ErrPlaintext, conn.RemoteAddr())
	}
	return acknowledgeAtOnce(conn), nil
}

func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
