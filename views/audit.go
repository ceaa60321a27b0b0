package views

import (
	"fmt"
	"time"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// An AuditModel is what the audit trail's page shows.
type AuditModel struct {
	Page
	Filter  AuditFilter
	Problem string // what is wrong with the filter; may be empty
	Entries []AuditEntry
	After   string // cursor at which this page begins; empty for the newest
	Next    string // cursor of the following page; empty if there is none
}

// An AuditFilter is what entries are filtered by; an empty field matches all.
// The fields hold what was typed, even if it makes no sense.
type AuditFilter struct {
	From, To string // days, 2006-01-02, both included
	Zone     string // of the days, such as Europe/Lisbon; empty for UTC
	Actor    string
	Kind     moderation.ActorKind
	Room     string
	Nick     string
	JID      string
	Action   xmpp.ActionKind
	Outcome  xmpp.Outcome
	Effect   string // id of a ban, a mute or a lock
	Job      string // id
}

// actorLabel names a kind in a word or two.
func actorLabel(kind moderation.ActorKind) string {
	switch kind {
	case moderation.ByOperator:
		return "operator"
	case moderation.ByToken:
		return "API token"
	case moderation.ByAPI:
		return "API"
	case moderation.ByCommand:
		return "command line"
	case moderation.ByItself:
		return "muckick itself"
	case moderation.ByProvider:
		return "identity provider"
	case moderation.ByStranger:
		return "not signed in"
	}
	return string(kind)
}

// An AuditEntry is one action, done or tried.
type AuditEntry struct {
	ID       string
	At       time.Time
	Actor    string // name of the operator or token; empty for the API
	Kind     moderation.ActorKind
	ActorID  string // of the operator or token; names can be used again
	Address  string // where the request came from
	Room     string
	Nick     string
	RealJID  string // empty if not known
	Reason   string
	Action   xmpp.ActionKind
	Effect   string // id of what stayed, or was taken back; empty for none
	Job      string // id of the job whose step it was; empty for none
	Outcome  xmpp.Outcome
	Detail   string        // the error's own words; may be empty
	Duration time.Duration // zero if not known
}

// address is that of a page or export of the entries that the filter matches.
func (f AuditFilter) address(path, after string) string {
	return withQuery(path, "from", f.From, "to", f.To, "zone", f.Zone, "actor", f.Actor, "kind", string(f.Kind), "room", f.Room,
		"nick", f.Nick, "jid", f.JID, "action", string(f.Action),
		"outcome", string(f.Outcome), "effect", f.Effect, "job", f.Job, "after", after)
}

// isEmpty reports whether everything matches.
func (f AuditFilter) isEmpty() bool { return f == AuditFilter{} }

// duration writes how long an action took.
func duration(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(1, d.Milliseconds()))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
