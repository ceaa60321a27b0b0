package xmpp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"muckick/xmpp/wire"
)

// ban makes an account an outcast (XEP-0045 §9.1), which throws all its occupants
// out, and confirms both.
//
// Beside those of [Client.Kick] it has the errors [*AccountError], [*DomainError],
// [ErrHiddenAccount] and [*ProtectedError], with which nothing was sent.
func (c *Client) ban(ctx context.Context, a Action) (result Result, err error) {
	if err := CheckReason(a.Reason); err != nil {
		return Result{}, err
	}
	err = c.in(ctx, a.Room, func(r *room) error {
		if result.Account, result.Occupant, err = r.accountOf(ctx, a.Target); err != nil {
			return err
		}
		if r.stream.isOwnAccount(result.Account) {
			return &ProtectedError{Account: result.Account, Kind: ActionBan, Obstacle: ObstacleSelf}
		}
		return r.ban(ctx, &result, a.Reason)
	})
	return result, err
}

// ban bans the account of the result, and notes there what it found and did.
func (r *room) ban(ctx context.Context, result *Result, reason string) error {
	var err error
	if result.Before, err = r.affiliationOf(ctx, result.Account); err != nil {
		return err
	}
	switch result.Before {
	case AffiliationOwner:
		return &ProtectedError{Account: result.Account, Kind: ActionBan, Obstacle: ObstacleOwner}
	case AffiliationOutcast:
		if v := r.present(); v == nil || len(r.occupantsOf(v, result.Account)) == 0 {
			result.Already = true
			return nil
		}
	}
	var from *visit
	err = r.asAdmin(ctx, func(v *visit) error {
		from = v
		return r.makeOutcast(ctx, v, result, reason)
	})
	if err != nil {
		return unanswered(err)
	}
	return r.confirmBan(ctx, from, result)
}

// makeOutcast sends the ban, and notes whom presence shows to be thrown out.
func (r *room) makeOutcast(ctx context.Context, v *visit, result *Result, reason string) error {
	// By the account alone: Prosody would throw out whoever bears a nick that is
	// named beside it.
	item := mucItem{JID: result.Account, Affiliation: string(AffiliationOutcast), Reason: reason}
	if v == nil {
		return r.askFrom(ctx, nil, item)
	}
	b, told := r.expectBanned(v, result.Account)
	defer r.stopExpectingBanned(v, result.Account, b)
	if err := r.askFrom(ctx, v, item); err != nil {
		return err
	}
	result.Removed = r.awaitBanned(ctx, v, b, told)
	return nil
}

// confirmBan finds out whether the ban that the room answered with a result is so:
// the answer is the same whatever happened.
func (r *room) confirmBan(ctx context.Context, v *visit, result *Result) error {
	if len(result.Removed) == 0 {
		list, err := r.affiliated(ctx, AffiliationOutcast)
		if err != nil {
			return fmt.Errorf("%w: the list of outcasts was not read: %v", ErrUnknown, err)
		}
		if !lists(list, result.Account) {
			return fmt.Errorf("%w: the account is not on the list of outcasts", ErrUnknown)
		}
	}
	inside, err := r.nicksOf(ctx, v, result.Account, len(result.Removed) > 0)
	switch {
	case isDenied(err), errors.As(err, new(*JoinError)):
		return nil // nobody lets us look
	case err != nil:
		return fmt.Errorf("%w: it is banned, and may still be in the room: %v", ErrUnknown, err)
	case len(inside) > 0:
		return fmt.Errorf("%w: it is banned, and still in the room as %q", ErrUnknown, inside)
	}
	return nil
}

// nicksOf returns the nicks under which an account is in the room: as presence
// tells if that will do, else as the role lists do, for which some servers want
// us inside.
func (r *room) nicksOf(ctx context.Context, v *visit, account string, presenceWillDo bool) ([]string, error) {
	if v == nil {
		lists, err := r.readRoles(ctx)
		if err == nil {
			var nicks []string
			for nick, occupant := range lists.byNick {
				if sameAccount(account, occupant.RealJID) {
					nicks = append(nicks, nick)
				}
			}
			return nicks, nil
		}
		if !isDenied(err) {
			return nil, err
		}
		if v, err = r.enter(ctx); err != nil {
			return nil, err
		}
	}
	var nicks []string
	if !presenceWillDo || len(r.occupantsOf(v, account)) > 0 {
		if err := r.reconcile(ctx, v); err != nil {
			return nil, err
		}
	}
	for _, occupant := range r.occupantsOf(v, account) {
		nicks = append(nicks, occupant.Nick)
	}
	return nicks, nil
}

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

// affiliate changes an affiliation that is known to be another, and confirms it.
func (r *room) affiliate(ctx context.Context, account string, from, to Affiliation, reason string) error {
	err := r.asAdmin(ctx, func(v *visit) error {
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
