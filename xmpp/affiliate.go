package xmpp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"muckick/xmpp/wire"
)

// unban gives an outcast another affiliation (XEP-0045 §9.1), and nobody else:
// to anybody else it would take away what they have.
func (c *Client) unban(ctx context.Context, a Action) (result Result, err error) {
	to := a.Restore
	switch to {
	case "":
		to = AffiliationNone
	case AffiliationNone, AffiliationMember, AffiliationAdmin, AffiliationOwner:
	default:
		return Result{}, fmt.Errorf("an outcast cannot be made %q", to)
	}
	if err := CheckReason(a.Reason); err != nil {
		return Result{}, err
	}
	err = c.in(ctx, a.Room, func(r *room) error {
		if result.Account, err = r.account(a.Target.RealJID); err != nil {
			return err
		}
		if r.stream.isOwnAccount(result.Account) {
			return &ProtectedError{Account: result.Account, Kind: ActionUnban, Obstacle: ObstacleSelf}
		}
		err := r.asAdmin(ctx, func(*visit) (err error) {
			result.Before, err = r.listedAffiliation(ctx, result.Account)
			return err
		})
		if err != nil {
			return err
		}
		if result.Before != AffiliationOutcast {
			result.Already = true
			return nil
		}
		return r.affiliate(ctx, result.Account, AffiliationOutcast, to, a.Reason)
	})
	return result, err
}

// SetAffiliation gives an account the affiliation `to` in a room, if it has the
// affiliation `from`, which it need not be present for. It returns nil only if the
// room confirmed it.
//
// It takes nothing from owners and admins, and never does anything to our own
// account: then the error is a [*ProtectedError]. A [*ChangedError] says that the
// account does not have `from`, even if it has `to`. The others are those of
// [Client.Do] for a ban.
func (c *Client) SetAffiliation(ctx context.Context, jid RoomJID, account string, from, to Affiliation, reason string) error {
	switch {
	case from.rank() == 0 || to.rank() == 0:
		return fmt.Errorf("from %q to %q is no change of an affiliation: bans are actions", from, to)
	case from.rank() >= AffiliationAdmin.rank() && to.rank() < from.rank():
		return &ProtectedError{Account: account, Obstacle: ObstacleRank}
	}
	if err := CheckReason(reason); err != nil {
		return err
	}
	return c.in(ctx, jid, func(r *room) error {
		account, err := r.account(account)
		if err != nil {
			return err
		}
		if r.stream.isOwnAccount(account) {
			return &ProtectedError{Account: account, Obstacle: ObstacleSelf}
		}
		present, err := r.affiliationOf(ctx, account)
		switch {
		case err != nil:
			return err
		case present != from:
			return &ChangedError{Account: account, Presupposed: from, Present: present}
		case from == to:
			return nil
		}
		return r.affiliate(ctx, account, from, to, reason)
	})
}

// membership gives the target's account one affiliation in place of another. Of
// whom that cannot be said any more it is [Result.Already] true that they do not
// have the first one.
func (c *Client) membership(ctx context.Context, a Action, from, to Affiliation) (Result, error) {
	result := Result{Account: BareJID(a.Target.RealJID), Before: from}
	err := c.SetAffiliation(ctx, a.Room, a.Target.RealJID, from, to, a.Reason)
	var changed *ChangedError
	if errors.As(err, &changed) {
		result.Before, result.Already = changed.Present, true
		return result, nil
	}
	return result, err
}

// affiliate changes an affiliation that is known to be another, and confirms it.
func (r *room) affiliate(ctx context.Context, account string, from, to Affiliation, reason string) error {
	release, err := r.spend(ctx, account)
	if err != nil {
		return err
	}
	defer release()
	err = r.asAdmin(ctx, func(v *visit) error {
		return r.askFrom(ctx, v, mucItem{JID: account, Affiliation: string(to), Reason: reason})
	})
	if err != nil {
		return unanswered(err)
	}
	if v := r.present(); v != nil {
		for _, occupant := range r.occupantsOf(v, account) {
			if occupant.Affiliation == to {
				return nil
			}
		}
	}
	where, want := to, true
	if to == AffiliationNone {
		where, want = from, false
	}
	list, err := r.affiliated(ctx, where)
	switch {
	case err != nil:
		return fmt.Errorf("%w: the list of %ss was not read: %v", ErrUnknown, where, err)
	case lists(list, account) != want:
		return fmt.Errorf("%w: the list of %ss says otherwise", ErrUnknown, where)
	}
	return nil
}

// spend takes from the room's budget what a change of an account's affiliation
// costs the server: as much as a kick if somebody of the account is there.
func (r *room) spend(ctx context.Context, account string) (release func(), err error) {
	cost := int64(minKickCost)
	if v := r.present(); v != nil && len(r.occupantsOf(v, account)) > 0 {
		cost = r.kickCost(v)
	}
	if err := r.budget.Acquire(ctx, cost); err != nil {
		return nil, ErrNotSent
	}
	return func() { r.budget.Release(cost) }, nil
}

// askFrom asks the room for a change, from inside or, without a visit, from
// outside.
func (r *room) askFrom(ctx context.Context, v *visit, item mucItem) error {
	query := adminQuery{Items: []mucItem{item}} // Prosody looks at the first item only
	var terms wire.Terms
	if v != nil {
		terms.Gone = v.ended
	}
	return r.stream.askOn(ctx, terms, r.jid.String(), "set", query, nil)
}

// unanswered makes [ErrUnknown] of a change that was sent without an answer that
// can be understood.
func unanswered(err error) error {
	switch {
	case errors.As(err, new(*JoinError)): // it was not sent
	case errors.Is(err, ErrNoAnswer), errors.As(err, new(*ProtocolError)):
		return ErrUnknown
	}
	return err
}

// affiliationOf returns the affiliation of an account: as presence tells if it is
// in the room with us, else as the lists do. It is empty if they do not tell.
func (r *room) affiliationOf(ctx context.Context, account string) (affiliation Affiliation, err error) {
	if v := r.present(); v != nil {
		for _, occupant := range r.occupantsOf(v, account) {
			if occupant.Affiliation != "" {
				return occupant.Affiliation, nil
			}
		}
	}
	err = r.asAdmin(ctx, func(*visit) (err error) {
		affiliation, err = r.listedAffiliation(ctx, account)
		return err
	})
	return affiliation, err
}

// occupantsOf returns the occupants of an account, as far as they are known.
func (r *room) occupantsOf(v *visit, account string) []Occupant {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []Occupant
	for _, occupant := range v.occupants.all() {
		if sameAccount(account, occupant.RealJID) {
			found = append(found, occupant)
		}
	}
	slices.SortFunc(found, byNick)
	return found
}
