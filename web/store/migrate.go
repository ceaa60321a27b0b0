package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// migrator brings a schema up to date.
type migrator struct {
	dialect goose.Dialect
	folder  string
	db      *sql.DB
	opts    Options
	// tables tells which tables there are.
	tables func(context.Context) (tables, error)
}

// tables are what a database holds.
type tables struct {
	ours  bool // muckick's
	other bool // what another program made
}

// check returns why a database that holds these tables is not opened, if so.
func (t tables) check(opts Options) error {
	switch {
	case t.ours:
		return nil
	case t.other:
		return ErrForeign
	case !opts.mayCreate():
		return ErrNoTables
	}
	return nil
}

// up applies the migrations that the database lacks, and tells whether there
// were none before. A schema newer than those is refused with ErrSchema, and one
// that must not be updated with ErrOldSchema.
func (m migrator) up(ctx context.Context, options ...goose.ProviderOption) (made bool, err error) {
	files, err := fs.Sub(migrations, "migrations/"+m.folder)
	if err != nil {
		return false, err
	}
	found, err := m.tables(ctx)
	if err != nil {
		return false, err
	}
	if err := found.check(m.opts); err != nil {
		return false, err
	}
	options = append(options, goose.WithDisableGlobalRegistry(true), goose.WithSlog(m.opts.Logger))
	provider, err := goose.NewProvider(m.dialect, m.db, files, options...)
	if err != nil {
		return false, err
	}
	if m.opts.NoAudit {
		current, target, err := provider.GetVersions(ctx)
		if err != nil {
			return false, err
		}
		if current > 0 && current < target {
			return false, fmt.Errorf("%w: schema %d, wanted %d", ErrOldSchema, current, target)
		}
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return false, err
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return false, err
	}
	if current > target {
		return false, fmt.Errorf("%w: schema %d, known %d", ErrSchema, current, target)
	}
	return len(applied) > 0 && applied[0].Source.Version == 1, nil
}
