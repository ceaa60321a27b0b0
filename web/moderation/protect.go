package moderation

import (
	"context"
	"errors"
	"time"

	"muckick/xmpp"
)

// A Protection is why a plan leaves somebody alone.
type Protection string

// The protections. They are ours, whatever the chat server would allow.
const (
	ProtectedOurs      Protection = "ours"      // an occupant or the account of muckick
	ProtectedOwner     Protection = "owner"     // of the room
	ProtectedAdmin     Protection = "admin"     // of the room
	ProtectedModerator Protection = "moderator" // unless they alone are named
	ProtectedMember    Protection = "member"    // unless they alone are named, or members are asked for
	ProtectedExempt    Protection = "exempt"    // on the exempt list
	ProtectedUnknown   Protection = "unknown"   // the room does not tell their role, so they may be anybody
)

// An Exemption keeps accounts out of every plan.
type Exemption struct {
	ID      string
	Account Glob  // of bare JIDs
	Scope   Scope // where it counts
	Why     string
	By      Actor
	At      time.Time
}

// ErrNoExemption means that the exempt list has no such entry.
var ErrNoExemption = errors.New("the exempt list has no such entry")

// maxExemptions bounds the exempt list, which every plan looks through.
const maxExemptions = 1000

// Exemptions keeps the exempt list.
type Exemptions interface {
	AddExemption(ctx context.Context, e Exemption) (Exemption, error) // with its id
	RemoveExemption(ctx context.Context, id string) error             // ErrNoExemption
	Exemptions(ctx context.Context) ([]Exemption, error)              // the newest first
}

// exemption returns the entry of the list that an account is on.
func exemption(list []Exemption, room xmpp.RoomJID, jid string) (Exemption, bool) {
	if jid == "" {
		return Exemption{}, false
	}
	account := AccountKey(jid)
	for _, entry := range list {
		if entry.Scope.Covers(room) && entry.Account.match(account) {
			return entry, true
		}
	}
	return Exemption{}, false
}

// protection returns why an occupant is left alone, or nothing. named means that
// they alone are meant, and members that members are asked for.
func protection(o xmpp.Occupant, named, members bool) Protection {
	switch {
	case o.Self, o.Ours:
		return ProtectedOurs
	case o.Affiliation == xmpp.AffiliationOwner:
		return ProtectedOwner
	case o.Affiliation == xmpp.AffiliationAdmin:
		return ProtectedAdmin
	case named:
		return ""
	case o.Role == xmpp.RoleModerator:
		return ProtectedModerator
	case o.Affiliation == xmpp.AffiliationMember && !members:
		return ProtectedMember
	case o.Role == "" || o.Affiliation == "":
		return ProtectedUnknown
	}
	return ""
}
