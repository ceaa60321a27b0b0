package store

import (
	"context"
	"errors"
	"net/url"
	"strings"
)

// openBackend connects to the database that opts.URL names. Errors never carry
// the URL, since it may hold a password.
func openBackend(ctx context.Context, opts Options) (backend, error) {
	scheme, rest, found := strings.Cut(opts.URL, ":")
	switch {
	case found && scheme == "sqlite":
		name, query, _ := strings.Cut(rest, "?")
		return openSQLite(ctx, name, query, opts)
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return openPostgres(ctx, opts)
	default:
		return nil, errors.New(`store: the URL must begin with "sqlite:" or "postgres://"`)
	}
}

// sqliteDSN returns the name by which SQLite opens a file with settings.
func sqliteDSN(path string, settings url.Values) string {
	escaped := (&url.URL{Path: path}).EscapedPath()
	return "file:" + escaped + "?" + settings.Encode()
}
