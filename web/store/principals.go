package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"muckick/web/moderation"
)

// PrincipalOf implements [moderation.Principals].
func (s *Store) PrincipalOf(ctx context.Context, actor Actor) (moderation.Principal, error) {
	principal, err := s.granted(ctx, actor)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return moderation.Principal{}, fmt.Errorf("store: principal: %w", err)
	}
	principal.Actor = actor
	return principal, nil
}

func (s *Store) granted(ctx context.Context, actor Actor) (principal moderation.Principal, err error) {
	db := s.backend.reader()
	switch actor.Kind {
	case ByOperator:
		operator, _, err := scanOperator(db.QueryRowContext(ctx, selectOperator+` WHERE id = $1`, actor.ID))
		if err == nil && !operator.Disabled {
			principal.Grants = operator.Grants
		}
		return principal, err
	case ByToken:
		token, err := scanToken(db.QueryRowContext(ctx, selectToken+` WHERE id = $1`, actor.ID))
		if err == nil && token.InForce(s.now()) {
			principal.Grants = token.Grants
		}
		return principal, err
	case ByAPI:
		return moderation.HeaderPrincipal(), nil
	}
	return principal, nil
}
