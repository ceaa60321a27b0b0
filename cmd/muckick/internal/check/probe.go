package check

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"muckick/xmpp"
	"muckick/xmpp/probe"
)

// checkName returns a name that nobody has.
func checkName() string { return "muckick-check-" + strings.ToLower(rand.Text()[:16]) }

// probe tries a kick in a room of its own. Nobody else can find the room, and it
// ends with the second session.
func (c *check) probe(ctx context.Context, service xmpp.Service) {
	room, err := xmpp.ParseRoom(checkName() + "@" + service.Domain)
	if err != nil {
		c.report.problem("unexpected service: " + err.Error())
		return
	}
	victim := "victim"
	if err := c.second.CreateHidden(ctx, room, victim); err != nil {
		c.report.problem(fmt.Sprintf("no room could be made to try a kick in: %v", err),
			"A kick needs no such room; \"muckick check --room ROOM\" tries one that exists.")
		return
	}
	if !c.probeRights(ctx, service, room) {
		return
	}
	_, err = c.client.Kick(ctx, room, xmpp.Target{Nick: victim}, "muckick check")
	var refusal *xmpp.RefusedError
	switch {
	case err == nil:
		c.report.ok("probe: a second session of the account was kicked, and the room confirmed it")
	case errors.As(err, &refusal) && refusal.Obstacle == xmpp.ObstacleOutranked:
		c.report.ok("probe: the account entered the room as a moderator")
		c.report.note("probe: no kick was tried out, since this server protects owners from each other, and so the account from itself")
	default:
		c.report.problem(fmt.Sprintf("probe: a second session of the account was not kicked: %v", err))
	}
}

// probeRights makes the room somebody else's and reports whether the account has
// its rights there all the same.
func (c *check) probeRights(ctx context.Context, service xmpp.Service, room xmpp.RoomJID) bool {
	_, domain, _ := strings.Cut(c.options.JID, "@")
	heir := checkName() + "@" + domain
	if err := c.second.SetAffiliation(ctx, room, heir, xmpp.AffiliationOwner); err != nil {
		c.report.problem(fmt.Sprintf("probe: the room could not be given to another owner: %v", err))
		return false
	}
	// A service admin owns the room whatever the room says of it, so servers
	// refuse this to one.
	err := c.second.SetAffiliation(ctx, room, c.options.JID, xmpp.AffiliationNone)
	if err != nil && !probe.Answered(err) {
		c.report.problem(fmt.Sprintf("probe: it is not known whether the room was given away: %v", err))
		return false
	}
	affiliation, err := c.second.Affiliation(ctx, room)
	switch {
	case err != nil:
		c.report.problem(fmt.Sprintf("probe: the room does not say what the account is in it: %v", err))
		return false
	case affiliation != xmpp.AffiliationOwner:
		c.report.problem("probe: in a room that it gave away, the account has no rights, so it does not own every room of the service",
			c.adviceKick(ctx, service.Domain)...)
		return false
	}
	c.report.ok("probe: the account owns even a room that it gave away, as only service admins do: it can kick in every room")
	return true
}
