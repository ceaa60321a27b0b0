package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// What effects are is said in package moderation, whose [moderation.Effects] the
// store is.
type (
	EffectID     = moderation.EffectID
	Effect       = moderation.Effect
	EffectFilter = moderation.EffectFilter
)

// maxEffects bounds how many effects are read at once.
const maxEffects = 10_000

// BeginEffect implements [moderation.Effects].
func (s *Store) BeginEffect(ctx context.Context, e Effect) (EffectID, error) {
	fields, err := json.Marshal(e.Fields)
	if err != nil {
		return "", fmt.Errorf("store: begin effect: %w", err)
	}
	id := EffectID(newID(e.Since))
	_, err = s.exec(ctx, `INSERT INTO effects (id, action, room, account, nick, occupant_id, reason, actor_kind, actor_id, actor,
			since, until, attempt, job, before, members_only, fields, state, ended, ender_kind, ender_id, ender, problem, tries, due, claimed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, '', '', '', '', 0, $19, 0)`,
		string(id), string(e.Action), escapeText(e.Room.String()), escapeText(e.Account), escapeText(e.Nick), escapeText(e.OccupantID),
		escapeText(e.Reason), string(e.By.Kind), e.By.ID, escapeText(e.By.Name),
		micros(e.Since), microsOrZero(e.Until), string(e.Attempt), string(e.Job), string(e.Before), e.MembersOnly, escapeText(string(fields)),
		string(moderation.EffectPending), microsOrZero(e.Due))
	if err != nil {
		return "", fmt.Errorf("%w: begin effect: %w", ErrNotStored, err)
	}
	return id, nil
}

// SetEffect implements [moderation.Effects]. An effect that has ended stays as it
// is.
func (s *Store) SetEffect(ctx context.Context, e Effect) error {
	fields, err := json.Marshal(e.Fields)
	if err != nil {
		return fmt.Errorf("store: set effect: %w", err)
	}
	_, err = s.exec(ctx, `UPDATE effects SET account = $2, attempt = $3, before = $4, fields = $5, state = $6, ended = $7,
			ender_kind = $8, ender_id = $9, ender = $10, problem = $11, tries = $12, due = $13, claimed = 0
		WHERE id = $1 AND ended = 0`,
		string(e.ID), escapeText(e.Account), string(e.Attempt), string(e.Before), escapeText(string(fields)),
		string(e.State), microsOrZero(e.Ended), string(e.EndedBy.Kind), e.EndedBy.ID, escapeText(e.EndedBy.Name),
		escapeText(e.Problem), e.Tries, microsOrZero(e.Due))
	if err != nil {
		return fmt.Errorf("store: set effect: %w", err)
	}
	return nil
}

// SetEffectEnd implements [moderation.Effects].
func (s *Store) SetEffectEnd(ctx context.Context, id EffectID, until time.Time) error {
	_, err := s.exec(ctx, `UPDATE effects SET until = $2, due = $2, problem = '', tries = 0 WHERE id = $1 AND ended = 0`,
		string(id), microsOrZero(until))
	if err != nil {
		return fmt.Errorf("store: set end of effect: %w", err)
	}
	return nil
}

// DropEffect implements [moderation.Effects].
func (s *Store) DropEffect(ctx context.Context, id EffectID) error {
	if _, err := s.exec(ctx, `DELETE FROM effects WHERE id = $1`, string(id)); err != nil {
		return fmt.Errorf("store: drop effect: %w", err)
	}
	return nil
}

const effectColumns = `id, action, room, account, nick, occupant_id, reason, actor_kind, actor_id, actor, since, until,
	attempt, job, before, members_only, fields, state, ended, ender_kind, ender_id, ender, problem, tries, due`

// Effect implements [moderation.Effects].
func (s *Store) Effect(ctx context.Context, id EffectID) (Effect, error) {
	e, err := scanEffect(s.backend.reader().QueryRowContext(ctx, `SELECT `+effectColumns+` FROM effects WHERE id = $1`, string(id)))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Effect{}, moderation.ErrNoEffect
	case err != nil:
		return Effect{}, fmt.Errorf("store: effect: %w", err)
	}
	return e, nil
}

