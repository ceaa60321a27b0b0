package xmpp

import (
	"context"
	"encoding/xml"
	"errors"
	"strings"
	"unicode/utf8"
)

// Software is what a server runs, as it says itself (XEP-0092). It is zero where
// the server does not say. It is from the network, so hostile.
type Software struct {
	Name    string // such as Prosody or ejabberd
	Version string // may be empty
}

// Software returns what software a MUC service runs.
func (c *Client) Software(ctx context.Context, service string) (Software, error) {
	s := c.current()
	if s == nil {
		return Software{}, ErrOffline
	}
	if err := s.services.check(ctx, service); err != nil {
		return Software{}, err
	}
	return s.softwareOf(ctx, service)
}

// softwareOf asks a MUC service for its software, once for each stream. Services
// often leave that to the server that they are part of.
func (s *stream) softwareOf(ctx context.Context, service string) (Software, error) {
	s.mu.Lock()
	known, asked := s.software[service]
	s.mu.Unlock()
	if asked {
		return known, nil
	}
	software, err := s.version(ctx, service)
	if err == nil && software.Name == "" && s.isPart(service) {
		if software, err = s.version(ctx, s.domain); err == nil && software.Name == "" {
			software, err = s.serverName(ctx)
		}
	}
	if err != nil {
		return Software{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.software[service] = software
	return software, nil
}

// isPart reports whether a service is part of our account's server, as far as its
// name tells.
func (s *stream) isPart(service string) bool { return strings.HasSuffix(service, "."+s.domain) }

// version asks an entity for its software. One that does not say has none.
func (s *stream) version(ctx context.Context, entity string) (Software, error) {
	var answer struct {
		Query struct {
			Name    string `xml:"name"`
			Version string `xml:"version"`
		} `xml:"jabber:iq:version query"`
	}
	err := s.ask(ctx, entity, "get", versionQuery{}, &answer)
	if errors.As(err, new(*StanzaError)) {
		return Software{}, nil
	}
	return Software{Name: cutShort(answer.Query.Name), Version: cutShort(answer.Query.Version)}, err
}

// serverName returns the name by which our server calls itself (XEP-0030 §3.1).
func (s *stream) serverName(ctx context.Context) (Software, error) {
	info, err := s.info(ctx, s.domain)
	if errors.As(err, new(*StanzaError)) {
		return Software{}, nil
	}
	if err != nil {
		return Software{}, err
	}
	for _, id := range info.Identities {
		if id.Category == "server" {
			return Software{Name: cutShort(id.Name)}, nil
		}
	}
	return Software{}, nil
}

// cutShort returns the beginning of a text that somebody claims to be a name.
func cutShort(name string) string {
	const most = 100
	if len(name) <= most {
		return name
	}
	end := most
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

type versionQuery struct {
	XMLName xml.Name `xml:"jabber:iq:version query"`
}
