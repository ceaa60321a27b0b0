package mucserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

const defaultOutboundLimit = 16 << 20

// Options configure a [Server]. The zero value of every field but Domain is
// usable.
type Options struct {
	// Domain is the host that accounts live on, such as "example.org".
	Domain string
	// Services are the domains of the multi-user chat services. Without any,
	// there is one, named "conference." and the Domain.
	Services []string
	// Accounts maps user names (the part before the @) to passwords.
	Accounts map[string]string
	// Admins are the user names of service administrators: they are owners of
	// every room and enter it whatever its password, members or size.
	Admins []string
	// GuestPassword, unless empty, lets everybody log in with it under any name
	// that is not in Accounts.
	GuestPassword string
	// TLS, unless nil, makes StartTLS available, and mandatory unless TLSOptional
	// is set, on connections that are not already encrypted. With nil, clients
	// log in unencrypted, which suits the loopback interface only.
	TLS *tls.Config
	// TLSOptional leaves it to clients whether they use StartTLS: they may then
	// send their passwords unencrypted.
	TLSOptional bool
	// Dialect is what the server does as some other server does it.
	Dialect
	// OutboundLimit is the number of bytes that may wait for a slow client
	// before it is disconnected; 16 MiB by default.
	OutboundLimit int
	// Intercept, unless nil, is called for every stanza that arrives, in the
	// goroutine of the session that sent it. The stanza is counted, but neither
	// handled nor answered, when Intercept returns true.
	Intercept func(Stanza) (drop bool)
	// Logger receives what happens to sessions; by default nothing is logged.
	Logger *slog.Logger
	// Now is the clock for time stamps; [time.Now] by default.
	Now func() time.Time
}

// withDefaults returns o with its empty fields filled in and its domains in
// lower case, or an error that names every field that cannot be used.
func (o Options) withDefaults() (Options, error) {
	var faults []error
	domain, ok := normalizeDomain(o.Domain)
	if !ok {
		faults = append(faults, fmt.Errorf("domain %q is not a host name", o.Domain))
	}
	o.Domain = domain

	services := make([]string, 0, len(o.Services)+1)
	for _, service := range o.Services {
		name, ok := normalizeDomain(service)
		if !ok || name == o.Domain {
			faults = append(faults, fmt.Errorf("service %q is not a host name of its own", service))
			continue
		}
		services = append(services, name)
	}
	if len(o.Services) == 0 {
		services = append(services, "conference."+o.Domain)
	}
	o.Services = services

	if o.OutboundLimit <= 0 {
		o.OutboundLimit = defaultOutboundLimit
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, errors.Join(faults...)
}

func normalizeDomain(name string) (string, bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return name, name != "" && !strings.ContainsAny(name, "@/ \t\r\n<>&'\"")
}
