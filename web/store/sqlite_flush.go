package store

import (
	"context"
	"fmt"
	"os"
)

// sqliteLog is what SQLite keeps the commits of the last time in. Only the flusher
// uses the file.
type sqliteLog struct {
	path string // empty in memory
	file *os.File
}

// findLog notes where the log is. It follows links as SQLite does.
func (b *sqliteBackend) findLog(ctx context.Context) error {
	var file string
	if err := b.writes.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&file); err != nil {
		return err
	}
	b.log.path = file + "-wal"
	return nil
}

// sync implements backend. SQLite flushes what it moves from the log into the
// file itself, so the log is all that there is to flush. It stays open: as long as
// the store lives SQLite makes no new one (see sqliteFile), and locks other files.
func (b *sqliteBackend) sync() (err error) {
	if b.log.path == "" {
		return nil
	}
	if b.log.file == nil {
		if b.log.file, err = os.OpenFile(b.log.path, os.O_RDWR, 0); err != nil {
			return err
		}
	}
	if err := flushData(b.log.file); err != nil {
		return fmt.Errorf("%w: %w", errFlushLost, err)
	}
	return nil
}

func (l *sqliteLog) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

func (b *sqliteBackend) durable() bool { return false }
