// Package demo is muckick with a chat server of its own, and people on it who
// come, go and talk.
package demo

import (
	"cmp"
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
	"time"

	"muckick/cmd/muckick/internal/app"
	"muckick/web"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

// What the demonstration is made of.
const (
	domain        = "example.org"
	service       = "chat.example.org"
	account       = "muckick"
	operator      = "moderator"
	header        = "Basic dXNlcm5hbWU6cGFzc3dvcmQ="
	guestPassword = "guest" // the password of whoever wants to join
)

// Where a demonstration listens by default.
const (
	DefaultListen     = "127.0.0.1:8080"
	DefaultXMPPListen = "127.0.0.1:5222"
)

// Options configure a demonstration.
type Options struct {
	// Listen is the address of the panel and XMPPListen that of the chat server.
	// An empty one is the default address, or any free port where that is in use.
	Listen, XMPPListen string

	// Crowd is how many people fill one more room; 0 for no such room.
	Crowd int

	Out io.Writer // gets the greeting
	Log *slog.Logger
}

// Run runs a demonstration until ctx ends.
func Run(ctx context.Context, o Options) error {
	if o.Crowd < 0 || o.Crowd > mostCrowd {
		return fmt.Errorf("--crowd: %d is not between 0 and %d", o.Crowd, mostCrowd)
	}
	d := &demo{out: o.Out, log: o.Log, crowd: o.Crowd}
	if err := d.open(o); err != nil {
		return err
	}
	return d.run(ctx)
}

// A demo is the demonstration: an app, and the chat server that it kicks on.
type demo struct {
	out         io.Writer
	log         *slog.Logger
	panel, xmpp net.Listener
	crowd       int
	notes       []string // on what is not as by default
}

// open opens the addresses. Its errors name the flag that sets the address.
func (d *demo) open(o Options) (err error) {
	if d.panel, err = d.listen("listen", o.Listen, DefaultListen); err != nil {
		return err
	}
	if d.xmpp, err = d.listen("xmpp_listen", o.XMPPListen, DefaultXMPPListen); err != nil {
		return errors.Join(err, d.panel.Close())
	}
	if !app.IsLoopback(d.xmpp.Addr()) {
		err = fmt.Errorf("--xmpp_listen: the chat server speaks without encryption, and %s is no loopback address", d.xmpp.Addr())
		return errors.Join(err, d.close())
	}
	if !app.IsLoopback(d.panel.Addr()) {
		d.notes = append(d.notes, "The panel can be reached from the network, and the Authorization header below is no secret.")
	}
	if d.crowd > 0 {
		d.notes = append(d.notes, fmt.Sprintf("A crowd of %d is in %s@%s.", d.crowd, stadium, service))
	}
	return nil
}

// listen opens the address that was asked for, or else the default one.
func (d *demo) listen(flag, asked, byDefault string) (net.Listener, error) {
	l, err := net.Listen("tcp", cmp.Or(asked, byDefault))
	if errors.Is(err, syscall.EADDRINUSE) && asked == "" {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
			d.notes = append(d.notes, fmt.Sprintf("%s is in use, so %s is taken instead.", byDefault, l.Addr()))
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
	theatre, err := openTheatre(secret, d.crowd)
	if err != nil {
		return errors.Join(err, d.close())
	}
	a, password, err := d.app(ctx, secret, theatre)
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
	a.Ready = func() {
		greeting.Go(func() {
			if err := d.greet(ctx, a.Chat, password); err != nil {
				fail(err)
			}
		})
	}
	err = a.Run(ctx)
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
func (d *demo) app(ctx context.Context, secret string, theatre *theatre) (a *app.App, password string, err error) {
	password = newPassword()
	a = &app.App{Listener: d.panel, Log: d.log, Web: web.Options{
		AuthorizationHeader: header, PublicHeader: true,
		Reasons:   []string{"Spam", "Flooding", "Off-topic", "Crumbs on the sofa"},
		Durations: []time.Duration{5 * time.Minute, time.Hour, 24 * time.Hour},
		Rehearse:  theatre.raid.begin,
	}}
	a.Chat, err = xmpp.New(xmpp.Options{
		JID:      account + "@" + domain,
		Password: secret,
		Server:   d.xmpp.Addr().String(),
		Security: xmpp.Plaintext,
		Watch:    xmpp.WatchAll,
		Settle:   time.Second, // nobody comes back from before
		Logger:   d.log,
	})
	if err != nil {
		return nil, "", err
	}
	if a.Store, err = store.Open(ctx, store.Options{URL: "sqlite::memory:", Logger: d.log}); err != nil {
		return nil, "", err
	}
	if _, err = a.Store.AddOperator(ctx, operator, password, moderation.Everything()); err != nil {
		return nil, "", errors.Join(err, a.Store.Close())
	}
	return a, password, nil
}

// newPassword returns a password that is strong and can be typed.
func newPassword() string {
	text := strings.ToLower(rand.Text())
	return text[0:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}
