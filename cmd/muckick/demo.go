package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"muckick/web"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
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
		var err error
		if d.panel, err = d.listen(c, "listen"); err != nil {
			return err
		}
		if d.xmpp, err = d.listen(c, "xmpp-listen"); err != nil {
			return errors.Join(err, d.panel.Close())
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

// run runs the demonstration until ctx ends. It closes the listeners.
func (d *demo) run(ctx context.Context) error {
	if !isLoopback(d.xmpp.Addr()) {
		return errors.Join(
			fmt.Errorf("--xmpp-listen: the chat server speaks without encryption, and %s is no loopback address", d.xmpp.Addr()),
			d.xmpp.Close(), d.panel.Close())
	}
	if !isLoopback(d.panel.Addr()) {
		d.notes = append(d.notes, "The panel can be reached from the network, and the Authorization header below is no secret.")
	}
	secret := newPassword()
	server, stages, err := openTheatre(secret)
	if err != nil {
		return errors.Join(err, d.xmpp.Close(), d.panel.Close())
	}
	lasting, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var theatre sync.WaitGroup
	defer theatre.Wait()
	defer end()
	for _, s := range stages {
		theatre.Go(func() { s.play(lasting) })
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	theatre.Go(func() {
		if err := server.Serve(lasting, d.xmpp); err != nil {
			fail(fmt.Errorf("the chat server ended: %w", err))
		}
	})
	a, password, err := d.app(ctx, secret)
	if err != nil {
		return errors.Join(err, d.panel.Close())
	}
	var greeting sync.WaitGroup
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

// greet waits until a kick would work and says then how to make one.
func (d *demo) greet(ctx context.Context, chat *xmpp.Client, password string) error {
	for {
		status, changed := chat.Status()
		if status.Online {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
	url := "http://" + reachable(d.panel.Addr())
	if err := ask(ctx, url+"/readyz"); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("the demonstration did not get ready: %w", err)
	}
	_, err := io.WriteString(d.out, d.greeting(url, password))
	return err
}

func (d *demo) greeting(url, password string) string {
	notes := ""
	if len(d.notes) > 0 {
		notes = strings.Join(d.notes, "\n") + "\n\n"
	}
	host, port, _ := net.SplitHostPort(d.xmpp.Addr().String())
	return fmt.Sprintf(`%sThe panel
  %s/
  operator %s, password %s

Kick Bob, as a program does
  curl -i %s/muc_kick -H 'Authorization: %s' -H 'Content-Type: application/json' -d '{"nickname":"Bob","muc":"snuggery@%s","reason":"Crumbs on the sofa"}'

Join with any XMPP client
  server %s, port %s, without encryption
  account anyname@%s (whatever name you like), password %s
  room snuggery@%s

Everything runs in this process and nothing is kept. Ctrl-C ends it.
`, notes, url, demoOperator, password, url, demoHeader, demoService, host, port, demoDomain, demoGuest, demoService)
}

// ask makes a request and returns nil if the answer is 200.
func ask(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}

// reachable returns an address of this machine for a listener's.
func reachable(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return address.String()
}

// newPassword returns a password that is strong and can be typed.
func newPassword() string {
	text := strings.ToLower(rand.Text())
	return text[0:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}

// openTheatre makes the chat server, with its rooms and the people in them, on
// which muckick has the given password.
func openTheatre(secret string) (*mucserver.Server, []*stage, error) {
	server, err := mucserver.New(mucserver.Options{
		Domain:        demoDomain,
		Services:      []string{demoService},
		Accounts:      map[string]string{demoAccount: secret},
		Admins:        []string{demoAccount},
		GuestPassword: demoGuest,
	})
	if err != nil {
		return nil, nil, err
	}
	var stages []*stage
	for i, play := range repertoire() {
		s, err := newStage(server, play, uint64(i))
		if err != nil {
			return nil, nil, err
		}
		stages = append(stages, s)
	}
	return server, stages, nil
}
