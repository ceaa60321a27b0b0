package main

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"mellium.im/xmpp/stanza"

	"muckick/xmpp"
)

// roomForm is a submitted room configuration (XEP-0045 §10.1.3).
type roomForm struct {
	XMLName xml.Name    `xml:"jabber:x:data x"`
	Type    string      `xml:"type,attr"`
	Fields  []formField `xml:"field"`
}

type formField struct {
	Var   string `xml:"var,attr"`
	Value string `xml:"value"`
}

// hiddenRoom configures a room that is not listed and ends when it is empty.
func hiddenRoom() ownerQuery {
	return ownerQuery{Form: &roomForm{Type: "submit", Fields: []formField{
		{"FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig"},
		{"muc#roomconfig_publicroom", "0"},
		{"muc#roomconfig_persistentroom", "0"},
	}}}
}

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
	if err := c.openProbe(ctx, room, victim); err != nil {
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

// openProbe makes the hidden room and enters it.
func (c *check) openProbe(ctx context.Context, room xmpp.RoomJID, nick string) error {
	entered, err := c.second.enter(ctx, room.String(), nick)
	switch {
	case err != nil:
		return err
	case !entered.has(roomCreated):
		return errors.New("the server did not make a new one")
	}
	if err := c.second.ask(ctx, room.String(), stanza.SetIQ, hiddenRoom()); err != nil {
		return fmt.Errorf("configure it: %w", err)
	}
	return nil
}

// probeRights makes the room somebody else's and reports whether the account has
// its rights there all the same.
func (c *check) probeRights(ctx context.Context, service xmpp.Service, room xmpp.RoomJID) bool {
	_, domain, _ := strings.Cut(c.options.JID, "@")
	heir := checkName() + "@" + domain
	if err := c.second.ask(ctx, room.String(), stanza.SetIQ, affiliationQuery(xmpp.AffiliationOwner, heir)); err != nil {
		c.report.problem(fmt.Sprintf("probe: the room could not be given to another owner: %v", err))
		return false
	}
	// A service admin owns the room whatever the room says of it, so servers
	// refuse this to one.
	err := c.second.ask(ctx, room.String(), stanza.SetIQ, affiliationQuery(xmpp.AffiliationNone, c.options.JID))
	var answer stanza.Error
	if err != nil && !errors.As(err, &answer) {
		c.report.problem(fmt.Sprintf("probe: it is not known whether the room was given away: %v", err))
		return false
	}
	affiliation, err := c.second.affiliation(ctx, room.String())
	switch {
	case err != nil:
		c.report.problem(fmt.Sprintf("probe: the room does not say what the account is in it: %v", err))
		return false
	case affiliation != xmpp.AffiliationOwner:
		c.report.problem("probe: in a room that it gave away, the account has no rights, so it is not an admin of the service",
			adviceRights(c.options.JID, service.Domain)...)
		return false
	}
	c.report.ok("probe: the account owns even a room that it gave away, as only service admins do: it can kick in every room")
	return true
}
