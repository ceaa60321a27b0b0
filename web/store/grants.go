package store

import (
	"context"
	"database/sql"
	"encoding"
	"errors"
	"fmt"
	"slices"

	"muckick/web/moderation"
)

// ChangeGrants gives an operator what change makes of their grants, and returns
// the operator as they are then. The last administrator who can sign in stays
// one: the error is ErrLastAdministrator then, ErrNoOperator when there is none of
// that name, and ErrExternal when a provider says what they may do. An error of change is returned as it is.
func (s *Store) ChangeGrants(ctx context.Context, name string, change func(moderation.Grants) (moderation.Grants, error)) (Operator, error) {
	_, key, err := operatorName(name)
	if err != nil {
		return Operator{}, ErrNoOperator
	}
	var operator Operator
	err = s.changeOperators(ctx, func(tx *sql.Tx) error {
		if operator, err = operatorByKey(ctx, tx, key); err != nil {
			return err
		}
		if operator.Issuer != "" {
			return ErrExternal
		}
		before := operator.Grants
		if operator.Grants, err = change(before); err != nil || operator.Grants.Equal(before) {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE operators SET grants = $2 WHERE id = $1`, operator.id, grantsText(operator.Grants)); err != nil {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, Actor{}), Event{
			Kind: GrantsChanged, Subject: operator.Name, SubjectID: operator.id,
			Detail: fmt.Sprintf("%s; before: %s", operator.Grants, before),
		})
	})
	if err != nil {
		return Operator{}, operatorError(string(GrantsChanged), err)
	}
	return operator, nil
}

// changeOperators runs do in a transaction, and undoes it when it would leave
// nobody who can administer.
func (s *Store) changeOperators(ctx context.Context, do func(*sql.Tx) error) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		before, err := s.lockOperators(ctx, tx)
		if err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		after, err := allOperators(ctx, tx)
		if err != nil {
			return err
		}
		for _, counts := range []func(Operator) bool{s.administersSurely, administers} {
			if slices.ContainsFunc(before, counts) {
				if !slices.ContainsFunc(after, counts) {
					return ErrLastAdministrator
				}
				break
			}
		}
		return nil
	})
}

// administersSurely tells whether an operator can decide who may do what, and no
// provider has to agree; where there are no passwords, one has to in any case, and
// those whom it knows are meant.
func (s *Store) administersSurely(o Operator) bool {
	return administers(o) && (o.Issuer != "") == s.opts.NoPasswords
}

// administers tells whether an operator can decide who may do what.
func administers(o Operator) bool {
	return !o.Disabled && o.Grants.MayEverywhere(moderation.Administer)
}

// lockOperators returns all operators, whom nobody else changes until tx ends.
func (s *Store) lockOperators(ctx context.Context, tx *sql.Tx) ([]Operator, error) {
	if err := s.backend.serialise(ctx, tx, lockOperators); err != nil {
		return nil, err
	}
	return allOperators(ctx, tx)
}

func allOperators(ctx context.Context, q querier) ([]Operator, error) {
	rows, err := q.QueryContext(ctx, selectOperator+` ORDER BY name_key`)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r row) (Operator, error) {
		o, _, err := scanOperator(r)
		return o, err
	})
}

// operatorByKey returns the operator whose name compares as key, or
// ErrNoOperator.
func operatorByKey(ctx context.Context, q querier, key string) (Operator, error) {
	operator, _, err := scanOperator(q.QueryRowContext(ctx, selectOperator+` WHERE name_key = $1`, key))
	if errors.Is(err, sql.ErrNoRows) {
		return Operator{}, ErrNoOperator
	}
	return operator, err
}

// operatorError says what could not be done, unless err is an answer that the
// caller words.
func operatorError(what string, err error) error {
	var grant *moderation.GrantError
	switch {
	case err == nil, errors.Is(err, ErrNoOperator), errors.Is(err, ErrLastAdministrator), errors.Is(err, ErrExternal), errors.As(err, &grant):
		return err
	}
	return fmt.Errorf("store: %s: %w", what, err)
}

// grantsText is how grants are stored.
func grantsText(g moderation.Grants) string {
	text, _ := g.MarshalText() // never fails
	return string(text)
}

// textOf lets a column of text be scanned into a value.
func textOf(into encoding.TextUnmarshaler) sql.Scanner { return textColumn{into} }

type textColumn struct{ into encoding.TextUnmarshaler }

// Scan implements [sql.Scanner].
func (c textColumn) Scan(value any) error {
	switch text := value.(type) {
	case string:
		return c.into.UnmarshalText([]byte(text))
	case []byte:
		return c.into.UnmarshalText(text)
	}
	return fmt.Errorf("a %T is no text", value)
}
