package main

import (
	"log/slog"

	"github.com/spf13/cobra"

	"muckick/cmd/muckick/internal/app"
	"muckick/cmd/muckick/internal/demo"
)

func newDemoCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "Try muckick: a chat server with people in it, the panel and the API in one process",
		Long: `demo runs everything in one process: a small chat server with rooms full of
people who come, go and talk, the panel, and POST /muc_kick. It says where they
are and how to sign in, needs no configuration and keeps nothing.

Any XMPP client can join in. The chat server speaks without encryption, so it
only listens on a loopback address.`,
		Args: noArguments,
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.String("listen", demo.DefaultListen, "`address` of the panel and of POST /muc_kick; a free port is taken when the default one is in use")
	flags.String("xmpp_listen", demo.DefaultXMPPListen, "`address` of the chat server, likewise")
	crowd := flags.Int("crowd", 0, "add a room with `N` people in it, to see how a large one feels")
	asked := func(flag string) string {
		if f := flags.Lookup(flag); f.Changed {
			return f.Value.String()
		}
		return ""
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return demo.Run(c.Context(), demo.Options{
			Listen:     asked("listen"),
			XMPPListen: asked("xmpp_listen"),
			Crowd:      *crowd,
			Out:        c.OutOrStdout(),
			Log:        app.NewLogger(c.ErrOrStderr(), slog.LevelWarn, "text"),
		})
	}
	return c
}
