package views

import (
	"slices"
	"time"

	"muckick/xmpp"
)

// A RoomModel is what a room's page shows.
//
// Its events have to begin where Occupants end. If Filter left any occupant
// out, they have to begin with a reset, because the script filters by itself
// and needs the whole list.
type RoomModel struct {
	Page
	Header    RoomHeaderModel
	Occupants []xmpp.Occupant // in their Order
	Filter    string          // what the occupants were filtered by; may be empty
	Order     OccupantOrder
	Total     int             // occupants before the filter
	Reasons   []string        // that are offered for an action
	Durations []time.Duration // that are offered for one with an end
	Notes     Notes           // beside occupants, as far as the reader may know them
	Now       time.Time       // by muckick's clock, when the page was made
}

// RoomHeaderModel is what is said of a room as a whole.
type RoomHeaderModel struct {
	Info      xmpp.RoomInfo
	Address   string // of the room
	Occupants int    // as many as are known of; -1 if not known
	Ready     Readiness
	// How the list of occupants came about.
	AsOf    time.Time // when it was last known to be right
	Live    bool      // presence keeps it up to date
	Sources []xmpp.Source
	Gaps    []xmpp.Gap

	Locks []EffectEntry // those of ours that stand

	Mute xmpp.MuteEffect // zero if not known
	Ban  xmpp.Obstacle   // why nobody can be banned here
	Lock xmpp.Obstacle   // why the room cannot be locked
}

// Readiness says whether muckick can moderate a room, and if not, why.
type Readiness struct {
	// Entering is set while muckick is on its way into the room, and it cannot
	// be told yet; the other fields do not count then.
	Entering bool
	Obstacle xmpp.Obstacle // ObstacleNone if it can
	Account  string        // muckick's JID, named in what has to change
	Detail   string        // the error's own words; may be empty
	// AdminOf is the room's service if muckick is an admin of it, and yet no owner
	// of the room: one setting of the service changes that.
	AdminOf string
}

// clampedNick is how many bytes a nick may have before a row is likely to show
// only its beginning.
const clampedNick = 40

// address is that of the page in an order.
func (m RoomModel) address(order OccupantOrder) string {
	return withQuery(roomPath(m.Header.Address), "filter", m.Filter, "sort", order.query())
}

// shown says how much of the list is on the page.
func (m RoomModel) shown() string {
	if m.Filter == "" {
		return count(m.Total, "listed", "listed")
	}
	return number(len(m.Occupants)) + " of " + count(m.Total, "listed", "listed")
}

// rowsInBlock is size in static/blocks.js.
const rowsInBlock = 50

// inBlocks divides the list as its table is. An empty list has an empty block, since
// an event without data is none.
func inBlocks(occupants []xmpp.Occupant) [][]xmpp.Occupant {
	if len(occupants) == 0 {
		return [][]xmpp.Occupant{nil}
	}
	return slices.Collect(slices.Chunk(occupants, rowsInBlock))
}

// traits are the room's settings that matter to a moderator.
func traits(i xmpp.RoomInfo) []string {
	var out []string
	for _, t := range []struct {
		is   bool
		text string
	}{
		{i.Hidden, "hidden"},
		{i.MembersOnly, "members only"},
		{i.Moderated, "moderated"},
		{i.PasswordProtected, "password"},
		{i.NonAnonymous, "JIDs visible to all"},
	} {
		if t.is {
			out = append(out, t.text)
		}
	}
	return out
}
