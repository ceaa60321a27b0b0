package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"muckick/cmd/muckick/internal/check"
	"muckick/cmd/muckick/internal/config"
	"muckick/xmpp"
)

func newCheckCommand(env []string) *cobra.Command {
	var plan check.Plan
	var addresses []string
	c := &cobra.Command{
		Use:   "check",
		Short: "Say whether a kick would work, and what to change on the chat server if not",
		Long: `check logs in as configured and says, service by service, what works and what
to change on the chat server for the rest. Its exit status is 1 when something
keeps a kick from working in what was checked, and 0 when nothing does. That may
not be seen where no room is listed: then it says "unknown", and "kick_works" is
null in JSON.

Nobody notices the check unless --room is given. It asks

  for the group chat services, and for the rooms that they list;
  up to 25 of the rooms, without entering them, for what only their owners and
  admins are told. When all of them tell, the account may kick there. A service
  admin owns every room, so then it may kick in all others too;
  250 short questions at once, to see whether the server slows the account down.

--probe also makes a hidden room for a few seconds on every service, lets a
second session of the account enter, makes over the room to a made-up owner and
looks at whether the account still has all rights, as only a service admin has.
Then it kicks the second session for real, by the same code as serve. Where the
server protects owners from each other, it refuses that, and check says so. Where
a service lists no rooms, as Prosody 13 does by default, nothing is wrong, but
only this or --room shows whether a kick would work.

--room enters a room that exists, which its occupants see, and asks there for a
kick of a nick that nobody has. This shows whether kicks work in that room, even
when the account has rights in a few rooms only. The exit status is then about
the rooms that were named, and services are only listed.`,
		Example: `  muckick check --config muckick.toml
  muckick check --config muckick.toml --probe
  muckick check --config muckick.toml --room snuggery@chat.example.org`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if plan.Probe && len(addresses) > 0 {
				return &usageError{Command: c.CommandPath(), Err: errors.New("--probe is about services and --room about rooms: give one of them")}
			}
			cfg, err := config.Load(c.Flags(), env, config.XMPP)
			if err != nil {
				return err
			}
			for _, address := range addresses {
				room, err := xmpp.ParseRoom(address)
				if err != nil {
					return &usageError{Command: c.CommandPath(), Err: fmt.Errorf("--room %s: %w", address, err)}
				}
				plan.Rooms = append(plan.Rooms, room)
			}
			for _, warning := range cfg.Warnings {
				fmt.Fprintln(c.ErrOrStderr(), "warning:", warning)
			}
			return plan.Run(c.Context(), cfg.XMPP, c.OutOrStdout())
		},
	}
	c.Flags().SortFlags = false
	c.Flags().BoolVar(&plan.Probe, "probe", false, "try a kick in a hidden room that is made for it")
	c.Flags().StringSliceVar(&addresses, "room", nil, "`address` of a room to enter and look around in; may be given several times")
	addJSONFlag(c, &plan.JSON)
	config.AddFlags(c.Flags(), config.XMPP)
	return c
}
