package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"muckick/web"
	"muckick/web/store"
	"muckick/xmpp"
)

// What the demonstration is made of.
const (
	demoDomain   = "example.org"
	demoService  = "chat.example.org"
	demoAccount  = "muckick"
	demoOperator = "moderator"
	demoHeader   = "Basic dXNlcm5hbWU6cGFzc3dvcmQ="
	demoGuest    = "guest" // the password of whoever wants to join

	demoListen     = "127.0.0.1:8080"
	demoXMPPListen = "127.0.0.1:5222"
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
	flags.String("listen", demoListen, "`address` of the panel and of POST /muc_kick; a free port is taken when the default one is in use")
	flags.String("xmpp-listen", demoXMPPListen, "`address` of the chat server, likewise")
	c.RunE = func(c *cobra.Command, _ []string) error {
		d := &demo{out: c.OutOrStdout(), log: newLogger(c.ErrOrStderr(), slog.LevelWarn, "text")}
		if err := d.open(c); err != nil {
			return err
		}
		return d.run(c.Context())
	}
	return c
}

// A demo is the demonstration: an app, and the chat server that it kicks on.
type demo struct {
	out         io.Writer
	log         *slog.Logger
	panel, xmpp net.Listener
	notes       []string // on what is not as by default
}

// open opens the addresses that the flags name.
func (d *demo) open(c *cobra.Command) (err error) {
	if d.panel, err = d.listen(c, "listen"); err != nil {
		return err
	}
	if d.xmpp, err = d.listen(c, "xmpp-listen"); err != nil {
		return errors.Join(err, d.panel.Close())
	}
	if !isLoopback(d.xmpp.Addr()) {
		err = fmt.Errorf("--xmpp-listen: the chat server speaks without encryption, and %s is no loopback address", d.xmpp.Addr())
		return errors.Join(err, d.close())
	}
	if !isLoopback(d.panel.Addr()) {
		d.notes = append(d.notes, "The panel can be reached from the network, and the Authorization header below is no secret.")
	}
	return nil
}

// listen opens the address of a flag. Where nobody asked for the address that
// is in use, any free port will do.
func (d *demo) listen(c *cobra.Command, flag string) (net.Listener, error) {
	address, err := c.Flags().GetString(flag)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) && !c.Flags().Changed(flag) {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
			d.notes = append(d.notes, fmt.Sprintf("%s is in use, so %s is taken instead.", address, l.Addr()))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return l, nil
}

// close closes the addresses of a demonstration that does not run.
func (d *demo) close() error { return errors.Join(d.panel.Close(), d.xmpp.Close()) }

// run runs the demonstration until ctx ends. It closes the addresses.
func (d *demo) run(ctx context.Context) error {
	secret := newPassword()
	theatre, err := openTheatre(secret)
	if err != nil {
		return errors.Join(err, d.close())
	}
	a, password, err := d.app(ctx, secret)
	if err != nil {
		return errors.Join(err, d.close())
	}
	// The app leaves the chat server in good order before that one ends.
	lasting, end := context.WithCancel(context.WithoutCancel(ctx))
	ctx, fail := context.WithCancelCause(ctx)
	var playing, greeting sync.WaitGroup
	playing.Go(func() {
		if err := theatre.play(lasting, d.xmpp); err != nil {
			fail(fmt.Errorf("the chat server ended: %w", err))
		}
	})
	a.ready = func() {
		greeting.Go(func() {
			if err := d.greet(ctx, a.chat, password); err != nil {
				fail(err)
			}
		})
	}
	err = a.run(ctx)
	fail(nil)
	greeting.Wait()
	end()
	playing.Wait()
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return err
}

// app makes the app that works on the demonstration's chat server, and returns
// the password of its operator too.
func (d *demo) app(ctx context.Context, secret string) (a *app, password string, err error) {
	password = newPassword()
	a = &app{listener: d.panel, log: d.log, web: web.Options{AuthorizationHeader: demoHeader}}
	a.chat, err = xmpp.New(xmpp.Options{
		JID:      demoAccount + "@" + demoDomain,
		Password: secret,
		Server:   d.xmpp.Addr().String(),
		Security: xmpp.Plaintext,
		Logger:   d.log,
	})
	if err != nil {
		return nil, "", err
	}
	if a.store, err = store.Open(ctx, store.Options{URL: "sqlite::memory:", Logger: d.log}); err != nil {
		return nil, "", err
	}
	if _, err = a.store.AddOperator(ctx, demoOperator, password); err != nil {
		return nil, "", errors.Join(err, a.store.Close())
	}
	return a, password, nil
}

// newPassword returns a password that is strong and can be typed.
func newPassword() string {
	text := strings.ToLower(rand.Text())
	return text[0:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}
