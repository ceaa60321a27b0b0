package xmpp_test

import (
	"testing"

	"muckick/xmpp"
)

// follow collects updates until ok is true of the list they make.
func follow(t *testing.T, w *xmpp.Watch, list map[string]xmpp.Occupant, what string, ok func(xmpp.Update) bool) {
	t.Helper()
	ctx := testContext(t)
	for {
		u, err := w.Next(ctx)
		if err != nil {
			t.Fatalf("waiting for %s: %v; list: %v", what, err, list)
		}
		if u.Reset {
			clear(list)
			for _, occupant := range u.Roster.Occupants {
				list[occupant.Nick] = occupant
			}
		}
		for _, occupant := range u.Changed {
			list[occupant.Nick] = occupant
		}
		for _, nick := range u.Gone {
			delete(list, nick)
		}
		if ok(u) {
			return
		}
	}
}

// occupant returns who bears the nick in the room.
func occupant(t *testing.T, c *xmpp.Client, room xmpp.RoomJID, nick string) xmpp.Occupant {
	t.Helper()
	var found xmpp.Occupant
	eventually(t, nick+" on the list", func() bool {
		roster, err := c.Occupants(testContext(t), room)
		if err != nil {
			t.Fatal(err)
		}
		for _, occupant := range roster.Occupants {
			if found = occupant; found.Nick == nick {
				return true
			}
		}
		return false
	})
	return found
}

// targetOf returns what a moderator who looks at the occupant means.
func targetOf(o xmpp.Occupant) xmpp.Target {
	return xmpp.Target{Nick: o.Nick, RealJID: o.RealJID, OccupantID: o.OccupantID, Since: o.Since}
}

func nicksOf(roster xmpp.Roster) []string {
	var nicks []string
	for _, occupant := range roster.Occupants {
		nicks = append(nicks, occupant.Nick)
	}
	return nicks
}
