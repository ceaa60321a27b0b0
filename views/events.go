package views

import (
	"strconv"
	"time"

	"muckick/web/moderation"
)

// An EventsModel is what the page of sign-ins and changes shows.
type EventsModel struct {
	Page
	Filter  EventsFilter
	Kinds   []string // of events, in the order in which they are offered
	Problem string   // what is wrong with the filter; may be empty
	Entries []EventEntry
	After   string // cursor at which this page begins; empty for the newest
	Next    string // cursor of the following page; empty if there is none
}

// An EventsFilter is what events are filtered by; an empty field matches all.
// The fields hold what was typed, even if it makes no sense.
type EventsFilter struct {
	From, To string // days, 2006-01-02, both included
	Zone     string // of the days, such as Europe/Lisbon; empty for UTC
	Kind     string
	Actor    string // who did it
	Subject  string // the operator or token that it was done to
}

// An EventEntry is something that happened besides kicks.
type EventEntry struct {
	ID        string
	At        time.Time
	Kind      string // in words
	Suspect   bool   // somebody was refused, who may be a stranger
	Actor     string // name of the operator or token; empty for nobody that is known
	ActorKind moderation.ActorKind
	ActorID   string
	Address   string // where it came from; empty at the command line
	Subject   string
	SubjectID string
	Detail    string
	Count     int // how many such events the entry stands for
}

// address is that of a page or export of the events that the filter matches.
func (f EventsFilter) address(path, after string) string {
	return withQuery(path, "from", f.From, "to", f.To, "zone", f.Zone, "kind", f.Kind, "actor", f.Actor, "subject", f.Subject,
		"after", after)
}

// isEmpty reports whether everything matches.
func (f EventsFilter) isEmpty() bool { return f == EventsFilter{} }

// tone is the weight of an event.
func (e EventEntry) tone() Tone {
	if e.Suspect {
		return ToneWarn
	}
	return ""
}

// times says how many events an entry stands for, if that is not one.
func (e EventEntry) times() string {
	if e.Count <= 1 {
		return ""
	}
	return strconv.Itoa(e.Count) + " times"
}
