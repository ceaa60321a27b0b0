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

// NewEffectID implements [moderation.Effects].
func (s *Store) NewEffectID(at time.Time) EffectID { return EffectID(newID(at)) }

// BeginEffect implements [moderation.Effects].
func (s *Store) BeginEffect(ctx context.Context, e Effect) error {
	e.State = moderation.EffectPending
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := putEffect(ctx, tx, e)
		return err
	})
	if err != nil {
		return fmt.Errorf("%w: begin effect: %w", ErrNotStored, err)
	}
	return nil
}

// putEffect keeps an effect, and reports whether it did: not one that has ended.
// The end of one that is on record stays, since others may have changed it.
func putEffect(ctx context.Context, tx *sql.Tx, e Effect) (kept bool, err error) {
	fields, err := json.Marshal(e.Fields)
	if err != nil {
		return false, err
	}
	granted, err := grantedText(e.Granted)
	if err != nil {
		return false, err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO effects (id, action, room, account, nick, occupant_id, reason, actor_kind, actor_id, actor,
			since, until, attempt, job, before, members_only, fields, state, ended, ender_kind, ender_id, ender, problem, tries, due, claimed, granted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, '', '', '', '', 0, $19, 0, $20)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, nick = excluded.nick, occupant_id = excluded.occupant_id,
			attempt = excluded.attempt, before = excluded.before, fields = excluded.fields, granted = excluded.granted, state = excluded.state,
			due = CASE WHEN excluded.state = 'standing' THEN effects.until ELSE excluded.due END, problem = '', tries = 0, claimed = 0
		WHERE effects.ended = 0`,
		string(e.ID), string(e.Action), escapeText(e.Room.String()), escapeText(e.Account), escapeText(e.Nick), escapeText(e.OccupantID),
		escapeText(e.Reason), string(e.By.Kind), e.By.ID, escapeText(e.By.Name),
		micros(e.Since), microsOrZero(e.Until), string(e.Attempt), string(e.Job), string(e.Before), e.MembersOnly, escapeText(string(fields)),
		string(e.State), microsOrZero(e.Due), granted)
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// SettleEffect implements [moderation.Effects].
func (s *Store) SettleEffect(ctx context.Context, e Effect, replaces bool) error {
	e.State, e.Due = moderation.EffectStanding, e.Until
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		// Of two that replace each other one has to be left.
		if err := s.backend.serialise(ctx, tx, lockEffects); err != nil {
			return err
		}
		if kept, err := putEffect(ctx, tx, e); err != nil || !kept || !replaces {
			return err
		}
		now, err := s.backend.clock(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE effects SET state = 'gone', ended = $2, problem = $3, due = 0, claimed = 0
			WHERE ended = 0 AND state = 'standing' AND id <> $1 AND action = $4 AND room = $5 AND account = $6 AND (account <> '' OR nick = $7)`,
			string(e.ID), micros(now), "it was done anew", string(e.Action), escapeText(e.Room.String()), escapeText(e.Account), escapeText(e.Nick))
		return err
	})
	if err != nil {
		return fmt.Errorf("store: settle effect: %w", err)
	}
	return nil
}

// EndEffect implements [moderation.Effects].
func (s *Store) EndEffect(ctx context.Context, e Effect) error {
	_, err := s.exec(ctx, `UPDATE effects SET state = $2, ended = $3, ender_kind = $4, ender_id = $5, ender = $6, problem = $7, due = 0, claimed = 0
		WHERE id = $1 AND ended = 0`,
		string(e.ID), string(e.State), microsOrZero(e.Ended), string(e.EndedBy.Kind), e.EndedBy.ID, escapeText(e.EndedBy.Name), escapeText(e.Problem))
	if err != nil {
		return fmt.Errorf("store: end effect: %w", err)
	}
	return nil
}

// PutOffEffect implements [moderation.Effects].
func (s *Store) PutOffEffect(ctx context.Context, e Effect) error {
	_, err := s.exec(ctx, `UPDATE effects SET problem = $2, tries = $3, due = $4, ender_kind = $6, ender_id = $7, ender = $8, claimed = 0
		WHERE id = $1 AND ended = 0 AND until = $5`,
		string(e.ID), escapeText(e.Problem), e.Tries, microsOrZero(e.Due), microsOrZero(e.Until),
		string(e.EndedBy.Kind), e.EndedBy.ID, escapeText(e.EndedBy.Name))
	if err != nil {
		return fmt.Errorf("store: put off effect: %w", err)
	}
	return nil
}

