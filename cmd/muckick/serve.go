package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"muckick/web"
	"muckick/web/store"
	"muckick/xmpp"
)

func newServeCommand(env []string) *cobra.Command {
	sections := []section{sectionWeb, sectionStore, sectionXMPP, sectionLog}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the panel and POST /muc_kick",
		Long: `serve answers POST /muc_kick and shows the panel, until it is told to stop by
SIGINT or SIGTERM: then it lets the kicks under way finish, which takes ten
seconds at most. A second signal ends it at once.

It starts even when the chat server is out of reach, and keeps trying; /readyz
says whether a kick would work. All else that is wrong ends it at once: a fault
in the configuration, an address in use, a store that cannot be opened, or a
certificate that cannot be read.

Settings come from flags, environment variables and a file, in this order of
precedence. "muckick config" explains all of them.`,
		Example: "  muckick serve --config muckick.toml",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(c, env, sections...)
			if err != nil {
				return err
			}
			return serve(c.Context(), cfg, c.ErrOrStderr())
		},
	}
	addConfigFlags(c, sections...)
	return c
}

// serve runs muckick as configured until ctx ends. It logs to logs.
func serve(ctx context.Context, cfg *config, logs io.Writer) error {
	log := newLogger(logs, cfg.LogLevel, cfg.LogFormat)
	for _, warning := range cfg.Warnings {
		log.Warn(warning)
	}
	a, err := newApp(ctx, cfg, log)
	if err != nil {
		return err
	}
	a.ready = func() { announce(ctx, a, cfg) }
	return a.run(ctx)
}

// newApp opens what the app needs. Addresses come first: where another muckick
// has them already, the store that the other one uses is better left alone.
func newApp(ctx context.Context, cfg *config, log *slog.Logger) (a *app, err error) {
	a = &app{log: log, web: web.Options{
		AuthorizationHeader: cfg.AuthorizationHeader,
		TrustedProxies:      cfg.TrustedProxies,
	}}
	var closers []io.Closer
	defer func() {
		if err == nil {
			return
		}
		for _, c := range closers {
			err = errors.Join(err, c.Close())
		}
	}()
	if a.listener, err = listen("listen", cfg.Listen); err != nil {
		return nil, err
	}
	closers = append(closers, a.listener)
	if cfg.TLSCert != "" {
		cert, err := loadCertificate(cfg.TLSCert, cfg.TLSKey, log)
		if err != nil {
			return nil, fmt.Errorf("tls_cert, tls_key: %w", err)
		}
		a.listener = tls.NewListener(a.listener, cert.config())
	}
	if cfg.MetricsListen != "" {
		if a.metrics, err = listen("metrics_listen", cfg.MetricsListen); err != nil {
			return nil, err
		}
		closers = append(closers, a.metrics)
	}
	cfg.XMPP.Logger = log
	if a.chat, err = xmpp.New(cfg.XMPP); err != nil {
		return nil, err
	}
	a.store, err = store.Open(ctx, store.Options{URL: cfg.Store, KeepAudit: cfg.AuditKeep, Logger: log})
	return a, err
}

// listen opens the address that a key gives.
func listen(key, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return l, nil
}

// announce logs that the app serves, and what its operator may have forgotten.
func announce(ctx context.Context, a *app, cfg *config) {
	secure := cfg.TLSCert != ""
	a.log.Info("serving", "address", a.listener.Addr().String(), "https", secure)
	if a.metrics != nil {
		a.log.Info("serving metrics", "address", a.metrics.Addr().String())
	}
	if !secure && len(cfg.TrustedProxies) == 0 && !isLoopback(a.listener.Addr()) {
		a.log.Warn("passwords and the Authorization header cross the network unprotected: set tls_cert and tls_key, or put a proxy in front and name it in trusted_proxies")
	}
	operators, err := a.store.Operators(ctx)
	switch {
	case err != nil:
		a.log.Warn("operators unknown", "error", err)
	case len(operators) == 0:
		a.log.Info(`nobody can sign in to the panel yet; "muckick operator add NAME" changes that`)
	}
}

func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
