package xmpp

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"muckick/xmpp/wire"
)

// Kick throws the target out of the room (XEP-0045 §8.2). It returns nil only if
// the room confirmed it. The occupant is whom the room threw
// out, or what was known of them just before: the zero value if nothing was.
//
// The error says what happened instead. Nobody was kicked with
//
//   - [*NickError], [*ReasonError], [ErrTooLarge], [ErrOwnOccupant]: not a kick that can be sent;
//   - [*NoHostError], [*NoServiceError], [*NoRoomError]: no such room;
//   - [*JoinError]: the room does not let us in;
//   - [*TakenError]: somebody else bears the nick now;
//   - [ErrNoOccupant], [*RefusedError]: the room's answer;
//   - [ErrOffline], [ErrOverloaded], [ErrNotSent]: it did not come to sending the kick;
//   - anything else, which says why.
//
// With [ErrUnknown] the kick was sent, and no answer came, or one that the room's
// presences do not bear out.
func (c *Client) Kick(ctx context.Context, jid RoomJID, target Target, reason string) (Occupant, error) {
	return c.toOccupant(ctx, jid, target, reason, kickOf(target, reason))
}

// A deed is what is done to somebody in a room.
type deed struct {
	kind ActionKind

	// do does it to the bearer of a nick, who is zero if nobody is known to bear it.
	// It returns whom it hit, which is as before unless the room confirms it, and a
	// [*StanzaError] if the room refuses.
	do func(ctx context.Context, r *room, v *visit, name string, bearer Occupant) (Occupant, error)
}

// kickOf returns the kick of who is meant.
func kickOf(meant Target, reason string) deed {
	return deed{ActionKick, func(ctx context.Context, r *room, v *visit, name string, bearer Occupant) (Occupant, error) {
		return r.throwOut(ctx, v, meant, name, reason, bearer)
	}}
}

// toOccupant does something to whoever is meant, in the room.
func (c *Client) toOccupant(ctx context.Context, jid RoomJID, target Target, reason string, deed deed) (Occupant, error) {
	prepared, err := PrepareNick(target.Nick)
	if err != nil {
		return Occupant{}, err
	}
	if err := CheckReason(reason); err != nil {
		return Occupant{}, err
	}
	s := c.current()
	if s == nil {
		return Occupant{}, ErrOffline
	}
	if err := s.services.check(ctx, jid.Domain()); err != nil {
		return Occupant{}, err
	}
	r := s.hold(jid)
	defer r.release()
	v, err := r.enter(ctx)
	if err != nil {
		return Occupant{}, err
	}
	if prepared == "" {
		return Occupant{}, ErrNoOccupant // nobody can have it
	}
	cost := r.kickCost(v)
	if err := r.budget.Acquire(ctx, cost); err != nil {
		return Occupant{}, ErrNotSent
	}
	defer r.budget.Release(cost)
	return r.toOccupant(ctx, target, prepared, deed)
}

// toOccupant enters the room and does it there. A visit can end at any time,
// so a refusal counts only if we were still there; else there is one more try.
func (r *room) toOccupant(ctx context.Context, meant Target, prepared string, deed deed) (target Occupant, err error) {
	var v *visit
	missing := false
	for range 2 {
		if v, err = r.enter(ctx); err != nil {
			return target, err
		}
		var name string
		if target, name, err = r.target(ctx, v, meant, prepared); err != nil {
			return target, err
		}
		target, err = deed.do(ctx, r, v, name, target)
		var refused *StanzaError
		switch {
		case err == nil:
			if self := r.standing(v); deed.kind == ActionKick && target.Affiliation == self.Affiliation {
				r.stream.client.learnProtection(r.jid, self.Affiliation, false)
			}
			return target, nil
		case errors.Is(err, errMoved):
			continue // which looks for them again
		case errors.Is(err, ErrNoAnswer), errors.Is(err, ErrUnknown):
			return target, ErrUnknown
		case !errors.As(err, &refused):
			return target, err
		case refused.Type == "modify" && (refused.Has("item-not-found") || refused.Has("not-acceptable")):
			r.strike(v, name, target)
			return target, ErrNoOccupant
		}
		if refused.Has("item-not-found") {
			// Either the room is gone, or this is how the server says that the
			// occupant is: entering anew tells.
			r.giveUp(v)
			missing = true
			continue
		}
		// Where it cannot be found out, the refusal is what we know.
		if inside, err := r.stillInside(ctx, v); inside || err != nil {
			return target, r.refusal(v, deed.kind, refused, target)
		}
	}
	switch {
	case errors.Is(err, errMoved):
		return target, ErrNotSent
	case missing:
		return target, ErrNoOccupant
	}
	return target, &JoinError{Room: r.jid, Err: v.exit()}
}