// Effects implements [moderation.Effects].
func (s *Store) Effects(ctx context.Context, filter EffectFilter, limit int) ([]Effect, error) {
	var c conditions
	if !filter.Ended {
		c.add("ended = 0")
	}
	if filter.Room != (xmpp.RoomJID{}) {
		c.add("room = %s", escapeText(filter.Room.String()))
	}
	for _, match := range []struct{ column, value string }{
		{"action", string(filter.Action)}, {"account", filter.Account}, {"job", string(filter.Job)},
	} {
		if match.value != "" {
			c.add(match.column + " <> ''")
			c.add(match.column+" = %s", escapeText(match.value))
		}
	}
	if filter.Nick != "" {
		c.add("account = ''")
		c.add("nick = %s", escapeText(filter.Nick))
	}
	if filter.Within != nil {
		c.within(filter.Within)
	}
	query := `SELECT ` + effectColumns + ` FROM effects` + c.where() +
		` ORDER BY ended > 0, until = 0, until, id DESC LIMIT ` + c.parameter(min(limit, maxEffects))
	rows, err := s.backend.reader().QueryContext(ctx, query, c.args...)
	if err != nil {
		return nil, fmt.Errorf("store: effects: %w", err)
	}
	effects, err := scanAll(rows, scanEffect)
	if err != nil {
		return nil, fmt.Errorf("store: effects: %w", err)
	}
	return effects, nil
}

// ClaimEffects implements [moderation.Effects]. What is due, and how long a claim
// lasts, goes by the clock that all replicas share.
func (s *Store) ClaimEffects(ctx context.Context, limit int, lasting time.Duration) ([]Effect, error) {
	if due, err := s.anyDue(ctx); err != nil || !due {
		return nil, err
	}
	var effects []Effect
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.backend.serialise(ctx, tx, lockEffects); err != nil {
			return err
		}
		now, err := s.backend.clock(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `UPDATE effects SET claimed = $2
			WHERE id IN (SELECT id FROM effects WHERE ended = 0 AND due > 0 AND due <= $1 AND claimed <= $1 ORDER BY due LIMIT $3)
			RETURNING `+effectColumns, micros(now), micros(now.Add(lasting)), limit)
		if err != nil {
			return err
		}
		effects, err = scanAll(rows, scanEffect)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: claim effects: %w", err)
	}
	return effects, nil
}

// anyDue looks whether there may be something to claim, without writing.
func (s *Store) anyDue(ctx context.Context) (due bool, err error) {
	// A minute early, since the clock here need not be the one that decides.
	err = s.backend.reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM effects WHERE ended = 0 AND due > 0 AND due <= $1)`,
		micros(s.now().Add(time.Minute))).Scan(&due)
	if err != nil {
		return false, fmt.Errorf("store: effects that are due: %w", err)
	}
	return due, nil
}

func scanEffect(r row) (Effect, error) {
	var e Effect
	var room, fields string
	var since, until, ended, due int64
	err := r.Scan(&e.ID, &e.Action, &room, &e.Account, &e.Nick, &e.OccupantID, &e.Reason, &e.By.Kind, &e.By.ID, &e.By.Name, &since, &until,
		&e.Attempt, &e.Job, &e.Before, &e.MembersOnly, &fields, &e.State, &ended, &e.EndedBy.Kind, &e.EndedBy.ID, &e.EndedBy.Name,
		&e.Problem, &e.Tries, &due)
	if err != nil {
		return Effect{}, err
	}
	e.Since, e.Until, e.Ended, e.Due = fromMicros(since), fromMicros(until), fromMicros(ended), fromMicros(due)
	if e.Room, err = xmpp.ParseRoom(room); err != nil {
		return Effect{}, fmt.Errorf("effect %s: %w", e.ID, err)
	}
	if err := json.Unmarshal([]byte(fields), &e.Fields); err != nil {
		return Effect{}, fmt.Errorf("effect %s: %w", e.ID, err)
	}
	return e, nil
}

// microsOrZero is micros, and 0 for the zero time.
func microsOrZero(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return micros(at)
}
