package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"muckick/web/moderation"
)

// AddExemption implements [moderation.Exemptions].
func (s *Store) AddExemption(ctx context.Context, e moderation.Exemption) (moderation.Exemption, error) {
	e.At = fromMicros(micros(s.now()))
	e.ID = newID(e.At)
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO exemptions (id, account, scope, why, actor_kind, actor_id, actor, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, e.ID, escapeText(e.Account.String()), e.Scope.String(), escapeText(e.Why),
			string(e.By.Kind), e.By.ID, escapeText(e.By.Name), micros(e.At))
		if err != nil {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, e.By), Event{
			Kind: ExemptionAdded, Subject: e.Account.String(), SubjectID: e.ID, Detail: e.Scope.String() + ": " + e.Why,
		})
	})
	if err != nil {
		return moderation.Exemption{}, fmt.Errorf("store: add exemption: %w", err)
	}
	return e, nil
}

// RemoveExemption implements [moderation.Exemptions].
func (s *Store) RemoveExemption(ctx context.Context, id string) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		removed := Event{Kind: ExemptionRemoved, SubjectID: id}
		err := tx.QueryRowContext(ctx, `DELETE FROM exemptions WHERE id = $1 RETURNING account, scope`, id).Scan(&removed.Subject, &removed.Detail)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return moderation.ErrNoExemption
		case err != nil:
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, Actor{}), removed)
	})
	if err != nil {
		return fmt.Errorf("store: remove exemption: %w", err)
	}
	return nil
}

// Exemptions implements [moderation.Exemptions].
func (s *Store) Exemptions(ctx context.Context) ([]moderation.Exemption, error) {
	rows, err := s.backend.reader().QueryContext(ctx, `SELECT id, account, scope, why, actor_kind, actor_id, actor, at
		FROM exemptions ORDER BY id DESC`)
	if err != nil {
		return nil, fmt.Errorf("store: exemptions: %w", err)
	}
	list, err := scanAll(rows, func(r row) (moderation.Exemption, error) {
		var e moderation.Exemption
		var scope string
		var at int64
		if err := r.Scan(&e.ID, textOf(&e.Account), &scope, &e.Why, &e.By.Kind, &e.By.ID, &e.By.Name, &at); err != nil {
			return e, err
		}
		e.At = fromMicros(at)
		var err error
		e.Scope, err = moderation.ParseScope(scope)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("store: exemptions: %w", err)
	}
	return list, nil
}
