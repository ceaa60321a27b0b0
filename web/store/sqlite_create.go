package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
)

// prepareSQLite sees to it that there is a file to open, if the options let it make
// one, and that it is not another program's. It changes nothing in a file that it
// refuses.
func prepareSQLite(ctx context.Context, path string, opts Options) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && opts.mayCreate():
		return createPrivate(path)
	case err != nil:
		return fmt.Errorf("store: open SQLite file: %w", err)
	case info.IsDir():
		return nil // which SQLite refuses
	case info.Size() == 0:
		return adoptEmpty(path, opts)
	}
	if err := checkHeader(path); err != nil {
		return err
	}
	db, err := openSQLitePool(sqliteDSN(path, url.Values{"mode": {"rw"}, "_busy_timeout": {"10000"}}), 1)
	if err != nil {
		return err
	}
	found, err := sqliteTables(ctx, db)
	if err == nil {
		err = found.check(opts)
	} else {
		err = openingError(path, err)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("%w: %s", err, path)
	}
	return nil
}

// createPrivate creates a database file so that only its owner can read it: it holds
// keys and password hashes. SQLite gives the files beside it the same permissions.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // since just now
	}
	if err != nil {
		return fmt.Errorf("store: create SQLite file: %w", err)
	}
	return file.Close()
}

// adoptEmpty makes an empty file one that only its owner can read.
func adoptEmpty(path string, opts Options) error {
	if !opts.mayCreate() {
		return fmt.Errorf("%w: %s", ErrNoTables, path)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("store: make the SQLite file private: %w", err)
	}
	return nil
}

// sqliteTables implements migrator.tables.
func sqliteTables(ctx context.Context, db *sql.DB) (found tables, err error) {
	err = db.QueryRowContext(ctx, `SELECT
			COUNT(*) FILTER (WHERE name IN ('attempts', 'goose_db_version')) = 2,
			COUNT(*) FILTER (WHERE name <> 'goose_db_version' AND name NOT LIKE 'sqlite\_%' ESCAPE '\') > 0
		FROM sqlite_schema WHERE type IN ('table', 'view')`).Scan(&found.ours, &found.other)
	return found, err
}
