package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// AddBars implements [moderation.BarStore].
func (s *Store) AddBars(ctx context.Context, bars []moderation.Bar) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		for _, bar := range bars {
			_, err := tx.ExecContext(ctx, `INSERT INTO bars (id, room, account, nick, kind, reason, actor_kind, actor_id, actor, address, job,
					since, until, returned, acted, last)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0)
				ON CONFLICT (room, account, nick) DO UPDATE SET id = excluded.id, kind = excluded.kind, reason = excluded.reason,
					actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, actor = excluded.actor, address = excluded.address,
					job = excluded.job, since = excluded.since, until = excluded.until`,
				newID(bar.Since), bar.Room.String(), escapeText(bar.Account), escapeText(bar.Nick), string(bar.Kind), escapeText(bar.Reason),
				string(bar.By.Kind), bar.By.ID, escapeText(bar.By.Name), escapeText(bar.Address), string(bar.Job),
				micros(bar.Since), micros(bar.Until))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: add bars: %w", err)
	}
	return nil
}

const selectBar = `SELECT id, room, account, nick, kind, reason, actor_kind, actor_id, actor, address, job,
	since, until, returned, acted, last FROM bars`

func scanBar(r row) (moderation.Bar, error) {
	var b moderation.Bar
	var room string
	var since, until, last int64
	err := r.Scan(&b.ID, &room, &b.Account, &b.Nick, &b.Kind, &b.Reason, &b.By.Kind, &b.By.ID, &b.By.Name, &b.Address, &b.Job,
		&since, &until, &b.Returned, &b.Acted, &last)
	if err != nil {
		return b, err
	}
	b.Since, b.Until, b.Last = fromMicros(since), fromMicros(until), fromMicros(last)
	b.Room, err = xmpp.ParseRoom(room)
	return b, err
}

// Bars implements [moderation.BarStore].
func (s *Store) Bars(ctx context.Context, filter moderation.BarFilter) ([]moderation.Bar, error) {
	var c conditions
	c.add("until > %s", micros(s.now()))
	if filter.Room != (xmpp.RoomJID{}) {
		c.add("room = %s", filter.Room.String())
	}
	if filter.Job != "" {
		c.add("job = %s", string(filter.Job))
	}
	if filter.Account != "" {
		c.add("account = %s", escapeText(filter.Account))
	}
	rows, err := s.backend.reader().QueryContext(ctx, selectBar+c.where()+` ORDER BY id DESC`, c.args...)
	if err != nil {
		return nil, fmt.Errorf("store: bars: %w", err)
	}
	list, err := scanAll(rows, scanBar)
	if err != nil {
		return nil, fmt.Errorf("store: bars: %w", err)
	}
	return list, nil
}

// Bar implements [moderation.BarStore].
func (s *Store) Bar(ctx context.Context, id string) (moderation.Bar, error) {
	bar, err := scanBar(s.backend.reader().QueryRowContext(ctx, selectBar+` WHERE id = $1`, id))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return moderation.Bar{}, moderation.ErrNoBar
	case err != nil:
		return moderation.Bar{}, fmt.Errorf("store: bar: %w", err)
	}
	return bar, nil
}

// RemoveBar implements [moderation.BarStore].
func (s *Store) RemoveBar(ctx context.Context, id string) error {
	removed, err := s.exec(ctx, `DELETE FROM bars WHERE id = $1`, id)
	switch {
	case err != nil:
		return fmt.Errorf("store: remove bar: %w", err)
	case removed == 0:
		return moderation.ErrNoBar
	}
	return nil
}

// CountReturn implements [moderation.BarStore]. A zero time is no return.
func (s *Store) CountReturn(ctx context.Context, id string, at time.Time, acted bool) error {
	returned, answered := 1, 0
	if at.IsZero() {
		returned = 0
	}
	if acted {
		answered = 1
	}
	_, err := s.exec(ctx, `UPDATE bars SET returned = returned + $2, acted = acted + $3,
		last = CASE WHEN last < $4 THEN $4 ELSE last END WHERE id = $1`, id, returned, answered, microsOrZero(at))
	if err != nil {
		return fmt.Errorf("store: count return: %w", err)
	}
	return nil
}

// purgeBars deletes bars that have ended.
func (s *Store) purgeBars(ctx context.Context) error {
	_, err := s.purge(ctx, `DELETE FROM bars WHERE until <= $1`, func(now time.Time) []any { return []any{micros(now)} })
	if err != nil {
		return fmt.Errorf("store: purge bars: %w", err)
	}
	return nil
}
