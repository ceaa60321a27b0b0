package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// ErrNoBackup says that the database is none that Backup and Restore know.
var ErrNoBackup = errors.New("store: only SQLite files are backed up here: for Postgres use pg_dump and pg_restore")

// Backup copies the SQLite file that the URL names to a new file, which only its
// owner can read, and checks the copy. It may run beside a server, whose kicks
// do not wait for it. A file that exists is left alone: the error matches
// fs.ErrExist. For Postgres it is ErrNoBackup.
func Backup(ctx context.Context, url, to string) (err error) {
	from, err := sqlitePath(url)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("store: backup: %w: %s", fs.ErrExist, to)
	}
	copied, err := copySQLite(ctx, from, filepath.Dir(to))
	if err != nil {
		return fmt.Errorf("store: backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(copied)) }()
	// Unlike a rename, a link replaces nothing.
	if err := os.Link(copied, to); err != nil {
		return fmt.Errorf("store: backup: %w", err)
	}
	return syncFolder(filepath.Dir(to))
}

// Restore puts a copy of a backup in the place of the SQLite file that the URL
// names, after it was checked. The former file, if any, is kept under the name
// that is returned. While a server runs on the file, nothing changes and the
// error is ErrInUse; a backup of a newer muckick gives ErrSchema.
func Restore(ctx context.Context, from, url string) (former string, err error) {
	to, err := sqlitePath(url)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(to); err == nil {
		to = real
	}
	// Before the lock, whose file would be left beside a database that was not
	// restored.
	copied, err := copySQLite(ctx, from, filepath.Dir(to))
	if err != nil {
		return "", fmt.Errorf("store: restore: %w", err)
	}
	lock, err := lockSQLite(to)
	if err != nil {
		return "", errors.Join(err, os.Remove(copied))
	}
	if lock != nil {
		defer func() { err = errors.Join(err, lock.Unlock()) }()
	}
	if former, err = putAside(to); err == nil {
		err = os.Rename(copied, to)
	}
	if err != nil {
		return former, fmt.Errorf("store: restore: %w", errors.Join(err, os.Remove(copied)))
	}
	return former, syncFolder(filepath.Dir(to))
}

// putAside renames a database and what SQLite keeps beside it. A log that stayed
// would be taken for that of the next database.
func putAside(path string) (former string, err error) {
	name := path + ".before-" + time.Now().UTC().Format("20060102T150405.000000Z")
	for _, suffix := range []string{"-journal", "-wal", "-shm", ""} {
		err := os.Rename(path+suffix, name+suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		former = name
	}
	return former, nil
}

// sqlitePath returns the file that a store's URL names.
func sqlitePath(url string) (string, error) {
	path, isSQLite := strings.CutPrefix(url, "sqlite:")
	path, _, _ = strings.Cut(path, "?")
	if !isSQLite || path == "" || path == ":memory:" {
		return "", ErrNoBackup
	}
	return path, nil
}

// checkHeader returns ErrNoDatabase for a file that does not begin as SQLite's do.
// SQLite's backup says so in no words.
func checkHeader(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s", path)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder, not a database", path)
	}
	const want = "SQLite format 3\x00"
	got := make([]byte, len(want))
	if n, err := io.ReadFull(file, got); err != nil && n > 0 || err == nil && string(got) != want {
		return fmt.Errorf("%w: %s", ErrNoDatabase, path)
	}
	return nil
}

// copySQLite copies a database of muckick to a new file in a folder, by SQLite's
// own means, checks it, and returns its name.
func copySQLite(ctx context.Context, from, folder string) (_ string, err error) {
	if err := checkHeader(from); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(folder, ".muckick-copy-*") // for its owner only
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no folder %s", folder)
	}
	if err != nil {
		return "", err
	}
	path := file.Name()
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	if err := copyPages(ctx, from, path); err != nil {
		return "", fmt.Errorf("%s: %w", from, err)
	}
	if err := checkCopy(ctx, path); err != nil {
		return "", fmt.Errorf("%s: %w", from, err)
	}
	return path, file.Sync()
}

// copyPages copies all pages in one go. Then the copy is one moment's, and in a
// file with a log nobody waits for it.
func copyPages(ctx context.Context, from, to string) (err error) {
	db, err := openSQLitePool(sqliteDSN(from, sqliteSettings(true)), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(driver any) error {
		source, ok := driver.(interface {
			NewBackup(string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("this driver makes no backups")
		}
		backup, err := source.NewBackup(sqliteDSN(to, url.Values{}))
		if err != nil {
			return err
		}
		_, err = backup.Step(-1)
		return errors.Join(err, backup.Finish())
	})
}

// checkCopy makes a copy one file without a log, and looks whether it is whole
// and muckick's.
func checkCopy(ctx context.Context, path string) (err error) {
	db, err := openSQLitePool(sqliteDSN(path, url.Values{"mode": {"rw"}, "_journal_mode": {"DELETE"}}), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var found string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("the database is damaged: %s", found)
	}
	return checkVersion(ctx, db)
}

// checkVersion looks whether a database is muckick's, and not a newer one's.
func checkVersion(ctx context.Context, db *sql.DB) error {
	found, err := sqliteTables(ctx, db)
	if err != nil {
		return err
	}
	if err := found.check(Options{NoAudit: true}); err != nil {
		return err
	}
	var version int64
	if err := db.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&version); err != nil {
		return err
	}
	files, err := fs.Glob(migrations, "migrations/sqlite/*.sql")
	if err != nil {
		return err
	}
	if version > int64(len(files)) {
		return fmt.Errorf("%w: schema %d, known %d", ErrSchema, version, len(files))
	}
	return nil
}
