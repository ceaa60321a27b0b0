package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newRootCommand returns the tree of all commands. They take their settings
// from env, besides their flags.
func newRootCommand(env []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "muckick",
		Short: "Kick people out of XMPP group chats",
		Long: `muckick kicks people out of XMPP group chats: for programs, by POST /muc_kick,
and for moderators, by a web panel. It works with any server that speaks
XEP-0045, as an account with the right to moderate.`,
		Example: `  muckick demo                          try it: no server, no configuration needed
  muckick config > muckick.toml         write a configuration to fill in
  muckick check --config muckick.toml   see whether a kick would work
  muckick operator add alice --create --config muckick.toml
  muckick serve --config muckick.toml
  source <(muckick completion bash)     let the shell complete commands and flags`,
		Args:          unknownCommand,
		RunE:          showHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
	}
	root.SetVersionTemplate("{{.Version}}")
	root.AddCommand(
		newDemoCommand(),
		newServeCommand(env),
		newCheckCommand(env),
		newOperatorCommand(env),
		newTokenCommand(env),
		newExemptCommand(env),
		newBackupCommand(env),
		newRestoreCommand(env),
		newConfigCommand(),
		newManCommand(root),
		newVersionCommand(),
	)
	root.SetHelpCommand(newHelpCommand(root))
	root.InitDefaultCompletionCmd()
	checkShells(root)
	root.SetUsageFunc(showUsage)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &usageError{Command: c.CommandPath(), Err: flagError(err)}
	})
	root.SetGlobalNormalizationFunc(spellLikeKey)
	markUsageErrors(root)
	return root
}

// spellLikeKey returns the one spelling of a flag: that of the keys of the
// configuration, which have no dashes. So --tls-cert is --tls_cert.
func spellLikeKey(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	return pflag.NormalizedName(strings.ReplaceAll(name, "-", "_"))
}

// checkShells makes the command that cobra adds refuse what it does not know, as all
// others do.
func checkShells(root *cobra.Command) {
	completion, _, err := root.Find([]string{"completion"})
	if err != nil {
		return
	}
	completion.Args, completion.RunE = unknownCommand, showHelp
	for _, shell := range completion.Commands() {
		shell.Args = noArguments
	}
}

// flagError words what is wrong with the value of a flag.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	problem := "cannot be used"
	switch invalid.GetFlag().Value.Type() {
	case "int":
		problem = "is no whole number"
	case "bool":
		problem = "is neither true nor false"
	}
	return fmt.Errorf("--%s: %q %s", invalid.GetFlag().Name, invalid.GetValue(), problem)
}

// A usageError says what is wrong with the arguments of a command.
type usageError struct {
	Command string // with those above it, as it was called
	Err     error
}

func (e *usageError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *usageError) Unwrap() error { return e.Err }

// markUsageErrors makes what the commands say of their arguments a usageError.
func markUsageErrors(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return &usageError{Command: c.CommandPath(), Err: err}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		markUsageErrors(sub)
	}
}

// unknownCommand refuses every argument of a command that only groups others.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	_, command, _ := strings.Cut(c.CommandPath()+" "+args[0], " ")
	message := fmt.Sprintf("there is no command %q", command)
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		message += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return errors.New(message)
}

// noArguments refuses arguments of a command that takes none.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q", args[0])
	}
	return nil
}

// exactly wants one argument, which the help calls by the given name.
func exactly(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("the %s is missing", name)
		case len(args) > 1:
			return fmt.Errorf("one %s is expected, not %d", name, len(args))
		case args[0] == "":
			return fmt.Errorf("the %s is empty", name)
		}
		return nil
	}
}

// newHelpCommand returns the command that shows the help of others.
func newHelpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help COMMAND",
		Short: "Tell more about a command",
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				if c == nil {
					c = root
				}
				return &usageError{Command: c.CommandPath(), Err: unknownCommand(c, rest)}
			}
			return c.Help()
		},
	}
}

func showHelp(c *cobra.Command, _ []string) error { return c.Help() }
