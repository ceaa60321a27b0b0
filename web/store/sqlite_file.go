package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"
)

// sqliteFile is the database's file and its log, as they were when they were
// opened. SQLite goes on writing to files that were moved away or deleted, and
// those writes are lost for whoever starts next.
type sqliteFile struct {
	path string
	file os.FileInfo
	log  os.FileInfo // nil when the file is opened for reading

	// keeper has the log open for as long as the store lives: SQLite deletes it
	// with its last connection, and makes another with the next.
	keeper *sql.Conn
}

// openAll opens all connections of db, so that none is opened when another file
// is in the place.
func openAll(ctx context.Context, db *sql.DB, connections int) error {
	for range connections {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() // only then: else the next would be the same
		// A connection opens the log when it reads.
		var tables int
		if err := conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema`).Scan(&tables); err != nil {
			return err
		}
	}
	return nil
}

// watchSQLite opens all connections of db, keeps one of them, and remembers which
// files they have open.
func watchSQLite(ctx context.Context, path string, db *sql.DB, connections int) (*sqliteFile, error) {
	if err := openAll(ctx, db, connections); err != nil {
		return nil, err
	}
	f := &sqliteFile{path: path}
	var err error
	if f.keeper, err = db.Conn(ctx); err != nil {
		return nil, err
	}
	if f.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(err, f.keeper.Close())
	}
	if f.log, err = os.Stat(path + "-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, f.keeper.Close())
	}
	return f, nil
}

// check returns ErrMoved unless the files are where they were opened.
func (f *sqliteFile) check() error {
	if now, err := os.Stat(f.path); err != nil || !os.SameFile(now, f.file) {
		return fmt.Errorf("%w: %s", ErrMoved, f.path)
	}
	if f.log == nil {
		return nil
	}
	if now, err := os.Stat(f.path + "-wal"); err != nil || !os.SameFile(now, f.log) {
		return fmt.Errorf("%w: %s-wal", ErrMoved, f.path)
	}
	return nil
}

// lockSQLite makes this process the only one that serves the file, or returns
// ErrInUse. The lock is on a file beside it, because SQLite's own locks on the
// database end as soon as anything else in the process closes it, and it ends
// with the process, however that ends. Where no file can be made, on a full or
// read-only disk, it returns nil and no error.
func lockSQLite(path string) (*flock.Flock, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	lock := flock.New(path+"-lock", flock.SetPermissions(0o600))
	taken, err := lock.TryLock()
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("store: lock SQLite file: %w", err)
	case !taken:
		return nil, fmt.Errorf("%w: %s", ErrInUse, path)
	}
	return lock, nil
}
