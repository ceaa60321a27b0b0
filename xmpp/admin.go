package xmpp

import (
	"context"
	"errors"
)

// setAffiliationCommand is the node of a command that Prosody's MUC services
// offer to their admins alone (XEP-0050 §2.2). It is only looked for.
const setAffiliationCommand = "http://prosody.im/protocol/muc#set-affiliation"

// ServiceAdmin reports whether the service says that the account is an admin of
// it, as Prosody does. Others keep that to themselves, so false means nothing.
// From version 13 on Prosody's admins own no rooms unless the service has
// component_admins_as_room_owners = true.
func (c *Client) ServiceAdmin(ctx context.Context, service string) (bool, error) {
	s := c.current()
	if s == nil {
		return false, ErrOffline
	}
	if err := s.services.check(ctx, service); err != nil {
		return false, err
	}
	return s.isAdmin(ctx, service)
}

// isAdmin asks a service whether it offers us the commands of its admins.
func (s *stream) isAdmin(ctx context.Context, service string) (bool, error) {
	query := itemsQuery(nil)
	query.Node = nsCommands
	var answer struct {
		Query struct {
			Items []struct {
				Node string `xml:"node,attr"`
			} `xml:"item"`
		} `xml:"http://jabber.org/protocol/disco#items query"`
	}
	err := s.ask(ctx, service, "get", query, &answer)
	if errors.As(err, new(*StanzaError)) {
		return false, nil // it has no commands
	}
	if err != nil {
		return false, err
	}
	for _, item := range answer.Query.Items {
		if item.Node == setAffiliationCommand {
			return true, nil
		}
	}
	return false, nil
}

// learnAdmin finds out for rosters whether we are an admin of the service.
// Nobody waits for it, and an error leaves what was known.
func (s *services) learnAdmin(service string) {
	s.stream.begin(func() {
		admin, err := s.stream.isAdmin(s.stream.alive, service)
		if err != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.admin[service] = admin
	})
}

// isAdmin reports whether we are known to be an admin of the service.
func (s *services) isAdmin(service string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.admin[service]
}
