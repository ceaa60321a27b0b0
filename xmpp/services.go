package xmpp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"
)

const (
	// servicesFresh is how long the list of services counts as true.
	servicesFresh = 5 * time.Minute

	// servicesRetry is how old the list has to be before an unknown host makes
	// us ask again: a service may have come up since.
	servicesRetry = 5 * time.Second

	// maxHosts bounds how many of a server's items are asked what they are.
	maxHosts = 200
)

// services knows the MUC services that are served: the configured ones, or
// those that the account's own server lists. Nothing is ever sent to any other
// host, so nobody can use muckick to make the server call strangers.
type services struct {
	stream     *stream
	configured []string
	flight     singleflight.Group

	mu     sync.Mutex
	hosts  map[string]host // everything known of the server's items
	admin  map[string]bool // services that say that we are their admin
	loaded time.Time
	behind bool // a refresh that nobody waits for is under way
}

// A host is an item of the server: a MUC service, something else, or an item
// that did not say what it is.
type host struct {
	service *Service
	err     error
}

func newServices(s *stream, configured []string) *services {
	return &services{stream: s, configured: configured, hosts: make(map[string]host), admin: make(map[string]bool)}
}

// check returns nil if domain is a MUC service that we serve, and otherwise a
// [NoHostError], a [NoServiceError], or why it could not be found out.
func (s *services) check(ctx context.Context, domain string) error {
	h, known, fresh := s.known(domain)
	switch {
	case known && h.service != nil && !fresh:
		// Kicks do not wait for hosts that take their time to say what they are.
		s.refreshBehind()
	case !known || h.err != nil || !fresh:
		if err := s.refresh(ctx, servicesRetry); err != nil {
			return fmt.Errorf("find the MUC services: %w", err)
		}
		h, known, _ = s.known(domain)
	}
	switch {
	case !known:
		return &NoHostError{Host: domain}
	case h.err != nil:
		return fmt.Errorf("find out what %s is: %w", domain, h.err)
	case h.service == nil:
		return &NoServiceError{Host: domain}
	}
	return nil
}

// list returns the services, sorted by domain.
func (s *services) list(ctx context.Context) ([]Service, error) {
	if err := s.refresh(ctx, servicesFresh); err != nil {
		return nil, fmt.Errorf("find the MUC services: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Service
	var failures []error
	for domain, h := range s.hosts {
		switch {
		case h.err != nil:
			failures = append(failures, fmt.Errorf("find out what %s is: %w", domain, h.err))
		case h.service != nil:
			list = append(list, *h.service)
		}
	}
	if len(list) == 0 && len(failures) > 0 {
		return nil, errors.Join(failures...)
	}
	slices.SortFunc(list, func(a, b Service) int { return cmp.Compare(a.Domain, b.Domain) })
	return list, nil
}

// known returns what the last list says of a host, and whether that is fresh.
func (s *services) known(domain string) (h host, known, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, known = s.hosts[domain]
	return h, known, s.stream.options.Now().Sub(s.loaded) <= servicesFresh
}

// refresh asks the server again if the list is older than age. Callers that
// come meanwhile share one answer, and the one who gives up harms nobody.
func (s *services) refresh(ctx context.Context, age time.Duration) error {
	s.mu.Lock()
	old := s.stream.options.Now().Sub(s.loaded) > age
	s.mu.Unlock()
	if !old {
		return nil
	}
	result := s.flight.DoChan("", func() (any, error) { return nil, s.load(s.stream.alive) })
	select {
	case <-ctx.Done():
		return ErrNotSent
	case r := <-result:
		return r.Err
	}
}

// refreshBehind refreshes the list without waiting for it. An error concerns
// nobody: the old list goes on, and the next check tries again.
func (s *services) refreshBehind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind {
		return
	}
	s.behind = s.stream.begin(func() {
		_ = s.refresh(s.stream.alive, servicesFresh)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.behind = false
	})
}

func (s *services) load(ctx context.Context) error {
	domains, err := s.candidates(ctx)
	if err != nil {
		return err
	}
	hosts := map[string]host{s.stream.domain: {}}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(16)
	for _, domain := range domains {
		group.Go(func() error {
			h := s.identify(ctx, domain)
			mu.Lock()
			defer mu.Unlock()
			hosts[domain] = h
			return nil
		})
	}
	_ = group.Wait() // what failed is noted with its host
	s.mu.Lock()
	defer s.mu.Unlock()
	for domain, h := range hosts {
		// A service that is slow to say what it is goes on being one.
		if known := s.hosts[domain]; h.err != nil && known.service != nil {
			hosts[domain] = known
		}
	}
	s.hosts, s.loaded = hosts, s.stream.options.Now()
	return nil
}

// candidates returns the hosts to ask what they are.
func (s *services) candidates(ctx context.Context) ([]string, error) {
	if len(s.configured) > 0 {
		return s.configured, nil
	}
	items, err := s.stream.items(ctx, s.stream.domain)
	if err != nil {
		return nil, err
	}
	var domains []string
	for _, item := range items {
		// Items with a local part are accounts or nodes, not services.
		if probe, err := ParseRoom("x@" + item.JID); err == nil && len(domains) < maxHosts {
			domains = append(domains, probe.Domain())
		}
	}
	return domains, nil
}

func (s *services) identify(ctx context.Context, domain string) host {
	info, err := s.stream.info(ctx, domain)
	switch {
	case err != nil:
		return host{err: err}
	case info.isMUC():
		if info.has(nsCommands) {
			s.learnAdmin(domain)
		}
		return host{service: &Service{Domain: domain, Name: info.name()}}
	}
	return host{}
}
