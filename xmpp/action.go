package xmpp

import (
	"context"
	"fmt"
)

// An ActionKind is one kind of thing that is done to somebody in a room, or to a
// room.
type ActionKind string

// The kinds of actions.
const (
	ActionKick   ActionKind = "kick"   // throw an occupant out (XEP-0045 §8.2)
	ActionBan    ActionKind = "ban"    // make an account an outcast (§9.1)
	ActionUnban  ActionKind = "unban"  // give an outcast another affiliation (§9.1)
	ActionMute   ActionKind = "mute"   // take an occupant's voice away (§8.4)
	ActionUnmute ActionKind = "unmute" // give it back (§8.3)
	ActionLock   ActionKind = "lock"   // close a room to newcomers (§10.2)
	ActionUnlock ActionKind = "unlock" // open it again

	// ActionMember and ActionUnmember are no moderation by themselves: they are how
	// those who stay outlast a moment in which a room is members-only.
	ActionMember   ActionKind = "member"   // make an account without affiliation a member (§9.3)
	ActionUnmember ActionKind = "unmember" // take the membership away again (§9.4)
)

// ActionKinds returns all kinds of actions, the everyday ones first.
func ActionKinds() []ActionKind {
	return []ActionKind{ActionKick, ActionMute, ActionUnmute, ActionBan, ActionUnban, ActionLock, ActionUnlock, ActionMember, ActionUnmember}
}

// IsOfPerson reports whether the action is done to somebody, and not to a room.
func (k ActionKind) IsOfPerson() bool { return k != ActionLock && k != ActionUnlock }

// An Action is one thing to be done in one room.
type Action struct {
	Kind   ActionKind
	Room   RoomJID
	Target Target // whom; zero for a lock and an unlock. An unban needs the account
	Reason string // shown to them and to the room, where the action has one

	// Restore is the affiliation that an unban gives; none if it is empty.
	Restore Affiliation

	// MembersOnly makes a lock throw out all who are not affiliated. Otherwise it
	// gives newcomers no voice. On an unlock without Fields it opens a room that was
	// not members-only before.
	MembersOnly bool

	// Fields are the values that an unlock puts back into the room's configuration,
	// as the [Result] of the lock has them.
	Fields map[string]string
}

// A Result says what an action did, and what is needed to take it back.
type Result struct {
	// Occupant is whom it hit, or what was known of them just before. It is zero
	// if nothing was known.
	Occupant Occupant

	// Already means that it was so before, and that nothing was changed.
	Already bool

	// Account is the bare JID that a ban or an unban was of.
	Account string

	// Before is the affiliation that a ban or an unban replaced, or that who was
	// muted had. It is empty when the room did not tell.
	Before Affiliation

	// Removed are the nicks that presence showed to be thrown out.
	Removed []string

	// Fields are the values that the fields of the configuration had which a lock or
	// an unlock changed, or may have changed.
	Fields map[string]string

	// Skipped are the fields that an unlock left alone, since somebody has changed
	// them since the lock, with their values.
	Skipped map[string]string
}

// Do carries out an action, and returns nil only if the room confirmed it, or if
// it was so [Result.Already]. The errors are those of [Client.Kick]; with
// [ErrUnknown] it may have happened. A ban and an unban, which need no join where
// the room lets us do so, have others beside, with which nothing was sent:
//
//   - [*AccountError], [*DomainError]: the target is no account;
//   - [ErrHiddenAccount]: the room does not show the account of who bears the nick;
//   - [*ProtectedError]: muckick does not do this to itself, or to an owner.
//
// Locks and unlocks need no join, and have a [*FieldError] for a room that lacks
// the setting.
//
// The result holds what is known even if there is an error.
func (c *Client) Do(ctx context.Context, a Action) (Result, error) {
	return c.DoRecorded(ctx, a, func(Result) error { return nil })
}

// DoRecorded is [Client.Do], and tells record of a ban, a mute or a lock what is
// needed to take it back, before it is sent: after the death of this process
// nobody else could say. With an error of record nothing is sent, and the error is
// returned. Record is called again if the first attempt was not sent after all, and
// not at all if there is nothing to do.
func (c *Client) DoRecorded(ctx context.Context, a Action, record func(Result) error) (Result, error) {
	switch a.Kind {
	case ActionKick:
		occupant, err := c.Kick(ctx, a.Room, a.Target, a.Reason)
		return Result{Occupant: occupant}, err
	case ActionBan:
		return c.ban(ctx, a, record)
	case ActionUnban:
		return c.unban(ctx, a)
	case ActionMute:
		return c.voice(ctx, a, RoleVisitor, record)
	case ActionUnmute:
		return c.voice(ctx, a, RoleParticipant, func(Result) error { return nil })
	case ActionLock:
		return c.lock(ctx, a, record)
	case ActionUnlock:
		return c.unlock(ctx, a)
	case ActionMember:
		return c.membership(ctx, a, AffiliationNone, AffiliationMember)
	case ActionUnmember:
		return c.membership(ctx, a, AffiliationMember, AffiliationNone)
	}
	return Result{}, fmt.Errorf("%q is no action", a.Kind)
}