// SetEffectEnd implements [moderation.Effects]. One whose action is under way is
// found out about first.
func (s *Store) SetEffectEnd(ctx context.Context, id EffectID, until time.Time) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.backend.serialise(ctx, tx, lockEffects); err != nil {
			return err
		}
		now, err := s.backend.clock(ctx, tx)
		if err != nil {
			return err
		}
		var busy bool
		err = tx.QueryRowContext(ctx, `SELECT claimed > $2 FROM effects WHERE id = $1 AND ended = 0`, string(id), micros(now)).Scan(&busy)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return moderation.ErrNoEffect
		case err != nil:
			return err
		case busy:
			return moderation.ErrEffectBusy
		}
		_, err = tx.ExecContext(ctx, `UPDATE effects SET until = $2, due = CASE WHEN state = 'pending' THEN due ELSE $2 END, problem = '', tries = 0
			WHERE id = $1 AND ended = 0`, string(id), microsOrZero(until))
		return err
	})
	if err != nil {
		return fmt.Errorf("store: set end of effect: %w", err)
	}
	return nil
}

// SetGranted implements [moderation.Effects].
func (s *Store) SetGranted(ctx context.Context, id EffectID, granted []moderation.Stayer) error {
	text, err := grantedText(granted)
	if err == nil {
		_, err = s.exec(ctx, `UPDATE effects SET granted = $2 WHERE id = $1`, string(id), text)
	}
	if err != nil {
		return fmt.Errorf("store: set whom a lock made members: %w", err)
	}
	return nil
}

// grantedText is empty for nobody.
func grantedText(granted []moderation.Stayer) (string, error) {
	if len(granted) == 0 {
		return "", nil
	}
	text, err := json.Marshal(granted)
	return escapeText(string(text)), err
}

// DropEffect implements [moderation.Effects].
func (s *Store) DropEffect(ctx context.Context, id EffectID) error {
	if _, err := s.exec(ctx, `DELETE FROM effects WHERE id = $1`, string(id)); err != nil {
		return fmt.Errorf("store: drop effect: %w", err)
	}
	return nil
}

const effectColumns = `id, action, room, account, nick, occupant_id, reason, actor_kind, actor_id, actor, since, until,
	attempt, job, before, members_only, fields, state, ended, ender_kind, ender_id, ender, problem, tries, due, granted`

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

// EffectRooms implements [moderation.Effects].
func (s *Store) EffectRooms(ctx context.Context) ([]xmpp.RoomJID, error) {
	rows, err := s.backend.reader().QueryContext(ctx, `SELECT DISTINCT room FROM effects WHERE ended = 0 ORDER BY room`)
	if err != nil {
		return nil, fmt.Errorf("store: rooms with effects: %w", err)
	}
	rooms, err := scanAll(rows, func(r row) (xmpp.RoomJID, error) {
		var address string
		if err := r.Scan(&address); err != nil {
			return xmpp.RoomJID{}, err
		}
		return xmpp.ParseRoom(address)
	})
	if err != nil {
		return nil, fmt.Errorf("store: rooms with effects: %w", err)
	}
	return rooms, nil
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

// anyDue looks whether there is something to claim, without writing.
func (s *Store) anyDue(ctx context.Context) (due bool, err error) {
	now, err := s.backend.clock(ctx, s.backend.reader())
	if err == nil {
		err = s.backend.reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM effects WHERE ended = 0 AND due > 0 AND due <= $1 AND claimed <= $1)`,
			micros(now)).Scan(&due)
	}
	if err != nil {
		return false, fmt.Errorf("store: effects that are due: %w", err)
	}
	return due, nil
}

func scanEffect(r row) (Effect, error) {
	var e Effect
	var room, fields, granted string
	var since, until, ended, due int64
	err := r.Scan(&e.ID, &e.Action, &room, &e.Account, &e.Nick, &e.OccupantID, &e.Reason, &e.By.Kind, &e.By.ID, &e.By.Name, &since, &until,
		&e.Attempt, &e.Job, &e.Before, &e.MembersOnly, &fields, &e.State, &ended, &e.EndedBy.Kind, &e.EndedBy.ID, &e.EndedBy.Name,
		&e.Problem, &e.Tries, &due, &granted)
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
	if granted != "" {
		if err := json.Unmarshal([]byte(granted), &e.Granted); err != nil {
			return Effect{}, fmt.Errorf("effect %s: %w", e.ID, err)
		}
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
