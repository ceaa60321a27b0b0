package views

import (
	"cmp"
	"net/url"
	"strconv"
	"time"

	"muckick/xmpp"
)

const (
	// ArrivalsShown is how many arrivals the page lists.
	ArrivalsShown = 500

	// ArrivalGroupsShown is how many groups the page lists, and GroupArrivalsShown
	// how many arrivals of each.
	ArrivalGroupsShown = 30
	GroupArrivalsShown = 20
)

// An ArrivalOrder is how the page of arrivals shows them.
type ArrivalOrder string

// The orders.
const (
	ArrivalsInTime   ArrivalOrder = ""       // the newest first
	ArrivalsByDomain ArrivalOrder = "domain" // grouped by the domain of the account
	ArrivalsByName   ArrivalOrder = "names"  // grouped by likeness of nicks and accounts
)

// An ArrivalsFilter says which arrivals are wanted. Zero fields allow all.
type ArrivalsFilter struct {
	By    ArrivalOrder
	Query string // part of a nick or an account
	Room  string // address
	New   bool   // only those of new accounts
	Since time.Time
}

// values are the filter as a query.
func (f ArrivalsFilter) values() url.Values {
	q := make(url.Values)
	for _, pair := range [][2]string{{"by", string(f.By)}, {"q", f.Query}, {"room", f.Room}} {
		if pair[1] != "" {
			q.Set(pair[0], pair[1])
		}
	}
	if f.New {
		q.Set("new", "yes")
	}
	if !f.Since.IsZero() {
		q.Set("since", f.Since.UTC().Format(time.RFC3339Nano))
	}
	return q
}

// Path is the address of the page with the filter.
func (f ArrivalsFilter) Path() string {
	if q := f.values().Encode(); q != "" {
		return "/arrivals?" + q
	}
	return "/arrivals"
}

// EventsPath is the address of the events that follow an arrival.
func (f ArrivalsFilter) EventsPath(epoch string, after uint64) string {
	q := f.values()
	q.Set("epoch", epoch)
	q.Set("after", strconv.FormatUint(after, 10))
	return "/arrivals/events?" + q.Encode()
}

// in returns the filter with another order.
func (f ArrivalsFilter) in(order ArrivalOrder) ArrivalsFilter {
	f.By = order
	return f
}

// everything returns the filter's order without what it leaves out.
func (f ArrivalsFilter) everything() ArrivalsFilter { return ArrivalsFilter{By: f.By} }

// An ArrivalsModel is what the page of arrivals shows.
type ArrivalsModel struct {
	Page
	Filter    ArrivalsFilter
	List      ArrivalsList
	Unwatched Unwatched
	MayAct    bool // in any room
	Rehearse  bool // a raid can be started, as in a demonstration
	Reasons   []string
	Durations []time.Duration
}

// An ArrivalsList is the part of the page that moves.
type ArrivalsList struct {
	By     ArrivalOrder
	Epoch  string // of this process, whose arrivals are numbered
	Last   uint64 // number of the latest arrival that was looked at
	Total  int    // arrivals that match, of those that are remembered
	Rows   []ArrivalRow
	Groups []ArrivalGroup
	Others int // groups that are not shown
}

// An ArrivalRow is one arrival.
type ArrivalRow struct {
	xmpp.Arrival
	MayAct bool // in this room
}

// An ArrivalGroup is arrivals that have something in common.
type ArrivalGroup struct {
	Label  string // from the network; empty where the accounts are hidden
	Member uint64 // number of its first arrival, by which it is found again
	People int
	New    int
	Total  int          // arrivals
	Rooms  int          // that they came into
	Rows   []ArrivalRow // the newest ones
	MayAct bool         // in one of the rooms
}

// NewArrivals are arrivals that a page adds to its list, the newest first. They are
// the data of an "arrived" event.
type NewArrivals struct {
	Rows    []ArrivalRow
	Skipped int    // others that came at the same time and are not shown
	Missed  uint64 // arrivals that nobody looked at, so that it is not known whether they match
}

// Unwatched says which rooms nobody's arrival is seen in.
type Unwatched struct {
	Rooms    []string // addresses, of listed rooms, as many as are named
	More     int      // others
	Watched  int      // rooms that are watched
	Scope    xmpp.WatchScope
	Problem  string // why it is not known, or not all of it; may be empty
	Entering int    // rooms that are still to be entered, while all are to be watched; 0 if that is not for the reader
}

// pick is the value of a tick: what a plan needs to know of somebody.
func (r ArrivalRow) pick() string {
	o := r.Occupant
	q := url.Values{"muc": {r.Room.String()}, "nickname": {o.Nick}}
	if o.RealJID != "" {
		q.Set("jid", o.RealJID)
	}
	if o.OccupantID != "" {
		q.Set("occupant_id", o.OccupantID)
	}
	if !o.Since.IsZero() {
		q.Set("since", o.Since.UTC().Format(time.RFC3339Nano))
	}
	return q.Encode()
}

// account is who came; empty where the room hides it.
func (r ArrivalRow) account() string { return r.Occupant.Account() }

// title names a group.
func (g ArrivalGroup) title() string { return cmp.Or(g.Label, "hidden accounts") }

// summary counts a group.
func (g ArrivalGroup) summary() string {
	s := count(g.People, "person", "people") + ", " + number(g.New) + " new, in " + count(g.Rooms, "room", "rooms")
	if g.Total > g.People {
		s += ", came " + number(g.Total) + " times"
	}
	return s
}

// summary says how many arrivals there are.
func (l ArrivalsList) summary() string {
	s := count(l.Total, "arrival", "arrivals")
	switch {
	case l.By != ArrivalsInTime && l.Others > 0:
		s += ", in " + number(len(l.Groups)+l.Others) + " groups, of which the largest " + number(len(l.Groups)) + " are shown"
	case l.By == ArrivalsInTime && l.Total > len(l.Rows):
		s += ", of which the newest " + number(len(l.Rows)) + " are shown"
	}
	return s
}

// empty says why there are no arrivals.
func (m ArrivalsModel) empty() string {
	if m.Filter.everything() != m.Filter {
		return "Nobody who came lately matches."
	}
	return "Nobody has come into a room since muckick began to watch."
}
