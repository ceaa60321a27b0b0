package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

const (
	// maxAsked bounds the rooms that are asked for the account's rights.
	maxAsked = 25

	// speedRequests are sent at once to find a limit: about 40 kB, which is more
	// than servers let through in one go where they have a limit.
	speedRequests = 250

	// slow is when these took so long that there has to be a limit.
	slow = time.Second
)

// rights asks rooms of the service what the account is in them.
func (c *check) rights(ctx context.Context, service xmpp.Service, rooms []xmpp.Room) {
	step := max(1, (len(rooms)+maxAsked-1)/maxAsked)
	var owner, admin int
	var without, unknown []string
	for i := 0; i < len(rooms); i += step {
		room := rooms[i].JID.String()
		affiliation, err := c.second.Affiliation(ctx, rooms[i].JID)
		switch {
		case err != nil:
			unknown = append(unknown, fmt.Sprintf("%s: %v", room, err))
		case affiliation == xmpp.AffiliationOwner:
			owner++
		case affiliation == xmpp.AffiliationAdmin:
			admin++
		default:
			without = append(without, room)
		}
	}
	asked := owner + admin + len(without)
	total := count(asked, "room")
	switch {
	case asked == 0:
		c.report.problem("no room said what the account may do there")
	case owner == asked:
		c.report.ok("asked %s: the account is an owner of each, as service admins are of every room, so it can kick there (some servers protect other owners)", total)
	case owner+admin > 0:
		c.report.ok("asked %s: the account is an owner of %d and an admin of %d, so it can kick there, except who ranks above it", total, owner, admin)
	}
	if len(without) > 0 {
		c.report.problem(fmt.Sprintf("asked %s: the account is neither owner nor admin of %d, such as %s", total, len(without), without[0]),
			c.adviceKick(ctx, service.Domain)...)
	}
	if len(unknown) > 0 {
		c.report.note(fmt.Sprintf("%s did not say what the account is in them", count(len(unknown), "room")), unknown...)
	}
}

// adviceKick says how the account gets the right to kick on a service that has
// refused it.
func (c *check) adviceKick(ctx context.Context, service string) []string {
	admin, err := c.client.ServiceAdmin(ctx, service)
	switch {
	case err != nil:
		c.report.note(fmt.Sprintf("%s does not say whether the account is an admin of it: %v", service, err))
	case admin:
		return adviceOwnership(service)
	}
	return adviceRights(c.options.JID, service)
}

// speed measures how quickly the server answers what costs it next to nothing.
func (c *check) speed(ctx context.Context, service xmpp.Service) {
	room, err := xmpp.ParseRoom(checkName() + "@" + service.Domain)
	if err != nil {
		c.report.problem("unexpected service: " + err.Error())
		return
	}
	began := time.Now()
	var group errgroup.Group
	for range speedRequests {
		group.Go(func() error {
			_, err := c.client.RoomInfo(ctx, room)
			var missing *xmpp.NoRoomError
			if errors.As(err, &missing) {
				return nil
			}
			return err
		})
	}
	err = group.Wait()
	took := time.Since(began)
	rate := int(speedRequests / took.Seconds())
	switch {
	case err != nil:
		c.report.note(fmt.Sprintf("of %d short questions at once, not all were answered: %v", speedRequests, err), adviceSpeed(c.options.JID)...)
	case took > slow:
		c.report.note(fmt.Sprintf("%d short questions took %.1f s: the server seems to limit the account to about %d a second", speedRequests, took.Seconds(), rate), adviceSpeed(c.options.JID)...)
	default:
		c.report.ok("%d short questions at once were answered in %d ms: no limit in sight", speedRequests, took.Milliseconds())
	}
}

// room enters a room that exists and looks at what can be done there.
func (c *check) room(ctx context.Context, room xmpp.RoomJID) {
	_, err := c.client.Kick(ctx, room, xmpp.Target{Nick: checkName()}, "")
	var join *xmpp.JoinError
	switch {
	case errors.As(err, &join):
		c.report.problem(err.Error(), c.adviceKick(ctx, room.Domain())...)
		return
	case !errors.Is(err, xmpp.ErrNoOccupant):
		c.report.problem(fmt.Sprintf("a kick of a nick that nobody has should find nobody, but: %v", err))
		return
	}
	roster, err := c.client.Occupants(ctx, room)
	if err != nil {
		c.report.problem("entered, but not seen who is there: " + err.Error())
		return
	}
	c.report.ok("entered as %s; a kick of a nick that nobody has found nobody, as it should", roster.Self.Nick)
	if roster.Self.Role != xmpp.RoleModerator {
		c.report.problem(fmt.Sprintf("in the room, the account is %s with the affiliation %s, and not a moderator", roster.Self.Role, roster.Self.Affiliation),
			c.adviceKick(ctx, room.Domain())...)
		return
	}
	var outranked []string
	for _, occupant := range roster.Occupants {
		if occupant.Obstacle == xmpp.ObstacleOutranked {
			outranked = append(outranked, occupant.Nick)
		}
	}
	c.report.ok("in the room, the account is a moderator with the affiliation %s: it can kick", roster.Self.Affiliation)
	if len(outranked) > 0 {
		c.report.note(fmt.Sprintf("out of its reach are %s, who rank above it", strings.Join(outranked, ", ")))
	}
}
