package main

import (
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
	// stopTimeout is how long an end in good order may take in all.
	stopTimeout = 10 * time.Second

	// requestTimeout is how much of it the HTTP requests under way get. The chat
	// server needs up to two seconds more to close its stream, and the store gets
	// what is left.
	requestTimeout = 7 * time.Second
)

// An app is a running muckick. It owns its parts: run ends and closes them.
type app struct {
	listener net.Listener // of the panel and the machine interface
	metrics  net.Listener // nil for no metrics
	store    *store.Store
	chat     *xmpp.Client
	web      web.Options // without Chat, Store, Logger and Metrics
	log      *slog.Logger

	// ready is called once everything has begun to work; the chat server may
	// still be out of reach.
	ready func()
}

// run serves until ctx ends or until serving fails, and then ends the parts in
// the order in which they depend on each other: no new requests, the kicks under
// way, the session with the chat server, the store.
func (a *app) run(ctx context.Context) error {
	registry := newRegistry(a.chat)
	a.web.Chat, a.web.Store, a.web.Logger, a.web.Metrics = a.chat, a.store, a.log, registry
	server, err := web.New(ctx, a.web)
	if err != nil {
		return errors.Join(err, a.closeUnused())
	}
	lasting := context.WithoutCancel(ctx)
	chatting, endChat := context.WithCancel(lasting)
	defer endChat()

	var requests, chat, aside sync.WaitGroup
	failed := make(chan error, 3)
	chat.Go(func() { failed <- a.chat.Run(chatting) })
	requests.Go(func() { failed <- server.Serve(a.listener) })
	metrics := a.metricsServer(registry)
	if metrics != nil {
		aside.Go(func() { failed <- metrics.Serve(a.metrics) })
	}
	watching, endWatch := context.WithCancel(lasting)
	aside.Go(func() { a.feedWatchdog(watching) })
	a.notify(notifyReady)
	a.ready()

	select {
	case <-ctx.Done():
		a.log.Info("stopping")
	case err = <-failed:
		err = fmt.Errorf("serving ended: %w", err)
		a.log.Error("stopping", "error", err)
	}
	a.notify(notifyStopping)

	stopping, cancel := context.WithTimeout(lasting, stopTimeout)
	defer cancel()
	a.stopRequests(stopping, server)
	requests.Wait()
	endChat()
	chat.Wait()
	endWatch()
	if closing := a.store.Shutdown(stopping); closing != nil {
		err = errors.Join(err, fmt.Errorf("close the store: %w", closing))
	}
	// Whoever reads the metrics takes no time from the store.
	if metrics != nil {
		err = errors.Join(err, metrics.Shutdown(stopping))
	}
	aside.Wait()
	a.log.Info("stopped")
	return err
}

// stopRequests lets the requests under way finish. What a kick that did not
// make it in time says then, and the audit trail with it, is what is known.
func (a *app) stopRequests(ctx context.Context, server *web.Server) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		a.log.Warn("some requests did not finish in time", "error", err)
	}
	// A server that had not begun to serve leaves the listener open.
	if err := a.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		a.log.Warn("listener not closed", "error", err)
	}
}

// metricsServer returns the server of /metrics, or nil if there is none.
func (a *app) metricsServer(registry *prometheus.Registry) *http.Server {
	if a.metrics == nil {
		return nil
	}
	return &http.Server{
		Handler:           metricsHandler(registry),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
}

// closeUnused closes the parts of an app that never ran.
func (a *app) closeUnused() error {
	err := errors.Join(a.listener.Close(), a.store.Close())
	if a.metrics != nil {
		err = errors.Join(err, a.metrics.Close())
	}
	return err
}
