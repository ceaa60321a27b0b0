// Package app is a running muckick: it opens the parts, starts them, and ends them
// in order.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"muckick/web"
	"muckick/web/store"
	"muckick/xmpp"
)

const (
	// StopTimeout is how long an end in good order may take in all.
	StopTimeout = 10 * time.Second

	requestTimeout = 7 * time.Second
	answerTimeout  = 500 * time.Millisecond
)

// StopTimes say how long an end in good order may take. The chat server needs up to
// two seconds to close its stream, and the store gets what is left.
type StopTimes struct {
	All      time.Duration // default StopTimeout
	Requests time.Duration // how much of it the HTTP requests under way get; default 7 s
	Answers  time.Duration // kept for the answers of kicks that ended with the session or with the store; default 500 ms
}

func (t StopTimes) withDefaults() StopTimes {
	return StopTimes{
		All:      cmp.Or(t.All, StopTimeout),
		Requests: cmp.Or(t.Requests, requestTimeout),
		Answers:  cmp.Or(t.Answers, answerTimeout),
	}
}

// An App is a running muckick. It owns its parts: Run ends and closes them.
type App struct {
	Listener net.Listener // of the panel and the machine interface
	Metrics  net.Listener // nil for no metrics
	Store    *store.Store
	Chat     *xmpp.Client
	Web      web.Options // without Chat, Store, Logger and Metrics
	Log      *slog.Logger
	Stop     StopTimes

	// Ready is called once everything has begun to work; the chat server may
	// still be out of reach.
	Ready func()
}

// Run serves until ctx ends or until serving fails, and then ends the parts in
// the order in which they depend on each other: no new requests, the kicks under
// way, the session with the chat server, the store, the answers that waited for
// those.
func (a *App) Run(ctx context.Context) error {
	a.Stop = a.Stop.withDefaults()
	registry := newRegistry(a.Chat)
	a.Web.Chat, a.Web.Store, a.Web.Logger, a.Web.Metrics = a.Chat, a.Store, a.Log, registry
	server, err := web.New(ctx, a.Web)
	if err != nil {
		return errors.Join(err, a.closeUnused())
	}
	lasting := context.WithoutCancel(ctx)
	chatting, endChat := context.WithCancel(lasting)
	defer endChat()

	moderating, endModerating := context.WithCancel(lasting)
	defer endModerating()

	var requests, moderation, chat, aside sync.WaitGroup
	failed := make(chan error, 3)
	chat.Go(func() { failed <- a.Chat.Run(chatting) })
	requests.Go(func() { failed <- server.Serve(a.Listener) })
	moderation.Go(func() { server.Moderate(moderating) })
	metrics := a.metricsServer(registry)
	if metrics != nil {
		aside.Go(func() { failed <- metrics.Serve(a.Metrics) })
	}
	watching, endWatch := context.WithCancel(lasting)
	aside.Go(func() { a.feedWatchdog(watching) })
	a.notify(notifyReady)
	a.Ready()

	select {
	case <-ctx.Done():
		a.Log.Info("stopping")
	case err = <-failed:
		err = fmt.Errorf("serving ended: %w", err)
		a.Log.Error("stopping", "error", err)
	}
	a.notify(notifyStopping)

	stopping, cancel := context.WithTimeout(lasting, a.Stop.All-a.Stop.Answers)
	defer cancel()
	endModerating()
	a.stopRequests(stopping, server)
	requests.Wait()
	moderation.Wait()
	endChat()
	chat.Wait()
	endWatch()
	if closing := a.Store.Shutdown(stopping); closing != nil {
		err = errors.Join(err, fmt.Errorf("close the store: %w", closing))
	}
	a.closeRequests(lasting, server)
	// Whoever reads the metrics takes no time from the store.
	if metrics != nil {
		err = errors.Join(err, metrics.Shutdown(stopping))
	}
	aside.Wait()
	a.Log.Info("stopped")
	return err
}

// stopRequests lets the requests under way finish. What a kick that did not
// make it in time says then, and the audit trail with it, is what is known.
func (a *App) stopRequests(ctx context.Context, server *web.Server) {
	ctx, cancel := context.WithTimeout(ctx, a.Stop.Requests)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		a.Log.Warn("some requests did not finish in time", "error", err)
	}
	// A server that had not begun to serve leaves the listener open.
	if err := a.Listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		a.Log.Warn("listener not closed", "error", err)
	}
}

// closeRequests lets the last answers go out.
func (a *App) closeRequests(ctx context.Context, server *web.Server) {
	ctx, cancel := context.WithTimeout(ctx, a.Stop.Answers)
	defer cancel()
	if err := server.Close(ctx); err != nil {
		a.Log.Warn("some requests were cut off", "error", err)
	}
}

// metricsServer returns the server of /metrics, or nil if there is none.
func (a *App) metricsServer(registry *prometheus.Registry) *http.Server {
	if a.Metrics == nil {
		return nil
	}
	return &http.Server{
		Handler:           metricsHandler(registry),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(a.Log.Handler(), slog.LevelWarn),
	}
}

// closeUnused closes the parts of an app that never ran.
func (a *App) closeUnused() error {
	err := errors.Join(a.Listener.Close(), a.Store.Close())
	if a.Metrics != nil {
		err = errors.Join(err, a.Metrics.Close())
	}
	return err
}
