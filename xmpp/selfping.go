package xmpp

import (
	"context"
	"errors"
)

// stillInside finds out whether a visit goes on, since it can end without a word
// to us (XEP-0410). One that does not is given up. An error means that it is not
// known.
func (r *room) stillInside(ctx context.Context, v *visit) (bool, error) {
	nick, lasts := r.nickDuring(v)
	if !lasts {
		return false, nil
	}
	err := r.stream.ask(ctx, r.jid.occupant(nick), "get", ping{}, nil)
	var refused *StanzaError
	switch {
	case err == nil:
		return true, nil
	case !errors.As(err, &refused) || isUnreachable(refused):
		return false, err
	case refused.Has("service-unavailable"), refused.Has("feature-not-implemented"), refused.Has("item-not-found"):
		return true, nil
	}
	r.giveUp(v)
	return false, nil
}

// lostJoin asks the room for our occupant (XEP-0410). Stanzas to one room are
// answered in order (RFC 6120 §10.1), so a room that does not know us by now
// has not received the join.
func (r *room) lostJoin(ctx context.Context, nick string) bool {
	err := r.stream.ask(ctx, r.jid.occupant(nick), "get", ping{}, nil)
	var refused *StanzaError
	return errors.As(err, &refused) && !isUnreachable(refused) &&
		!refused.Has("service-unavailable") && !refused.Has("feature-not-implemented")
}

// isUnreachable reports whether it was not the room that answered, so that
// nothing is known of it (XEP-0410 §3.1).
func isUnreachable(refused *StanzaError) bool {
	return refused.Has("remote-server-not-found") || refused.Has("remote-server-timeout")
}
