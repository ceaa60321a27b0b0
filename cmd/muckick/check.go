package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"muckick/xmpp"
)

// checkTimeout bounds the whole check.
const checkTimeout = 2 * time.Minute

func newCheckCommand(env []string) *cobra.Command {
	var plan checkPlan
	var addresses []string
	c := &cobra.Command{
		Use:   "check",
		Short: "Say whether a kick would work, and what to change on the chat server if not",
		Long: `check logs in as configured and says, service by service, what works and what
to change on the chat server for the rest. Its exit status is 0 only when a kick
would work in all that was checked.

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
server protects owners from each other, it refuses that, and check says so. Use
this where a service lists no rooms.

--room enters a room that exists, which its occupants see, and asks there for a
kick of a nick that nobody has. This shows whether kicks work in that room, even
when the account has rights in a few rooms only. The exit status is then about
the rooms that were named, and services are only listed.`,
		Example: `  muckick check --config muckick.toml
  muckick check --config muckick.toml --probe
  muckick check --config muckick.toml --room snuggery@chat.example.org`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if plan.probe && len(addresses) > 0 {
				return &usageError{Command: c.CommandPath(), Err: errors.New("--probe is about services and --room about rooms: give one of them")}
			}
			cfg, err := loadConfig(c, env, sectionXMPP)
			if err != nil {
				return err
			}
			for _, address := range addresses {
				room, err := xmpp.ParseRoom(address)
				if err != nil {
					return &usageError{Command: c.CommandPath(), Err: fmt.Errorf("--room %s: %w", address, err)}
				}
				plan.rooms = append(plan.rooms, room)
			}
			for _, warning := range cfg.Warnings {
				fmt.Fprintln(c.ErrOrStderr(), "warning:", warning)
			}
			return plan.run(c.Context(), cfg.XMPP, newReport(c.OutOrStdout()))
		},
	}
	c.Flags().SortFlags = false
	c.Flags().BoolVar(&plan.probe, "probe", false, "try a kick in a hidden room that is made for it")
	c.Flags().StringSliceVar(&addresses, "room", nil, "`address` of a room to enter and look around in; may be given several times")
	addConfigFlags(c, sectionXMPP)
	return c
}

// A checkPlan says what is checked beyond what nobody notices.
type checkPlan struct {
	probe bool
	rooms []xmpp.RoomJID
}

// A check is one under way.
type check struct {
	plan    checkPlan
	options xmpp.Options
	report  *report
	client  *xmpp.Client
	second  *accountSession // beside the client's
}

// run checks, writes the report and returns errReported if a kick would not
// work in all that was checked.
func (p checkPlan) run(ctx context.Context, o xmpp.Options, r *report) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	client, err := xmpp.New(o)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var session sync.WaitGroup
	session.Go(func() { _ = client.Run(running) }) // its status has the error
	defer session.Wait()
	defer stop()

	c := &check{plan: p, options: o, report: r, client: client}
	c.all(ctx)
	if ctx.Err() != nil {
		r.problem("the check was not finished", context.Cause(ctx).Error())
	}
	return r.conclude()
}

func (c *check) all(ctx context.Context) {
	c.report.heading(c.options.JID)
	if !c.connect(ctx) {
		return
	}
	second, err := openAccountSession(ctx, c.options)
	if err != nil {
		c.report.problem("a second session for questions of this check does not come about: " + err.Error())
		return
	}
	c.second = second
	defer second.close()
	services := c.services(ctx)
	if len(services) > 0 {
		c.speed(ctx, services[0])
	}
	for _, service := range services {
		c.report.heading(service.Domain)
		c.service(ctx, service)
	}
	for _, room := range c.plan.rooms {
		c.report.heading(room.String())
		c.room(ctx, room)
	}
}

// connect waits until the client is connected, or why it is not is known.
func (c *check) connect(ctx context.Context) bool {
	for {
		status, changed := c.client.Status()
		switch {
		case status.Online:
			c.report.ok("logged in as %s", status.JID)
			return true
		case status.Err != nil:
			text, advice := explainConnection(status.Err, c.options)
			c.report.problem(text, advice...)
			return false
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// services returns the group chat services, and reports those that are not
// what they should be.
func (c *check) services(ctx context.Context) []xmpp.Service {
	found, err := c.client.Services(ctx)
	if len(found) > 0 {
		c.report.ok("%s: %s", count(len(found), "group chat service"), domains(found))
	}
	for _, wanted := range c.options.Services {
		if slices.ContainsFunc(found, func(s xmpp.Service) bool { return s.Domain == wanted }) {
			continue
		}
		_, err := c.client.Rooms(ctx, wanted)
		c.report.problem(fmt.Sprintf("xmpp.services names %s, which is no group chat service here: %v", wanted, err), adviceNoService(c.options)...)
	}
	switch {
	case len(c.options.Services) > 0:
	case err != nil:
		c.report.problem("the server does not say which services it has: " + err.Error())
	case len(found) == 0:
		c.report.problem("the server lists no group chat service", adviceNoService(c.options)...)
	}
	return found
}

func domains(services []xmpp.Service) string {
	var names []string
	for _, s := range services {
		names = append(names, s.Domain)
	}
	return strings.Join(names, ", ")
}

// service checks the rights on one service.
func (c *check) service(ctx context.Context, service xmpp.Service) {
	rooms, err := c.client.Rooms(ctx, service.Domain)
	if err != nil {
		c.report.problem("it does not list its rooms: " + err.Error())
	} else {
		c.report.ok("it lists %s", count(len(rooms), "room"))
	}
	if len(c.plan.rooms) > 0 {
		return
	}
	if len(rooms) > 0 {
		c.rights(ctx, service, rooms)
	}
	switch {
	case c.plan.probe:
		c.probe(ctx, service)
	case err == nil && len(rooms) == 0:
		c.report.problem("whether the account may kick cannot be seen where no room is listed",
			"\"muckick check --probe\" tries it in a hidden room of its own,",
			"\"muckick check --room ROOM\" in a room that you name.")
	}
}

// count returns a number of things in words that fit it.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
