package xmpp

import (
	"context"
	"errors"
	"fmt"
)

// ban makes an account an outcast (XEP-0045 §9.1), which throws all its occupants
// out, and confirms both.
//
// Beside those of [Client.Kick] it has the errors [*AccountError], [*DomainError],
// [ErrHiddenAccount] and [*ProtectedError], with which nothing was sent.
func (c *Client) ban(ctx context.Context, a Action, record func(Result) error) (result Result, err error) {
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
		return r.ban(ctx, &result, a.Reason, record)
	})
	return result, err
}

// ban bans the account of the result, and notes there what it found and did.
func (r *room) ban(ctx context.Context, result *Result, reason string, record func(Result) error) error {
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
	if err := record(*result); err != nil {
		return err
	}
	release, err := r.spend(ctx, result.Account)
	if err != nil {
		return err
	}
	defer release()
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
	case isDenied(err), errors.As(err, new(*JoinError)) && errors.As(err, new(*StanzaError)):
		return nil // the room does not let us look
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
