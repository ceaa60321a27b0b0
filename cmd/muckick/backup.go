package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"muckick/cmd/muckick/internal/config"
	"muckick/web/store"
)

func newBackupCommand(env []string) *cobra.Command {
	return databaseCommand(env, "backup FILE", "Copy the database to a new file, beside a running server",
		`backup copies the SQLite database that is configured to a new file, and checks
the copy. It works beside a running server. The file holds password hashes, so
only its owner can read it; a file that exists is left alone.

A database on Postgres is backed up by pg_dump.`,
		"  muckick backup /var/backups/muckick.db --config muckick.toml",
		func(c *cobra.Command, url, file string) error {
			if err := store.Backup(c.Context(), url, file); err != nil {
				return err
			}
			return say(c, "The database is copied to %s, and the copy is sound.", file)
		})
}

func newRestoreCommand(env []string) *cobra.Command {
	return databaseCommand(env, "restore FILE", "Put a backup in the place of the database, while no server runs",
		`restore checks a backup and puts a copy of it in the place of the SQLite
database that is configured. No server may run on that meanwhile. The database
that was there is kept beside it, under a name that restore tells.

A database on Postgres is restored by pg_restore or psql.`,
		"  muckick restore /var/backups/muckick.db --config muckick.toml",
		func(c *cobra.Command, url, file string) error {
			former, err := store.Restore(c.Context(), file, url)
			switch {
			case errors.Is(err, store.ErrInUse):
				return errors.New("a server runs on the database: stop it first; nothing has changed")
			case err != nil && former != "":
				return fmt.Errorf("%w; the database that was there is %s", err, former)
			case err != nil:
				return err
			}
			if former != "" {
				if err := say(c, "The database that was there is kept as %s.", former); err != nil {
					return err
				}
			}
			return say(c, "%s is restored.", file)
		})
}

// databaseCommand returns a command on the configured database and a file.
func databaseCommand(env []string, use, short, long, example string, do func(c *cobra.Command, url, file string) error) *cobra.Command {
	c := &cobra.Command{
		Use:     use,
		Short:   short,
		Long:    long,
		Example: example,
		Args:    exactly("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := config.Load(c.Flags(), env, config.Store)
			if err != nil {
				return err
			}
			for _, warning := range cfg.Warnings {
				fmt.Fprintln(c.ErrOrStderr(), "warning:", warning)
			}
			err = do(c, cfg.Store, args[0])
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s exists already, and is left alone", args[0])
			}
			return err
		},
	}
	config.AddFlags(c.Flags(), config.Store)
	return c
}
