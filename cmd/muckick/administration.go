package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muckick/cmd/muckick/internal/app"
	"muckick/cmd/muckick/internal/config"
	"muckick/web/store"
)

// storeWork is what a command does with the store and the name it was given, if
// it takes one.
type storeWork func(c *cobra.Command, s *store.Store, name string) error

// storeCommand returns a command that opens the store beside a server that may
// be running, does its work and closes the store. A command that creates has a
// flag that lets it make a database that is not there.
func storeCommand(env []string, use, short string, args cobra.PositionalArgs, creates bool, do storeWork) *cobra.Command {
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  args,
		RunE: func(c *cobra.Command, args []string) (err error) {
			s, err := openForAdministration(c, env)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			return do(c, s, strings.Join(args, ""))
		},
	}
	if creates {
		c.Flags().Bool(createFlag, false, "make the database where there is none yet")
	}
	config.AddFlags(c.Flags(), config.Store)
	return c
}

// listCommand returns a storeCommand that lists, as JSON too.
func listCommand(env []string, short string, do storeWork) *cobra.Command {
	c := storeCommand(env, "list", short, noArguments, false, do)
	addJSONFlag(c, new(bool))
	return c
}

func openForAdministration(c *cobra.Command, env []string) (*store.Store, error) {
	cfg, err := config.Load(c.Flags(), env, config.Store)
	if err != nil {
		return nil, err
	}
	for _, warning := range cfg.Warnings {
		fmt.Fprintln(c.ErrOrStderr(), "warning:", warning)
	}
	if err := checkDatabase(c, cfg.Store); err != nil {
		return nil, err
	}
	s, err := store.Open(c.Context(), store.Options{
		Origin:  store.Origin{Actor: store.Actor{Kind: store.ByCommand, Name: accountName()}},
		URL:     cfg.Store,
		NoAudit: true,
		Create:  mayCreate(c),
		Logger:  app.NewLogger(c.ErrOrStderr(), slog.LevelWarn, "text"),
	})
	if errors.Is(err, store.ErrNoTables) {
		return nil, fmt.Errorf("%w.\n%s", err, whoCreates(c))
	}
	return s, err
}

// mayCreate tells whether a command was told to make a database that is not there.
func mayCreate(c *cobra.Command) bool {
	create := c.Flags().Lookup(createFlag)
	return create != nil && create.Value.String() == "true"
}

// whoCreates says how there comes to be a database.
func whoCreates(c *cobra.Command) string {
	if c.Flags().Lookup(createFlag) == nil {
		return "If there is another, set --store or --config, or run this where the server runs"
	}
	return fmt.Sprintf("\"muckick serve\" makes it when it starts, or --%s does here.\nIf it is elsewhere, set --store or --config, or run this where the server runs", createFlag)
}

// accountName is the system's name of whose process this is, for the trail, or
// their number where it has none, as in many containers.
func accountName() string {
	if account, err := user.Current(); err == nil {
		return account.Username
	}
	return strconv.Itoa(os.Getuid())
}

// checkDatabase sees to it that nobody works on a database other than they
// think: an SQLite file depends on the directory that the command runs in.
func checkDatabase(c *cobra.Command, url string) error {
	file, isSQLite := strings.CutPrefix(url, "sqlite:")
	if !isSQLite {
		return nil
	}
	if file == ":memory:" {
		return errors.New("store: a database in memory belongs to the process that serves it, and no other can change it")
	}
	file, _, _ = strings.Cut(file, "?")
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return nil // whatever else is wrong with it, the store says better
	}
	if absolute, err := filepath.Abs(file); err == nil {
		file = absolute
	}
	if mayCreate(c) {
		return nil
	}
	return fmt.Errorf("store: there is no database %s.\n%s", file, whoCreates(c))
}

// createFlag lets a command make a database that is not there.
const createFlag = "create"

// showTime returns a time of the store for a list.
func showTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04 MST")
}

// say writes one line of a command's result.
func say(c *cobra.Command, format string, args ...any) error {
	_, err := fmt.Fprintf(c.OutOrStdout(), format+"\n", args...)
	return err
}

// explain words the store's answers for the person who gave the name.
func explain(err error, kind, name string) error {
	switch {
	case errors.Is(err, store.ErrDuplicate):
		return fmt.Errorf("the %s %q exists already", kind, name)
	case errors.Is(err, store.ErrLastAdministrator):
		return fmt.Errorf("%s is the last administrator who can sign in; let somebody else be one first: muckick operator grant NAME administrator", name)
	case errors.Is(err, store.ErrExternal):
		return fmt.Errorf("%s signs in at the identity provider, where password and grants are kept", name)
	case errors.Is(err, store.ErrNoFactor):
		return fmt.Errorf("%s has no second factor", name)
	case errors.Is(err, store.ErrNoOperator), errors.Is(err, store.ErrNoToken):
		return fmt.Errorf("there is no %s %q", kind, name)
	}
	return err
}