// throwOut sends the kick and returns whom it hit, which is as before unless the
// room confirms it.
func (r *room) throwOut(ctx context.Context, v *visit, meant Target, name, reason string, before Occupant) (Occupant, error) {
	t, told := r.expectThrown(v, name)
	defer r.stopExpecting(v, name, t)
	terms := wire.Terms{Gone: v.ended, Still: func() error { return r.stillBears(v, name, meant) }}
	if err := r.stream.askOn(ctx, terms, r.jid.String(), "set", kickQuery(name, reason), nil); err != nil {
		return before, err
	}
	occupant, err := r.confirm(ctx, v, t, told, before)
	if err == nil {
		r.strike(v, name, before)
	}
	return occupant, err
}

// strike takes somebody off the list who is gone by the room's answer, unless
// presence has told of the nick since: some servers hide that somebody left.
func (r *room) strike(v *visit, nick string, gone Occupant) {
	r.mu.Lock()
	known, listed := v.occupants.find(nick)
	if listed = listed && known == gone; listed {
		v.occupants.remove(nick)
	}
	r.mu.Unlock()
	if listed {
		r.stream.client.watchers.touch(r.jid, nick)
	}
}

// A kick costs the server one presence for each occupant, and some servers work
// through their stanzas in order. So the kicks under way in one room may cause
// presenceBudget presences together: many kicks in a small room, two in a huge
// one, which keeps the server busy there and the stream free for other rooms.
const (
	presenceBudget = 600
	maxKickCost    = presenceBudget / 2
	minKickCost    = presenceBudget / 16
)

// kickCost is what a kick takes from the room's budget.
func (r *room) kickCost(v *visit) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(min(max(v.occupants.count(), minKickCost), maxKickCost))
}

// kickQuery takes the role from the occupant. It names the nick and never the
// JID: ejabberd answers a wrong JID with a result although it kicks nobody.
func kickQuery(nick, reason string) adminQuery {
	return adminQuery{Items: []mucItem{{Nick: nick, Role: string(RoleNone), Reason: reason}}}
}

// kickRoom is how many bytes of a kick's stanza are not its reason: addresses
// and a nick of their greatest length, escaped, and what stands around them.
const kickRoom = 16 << 10

// CheckReason returns nil if the text can be sent as the reason of a kick, and
// otherwise a [*ReasonError] or [ErrTooLarge].
func CheckReason(reason string) error {
	switch {
	case escapedSize(reason) > wire.MaxStanza-kickRoom:
		return ErrTooLarge
	case !utf8.ValidString(reason):
		return &ReasonError{Reason: "it is not valid UTF-8"}
	case strings.ContainsFunc(reason, func(c rune) bool { return !isXMLChar(c) }):
		return &ReasonError{Reason: "it has a control character"}
	}
	return nil
}

// escapedSize is how many bytes a text has at most in a stanza.
func escapedSize(text string) int {
	size := len(text)
	for i := range len(text) {
		switch text[i] {
		case '&', '<', '>', '"', '\'', '\t', '\n', '\r':
			size += len("&quot;") - 1
		}
	}
	return size
}
