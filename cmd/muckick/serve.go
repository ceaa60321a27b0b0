package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"muckick/cmd/muckick/internal/app"
	"muckick/cmd/muckick/internal/config"
)

func newServeCommand(env []string) *cobra.Command {
	sections := []config.Section{config.Web, config.Store, config.XMPP, config.Log}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the panel and POST /muc_kick",
		Long: `serve answers POST /muc_kick and shows the panel, until it is told to stop by
SIGINT or SIGTERM: then it lets the kicks under way finish, which takes ten
seconds at most. A second signal ends it at once.

It starts even when the chat server is out of reach, and keeps trying; /readyz
says whether it is connected and the audit trail takes entries. Whether its
account may kick is what "muckick check" finds out. All else that is wrong ends
it at once: a fault in the configuration, an address in use, a store that cannot
be opened, or a certificate that cannot be read.

Settings come from flags, environment variables and a file, in this order of
precedence. "muckick config" explains all of them.`,
		Example: "  muckick serve --config muckick.toml",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := config.Load(c.Flags(), env, sections...)
			if err != nil {
				return err
			}
			return serve(c.Context(), cfg, c.ErrOrStderr(), app.StopTimes{})
		},
	}
	config.AddFlags(c.Flags(), sections...)
	return c
}

// serve runs muckick as configured until ctx ends, and then for as long as stop allows.
// It logs to logs.
func serve(ctx context.Context, cfg *config.Config, logs io.Writer, stop app.StopTimes) error {
	log := app.NewLogger(logs, cfg.LogLevel, cfg.LogFormat)
	for _, warning := range cfg.Warnings {
		log.Warn(warning)
	}
	a, err := app.Open(ctx, cfg, log)
	if err != nil {
		return err
	}
	a.Stop = stop
	return a.Run(ctx)
}
