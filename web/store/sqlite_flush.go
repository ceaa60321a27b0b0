package store

import (
	"context"
	"fmt"
	"os"
)

// findWAL notes where SQLite keeps the commits of the last time. It follows
// links as SQLite does.
func (b *sqliteBackend) findWAL(ctx context.Context) error {
	var file string
	if err := b.writes.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&file); err != nil {
		return err
	}
	b.wal = file + "-wal"
	return nil
}

// sync implements backend. SQLite flushes what it moves from the log into the
// file itself, so the log is all that there is to flush. It is opened every time,
// since SQLite may have made a new one; closing it ends no lock, for SQLite locks
// other files.
func (b *sqliteBackend) sync() error {
	if b.wal == "" {
		return nil
	}
	wal, err := os.OpenFile(b.wal, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer wal.Close()
	if err := flushData(wal); err != nil {
		return fmt.Errorf("%w: %w", errFlushLost, err)
	}
	return nil
}

func (b *sqliteBackend) durable() bool { return false }
