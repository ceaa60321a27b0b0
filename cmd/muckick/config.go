package main

import (
	"github.com/spf13/cobra"

	"muckick/cmd/muckick/internal/config"
)

func newConfigCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Write an empty configuration with every key explained",
		Long: `config writes a configuration file to standard output, with every key, its
meaning and its default. All lines are comments: take away the # of those that
you change.

Every key can also be set by a flag and by an environment variable. A flag has
precedence over a variable, a variable over the file, and the file over the
default.`,
		Example: "  muckick config > muckick.toml",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return config.WriteExample(c.OutOrStdout())
		},
	}
}
