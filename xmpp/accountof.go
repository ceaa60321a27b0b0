package xmpp

import (
	"context"
	"errors"
)

// accountOf returns the account that is meant: the one that is named, or that of
// whoever bears the nick and can be the one who is meant. The occupant is zero
// if nobody of the account is known to be there.
func (r *room) accountOf(ctx context.Context, meant Target) (account string, occupant Occupant, err error) {
	if meant.RealJID != "" {
		if account, err = r.account(meant.RealJID); err != nil {
			return "", Occupant{}, err
		}
		return account, r.occupantWith(account, meant.Nick), nil
	}
	prepared, err := PrepareNick(meant.Nick)
	if err != nil {
		return "", Occupant{}, err
	}
	if prepared == "" {
		return "", Occupant{}, ErrNoOccupant // nobody can have it
	}
	if occupant, err = r.bearerNow(ctx, meant, prepared); err != nil {
		return "", occupant, err
	}
	switch {
	case occupant.Ours:
		return "", occupant, ErrOwnOccupant
	case occupant.RealJID == "":
		return "", occupant, ErrHiddenAccount
	}
	account, err = r.account(occupant.RealJID)
	return account, occupant, err
}

// occupantWith returns the occupant of an account with that nick, or with any, if
// we are in the room and know one.
func (r *room) occupantWith(account, nick string) Occupant {
	v := r.present()
	if v == nil {
		return Occupant{}
	}
	var first Occupant
	for _, occupant := range r.occupantsOf(v, account) {
		if occupant.Nick == nick {
			return occupant
		}
		if first.Nick == "" {
			first = occupant
		}
	}
	return first
}

// bearerNow returns who bears a nick, with the account if the room shows it. It
// asks from outside where that is granted and enough: only inside we hear of
// occupant ids.
func (r *room) bearerNow(ctx context.Context, meant Target, prepared string) (Occupant, error) {
	if r.present() == nil && meant.OccupantID == "" {
		lists, err := r.readRoles(ctx)
		if err == nil && lists.lacking == nil {
			for _, nick := range []string{meant.Nick, prepared} {
				if occupant, known := lists.byNick[nick]; known {
					return occupant, nil
				}
			}
			return Occupant{}, ErrNoOccupant
		}
		if err != nil && !errors.As(err, new(*StanzaError)) {
			return Occupant{}, err
		}
	}
	v, err := r.enter(ctx)
	if err != nil {
		return Occupant{}, err
	}
	occupant, _, err := r.target(ctx, v, meant, prepared)
	if err != nil || occupant.RealJID != "" {
		return occupant, err
	}
	if err := r.reconcile(ctx, v); err != nil && !errors.As(err, new(*StanzaError)) {
		return occupant, err
	}
	if occupant, _, err = r.target(ctx, v, meant, prepared); err == nil && occupant.Nick == "" {
		err = ErrNoOccupant
	}
	return occupant, err
}

// readRoles returns the role lists as they are now or will be. Nobody may change
// them.
func (r *room) readRoles(ctx context.Context) (roleLists, error) {
	return r.roles.get(ctx, r.stream, func(ctx context.Context) (roleLists, error) {
		return r.stream.roleLists(ctx, r.jid)
	})
}
