package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
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
	if _, err := netip.ParseAddr(domain); err == nil {
		return []string{net.JoinHostPort(domain, port)}, nil
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
