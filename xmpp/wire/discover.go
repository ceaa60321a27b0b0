package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxAddresses is how many addresses of a server are tried.
const maxAddresses = 10

// A Resolver looks SRV records up, as [net.Resolver] does.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (cname string, records []*net.SRV, err error)
}

// An address is where a server may be reached, and how.
type address struct {
	hostPort string
	security Security
}

// A service is a name under which a domain says by SRV records where its server
// is.
type service struct {
	name     string
	security Security
	port     string // where the server is without any record
}

// services returns what is looked up. Both kinds of protection are one as good as
// the other, so records of both count unless only one is wanted (XEP-0368 §3).
func (s Security) services() []service {
	direct := service{"xmpps-client", DirectTLS, "5223"}
	switch s {
	case DirectTLS:
		return []service{direct}
	case StartTLS:
		return []service{direct, {"xmpp-client", StartTLS, "5222"}}
	}
	return []service{{"xmpp-client", s, "5222"}}
}

// discover returns where the account's server may be reached, best first
// (RFC 6120 §3.2, XEP-0368).
func discover(ctx context.Context, o Options) ([]address, error) {
	if o.Server != "" {
		return named(o)
	}
	services := o.Security.services()
	last := services[len(services)-1]
	domain, err := asciiDomain(o.Account.Domainpart())
	if err != nil {
		return nil, err
	}
	alone := []address{{net.JoinHostPort(domain, last.port), last.security}}
	if _, err := netip.ParseAddr(domain); err == nil {
		return alone, nil
	}
	var resolver Resolver = net.DefaultResolver
	if o.Resolver != nil {
		resolver = o.Resolver
	}
	var (
		found    []record
		failures []error
		declined bool // by the domain, for the service that needs no record
	)
	for _, s := range services {
		records, err := lookup(ctx, resolver, s, domain)
		if err != nil {
			failures = append(failures, err)
		}
		usable := slices.DeleteFunc(slices.Clone(records), func(r record) bool { return r.Target == "." })
		declined = len(records) > 0 && len(usable) == 0
		found = append(found, usable...)
	}
	switch {
	case len(found) > 0:
		return order(found), nil
	case len(failures) > 0:
		return nil, fmt.Errorf("look up the server of %s: %w", domain, errors.Join(failures...))
	case declined:
		return nil, fmt.Errorf("%s says that it offers no %s service", domain, last.name)
	}
	return alone, nil
}

// named returns the address that the options name.
func named(o Options) ([]address, error) {
	host, port, err := net.SplitHostPort(o.Server)
	if err != nil {
		return nil, err
	}
	if host, err = asciiDomain(host); err != nil {
		return nil, err
	}
	return []address{{net.JoinHostPort(host, port), o.Security}}, nil
}

// A record is an SRV record of one of the services.
type record struct {
	*net.SRV
	security Security
}

// lookup returns the records of one service. None is no error.
func lookup(ctx context.Context, resolver Resolver, s service, domain string) ([]record, error) {
	_, found, err := resolver.LookupSRV(ctx, s.name, "tcp", domain)
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound || len(found) > 0 {
		err = nil // records beside malformed ones are good
	}
	records := make([]record, len(found))
	for i, srv := range found {
		records[i] = record{srv, s.security}
	}
	return records, err
}

// order returns the first addresses by priority, and by chance within one, the
// greater weights more often first (RFC 2782).
func order(records []record) []address {
	// The first of several exponential variables is the n-th with a chance in
	// proportion to its rate.
	turn := make(map[record]float64, len(records))
	for _, r := range records {
		turn[r] = rand.ExpFloat64() / max(float64(r.Weight), 0.01)
	}
	slices.SortFunc(records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(turn[a], turn[b]))
	})
	var addresses []address
	for _, r := range records[:min(len(records), maxAddresses)] {
		host := strings.TrimSuffix(r.Target, ".")
		addresses = append(addresses, address{net.JoinHostPort(host, strconv.Itoa(int(r.Port))), r.security})
	}
	return addresses
}

// asciiDomain returns a domain as DNS and certificates have it: with A-labels
// (RFC 5890), and an IPv6 address without its brackets. One that has only ASCII
// stays as it is: local names may hold "_", which IDNA does not know.
func asciiDomain(domain string) (string, error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(domain, "["), "]")
	if strings.IndexFunc(bare, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return bare, nil
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", fmt.Errorf("%q is no domain: %w", domain, err)
	}
	return ascii, nil
}
