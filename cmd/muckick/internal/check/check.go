// Package check finds out whether a kick would work, and says what to change on
// the chat server if not.
package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/probe"
)

// timeout bounds the whole check.
const timeout = 2 * time.Minute

// ErrProblems ends a check that has reported why a kick may not work.
var ErrProblems = errors.New("a kick may not work")

// A Plan says what is checked beyond what nobody notices.
type Plan struct {
	Probe bool           // try a kick in a hidden room that is made for it
	Rooms []xmpp.RoomJID // to enter and look around in
	JSON  bool           // write a [Result] in JSON at the end
}

// A check is one under way.
type check struct {
	plan    Plan
	options xmpp.Options
	report  *report
	client  *xmpp.Client
	second  *probe.Session // beside the client's
}

// Run checks with the account of the options, writes the report to out and
// returns [ErrProblems] if something that was checked keeps a kick from working.
func (p Plan) Run(ctx context.Context, o xmpp.Options, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
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

	r := newReport(out)
	r.json = p.JSON
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
	second, err := probe.Open(ctx, c.options)
	if err != nil {
		c.report.problem("a second session for questions of this check does not come about: " + err.Error())
		return
	}
	c.second = second
	defer second.Close()
	services := c.services(ctx)
	if len(services) > 0 {
		c.speed(ctx, services[0])
	}
	for _, service := range services {
		c.report.heading(service.Domain)
		c.service(ctx, service)
	}
	for _, room := range c.plan.Rooms {
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
	if len(c.plan.Rooms) > 0 {
		return
	}
	if len(rooms) > 0 {
		c.rights(ctx, service, rooms)
	}
	switch {
	case c.plan.Probe:
		c.probe(ctx, service)
	case err == nil && len(rooms) == 0:
		c.report.unknown("whether the account may kick cannot be seen where no room is listed", append([]string{
			"\"muckick check --probe\" tries it in a hidden room of its own,",
			"\"muckick check --room ROOM\" in a room that you name.",
		}, adviceHidden(service.Domain)...)...)
	}
}

// count returns a number of things in words that fit it.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
