package store

import (
	"context"
	"database/sql"
	"fmt"
)

// maxOpenedRooms is how many opened rooms of an operator are remembered.
const maxOpenedRooms = 50

// RoomOpened remembers that an operator opened a room by its address. Beyond
// fifty rooms the one that was opened longest ago is forgotten.
func (s *Store) RoomOpened(ctx context.Context, operator Operator, room string) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO opened_rooms (operator, room, at)
			SELECT id, $2, $3 FROM operators WHERE id = $1
			ON CONFLICT (operator, room) DO UPDATE SET at = excluded.at`,
			operator.id, escapeText(room), micros(s.now())); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM opened_rooms WHERE operator = $1 AND room NOT IN
			(SELECT room FROM opened_rooms WHERE operator = $1 ORDER BY at DESC, room LIMIT $2)`,
			operator.id, maxOpenedRooms)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: room opened: %w", err)
	}
	return nil
}

// OpenedRooms returns the rooms that an operator opened by their address, the
// latest first.
func (s *Store) OpenedRooms(ctx context.Context, operator Operator) ([]string, error) {
	rows, err := s.backend.reader().QueryContext(ctx,
		`SELECT room FROM opened_rooms WHERE operator = $1 ORDER BY at DESC, room`, operator.id)
	if err != nil {
		return nil, fmt.Errorf("store: opened rooms: %w", err)
	}
	return scanAll(rows, func(r row) (room string, err error) {
		return room, r.Scan(&room)
	})
}

// ForgetRoom forgets that an operator opened a room. One that is not remembered
// is no error.
func (s *Store) ForgetRoom(ctx context.Context, operator Operator, room string) error {
	_, err := s.exec(ctx, `DELETE FROM opened_rooms WHERE operator = $1 AND room = $2`, operator.id, escapeText(room))
	if err != nil {
		return fmt.Errorf("store: forget room: %w", err)
	}
	return nil
}
