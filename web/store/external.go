package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muckick/web/moderation"
)

// What can be wrong with operators who sign in at a provider.
var (
	// ErrExternal says that an operator signs in at a provider: they have no
	// password here, and what they may do comes from there.
	ErrExternal = errors.New("store: the operator signs in at an identity provider")

	// ErrNoGrants says that somebody who signed in at a provider may do nothing.
	ErrNoGrants = errors.New("store: nothing is granted")

	// ErrUsed says that the answer of a provider was used before.
	ErrUsed = errors.New("store: used before")
)

// stateKept is how long the answers of a provider that were used are remembered.
const stateKept = 24 * time.Hour

// An External is somebody who signed in at an OpenID Connect provider.
type External struct {
	Issuer, Subject string            // which name them for ever, together
	Names           []string          // by which to call them, the best first
	Grants          moderation.Grants // what they may do, as the provider has it now
}

// SignInExternal returns the operator who signed in at a provider, with the
// grants that they have there now. They become an operator if they are none, under
// the first of their names that is one and that nobody else has: never one of
// another operator, however they call themselves there. They keep that name.
//
// Without grants the error is ErrNoGrants, nobody becomes an operator, and who is
// one loses what they had and all their sessions. It is ErrDisabled for an
// operator who was disabled, and ErrDuplicate if all names are taken.
func (s *Store) SignInExternal(ctx context.Context, who External) (operator Operator, err error) {
	var refused error // which undoes nothing
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.backend.serialise(ctx, tx, lockOperators); err != nil {
			return err
		}
		operator, _, err = scanOperator(tx.QueryRowContext(ctx, selectOperator+` WHERE issuer = $1 AND subject = $2`,
			escapeText(who.Issuer), escapeText(who.Subject)))
		switch {
		case errors.Is(err, sql.ErrNoRows) && who.Grants.IsEmpty():
			refused = ErrNoGrants
			return nil
		case errors.Is(err, sql.ErrNoRows):
			operator, err = s.addExternal(ctx, tx, who)
			return err
		case err != nil:
			return err
		}
		if err := s.followProvider(ctx, tx, &operator, who.Grants); err != nil {
			return err
		}
		switch {
		case operator.Disabled:
			refused = ErrDisabled
		case who.Grants.IsEmpty():
			refused = ErrNoGrants
		}
		return nil
	})
	if err == nil {
		err = refused
	}
	switch {
	case err == nil:
		return operator, nil
	case errors.Is(err, ErrNoGrants), errors.Is(err, ErrDisabled), errors.Is(err, ErrDuplicate):
		return Operator{}, err
	}
	return Operator{}, fmt.Errorf("store: sign in: %w", err)
}

// followProvider gives an operator the grants that they have at the provider.
// Nothing keeps the last administrator one here: the provider decides.
func (s *Store) followProvider(ctx context.Context, tx *sql.Tx, operator *Operator, grants moderation.Grants) error {
	before := operator.Grants
	if grants.Equal(before) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE operators SET grants = $2 WHERE id = $1`, operator.id, grantsText(grants)); err != nil {
		return err
	}
	if grants.IsEmpty() {
		if err := s.endEpoch(ctx, tx, *operator); err != nil {
			return err
		}
	}
	operator.Grants = grants
	return s.note(ctx, tx, s.origin(ctx, operator.Actor()), Event{
		Kind: GrantsChanged, Subject: operator.Name, SubjectID: operator.id,
		Detail: fmt.Sprintf("%s; before: %s; by the identity provider", grants, before),
	})
}

// addExternal adds an operator who signed in at a provider.
func (s *Store) addExternal(ctx context.Context, tx *sql.Tx, who External) (Operator, error) {
	display, key, err := freeName(ctx, tx, who.Names)
	if err != nil {
		return Operator{}, err
	}
	now := s.now()
	o := Operator{
		Name: display, Created: fromMicros(micros(now)), Grants: who.Grants, Issuer: escapeText(who.Issuer), id: newID(now), epoch: 1,
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO operators (id, name, name_key, password, disabled, epoch, created, grants, issuer, subject)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		o.id, o.Name, key, s.opts.Hashing.dummy(), false, o.epoch, micros(now), grantsText(o.Grants), o.Issuer, escapeText(who.Subject))
	if err != nil {
		return Operator{}, err
	}
	return o, s.note(ctx, tx, s.origin(ctx, o.Actor()), Event{
		Kind: OperatorAdded, Subject: o.Name, SubjectID: o.id, Detail: o.Grants.String() + "; by the identity provider",
	})
}

// freeName returns the first of the names that is one and that no operator has.
func freeName(ctx context.Context, tx *sql.Tx, names []string) (display, key string, err error) {
	for _, name := range names {
		display, key, err := operatorName(name)
		if err != nil {
			continue
		}
		_, err = operatorByKey(ctx, tx, key)
		switch {
		case errors.Is(err, ErrNoOperator):
			return display, key, nil
		case err != nil:
			return "", "", err
		}
	}
	return "", "", ErrDuplicate
}

// UseState lets the answer of a provider with that state be used once: then the
// error is ErrUsed.
func (s *Store) UseState(ctx context.Context, state string) error {
	hash := sha256.Sum256([]byte(state))
	used, err := s.exec(ctx, `INSERT INTO used_states (hash, at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`, hash[:], micros(s.now()))
	switch {
	case err != nil:
		return fmt.Errorf("store: use a state: %w", err)
	case used == 0:
		return ErrUsed
	}
	return nil
}

func (s *Store) purgeStates(ctx context.Context) error {
	_, err := s.purge(ctx, `DELETE FROM used_states WHERE at <= $1`, func(now time.Time) []any { return []any{micros(now.Add(-stateKept))} })
	if err != nil {
		return fmt.Errorf("store: purge states: %w", err)
	}
	return nil
}
