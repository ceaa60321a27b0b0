package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/xmpp"
)

// The fields of the panel's form of a kick. The last three say what the page
// showed of the person when the moderator decided, and are empty where it showed
// nothing.
const (
	formRoom       = "muc"
	formNick       = "nickname"
	formReason     = "reason"
	formRealJID    = "jid"
	formOccupantID = "occupant_id"
	formSince      = "since" // RFC 3339, with all digits of [xmpp.Occupant.Since]; empty if they were there before muckick
)

// readKickForm reads the panel's form.
func readKickForm(c *fiber.Ctx) (kickRequest, error) {
	k := kickRequest{
		room:   c.FormValue(formRoom),
		reason: c.FormValue(formReason),
		target: xmpp.Target{
			Nick: c.FormValue(formNick), RealJID: c.FormValue(formRealJID), OccupantID: c.FormValue(formOccupantID),
		},
	}
	var err error
	if c.Request().PostArgs().Has(formSince) {
		k.target, err = dated(k.target, c.FormValue(formSince))
	}
	return k, err
}

// dated adds to a target since when they are there, as a page showed it: nothing if
// they were there before muckick.
func dated(target xmpp.Target, since string) (xmpp.Target, error) {
	if since == "" {
		target.Before = true
		return target, nil
	}
	var err error
	if target.Since, err = time.Parse(time.RFC3339Nano, since); err != nil {
		return target, fieldError{formSince, "is no time"}
	}
	return target, nil
}
