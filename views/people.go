package views

import (
	"net/url"
	"slices"
	"time"

	"muckick/xmpp"
)

// A PeopleModel is what the search over people shows.
type PeopleModel struct {
	Page
	Query  string // as typed; empty before the first search
	People []xmpp.Person
	More   bool // there are more than are shown
}

// A PersonModel is what the page of a person shows: an account over all rooms.
type PersonModel struct {
	Page
	Account     string
	Occupancies []PersonOccupancy // where they are, then where they were lately
	Unseen      int               // rooms that muckick is not in, so that it does not know
	Standing    []EffectEntry     // on them
	Bars        []BarEntry        // where they are kept out
	Exempt      []ExemptEntry     // that the account is on
	Done        []AuditEntry      // to them, the newest first
	MoreDone    bool
	Results     []RoomResult // of what was just done, by room
	Reasons     []string
	Durations   []time.Duration
}

// A PersonOccupancy is a stay of a person in a room, and what may be done about it.
type PersonOccupancy struct {
	xmpp.Occupancy
	May MayIn
}

// MayIn says what an operator may do to people in a room.
type MayIn struct{ Kick, Ban bool }

// A RoomResult says what became of an action in one of several rooms.
type RoomResult struct {
	Room   string // address
	Result Result
}

// LookedInto says how a look into rooms ended.
func LookedInto(rooms, failed int) Message {
	m := Message{Tone: ToneGood, Title: "Looked into " + count(rooms-failed, "room", "rooms")}
	if failed > 0 {
		m.Tone, m.Text = ToneWarn, count(failed, "room was", "rooms were")+" not seen: who is there is not shown to somebody outside, or did not come in time."
	}
	return m
}

// PersonPath is the address of a person's page, or of something below it.
func PersonPath(account string, below ...string) string {
	p := "/people/" + url.PathEscape(account)
	for _, b := range below {
		p += "/" + b
	}
	return p
}

// present returns where they are now.
func (m PersonModel) present() []xmpp.Occupancy {
	var present []xmpp.Occupancy
	for _, o := range m.Occupancies {
		if o.Left.IsZero() {
			present = append(present, o.Occupancy)
		}
	}
	return present
}

// mayAct reports whether there is a room in which anything may be done.
func (m PersonModel) mayAct() bool {
	for _, o := range m.Occupancies {
		if o.May.Kick || o.May.Ban {
			return true
		}
	}
	return false
}

// mayBan reports whether there is a room in which they may be banned.
func (m PersonModel) mayBan() bool {
	return slices.ContainsFunc(m.Occupancies, func(o PersonOccupancy) bool { return o.May.Ban })
}

// message is a result with its room.
func (r RoomResult) message() Message {
	m := r.Result.Message()
	m.Subject = r.Room
	return m
}
