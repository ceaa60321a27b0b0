package store

import (
	"context"
	"encoding/json"
	"fmt"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// Evictions implements [moderation.JobStore].
func (s *Store) Evictions(ctx context.Context, id JobID) ([]moderation.Eviction, error) {
	// Read where it was written, as what was attempted is.
	rows, err := s.backend.writer().QueryContext(ctx, `SELECT body FROM evictions WHERE job = $1 ORDER BY room`, string(id))
	if err != nil {
		return nil, fmt.Errorf("store: evictions: %w", err)
	}
	evictions, err := scanAll(rows, func(r row) (e moderation.Eviction, err error) {
		var body string
		if err := r.Scan(&body); err != nil {
			return e, err
		}
		return e, json.Unmarshal([]byte(body), &e)
	})
	if err != nil {
		return nil, fmt.Errorf("store: evictions: %w", err)
	}
	return evictions, nil
}

// KeepEviction implements [moderation.JobStore].
func (s *Store) KeepEviction(ctx context.Context, id JobID, e moderation.Eviction) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("store: keep eviction: %w", err)
	}
	_, err = s.exec(ctx, `INSERT INTO evictions (job, room, body) VALUES ($1, $2, $3)
		ON CONFLICT (job, room) DO UPDATE SET body = excluded.body`, string(id), e.Room.String(), escapeText(string(body)))
	if err != nil {
		return fmt.Errorf("%w: keep eviction: %w", ErrNotStored, err)
	}
	return nil
}

// EndEviction implements [moderation.JobStore].
func (s *Store) EndEviction(ctx context.Context, id JobID, room xmpp.RoomJID) error {
	if _, err := s.exec(ctx, `DELETE FROM evictions WHERE job = $1 AND room = $2`, string(id), room.String()); err != nil {
		return fmt.Errorf("store: end eviction: %w", err)
	}
	return nil
}
