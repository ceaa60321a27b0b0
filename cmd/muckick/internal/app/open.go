package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"

	"muckick/cmd/muckick/internal/config"
	"muckick/web"
	"muckick/web/oidc"
	"muckick/web/store"
	"muckick/xmpp"
)

// Open opens what an app needs that is configured so. Addresses come first:
// where another muckick has them already, the store that the other one uses is
// better left alone.
func Open(ctx context.Context, cfg *config.Config, log *slog.Logger) (a *App, err error) {
	a = &App{Log: log, Web: web.Options{
		AuthorizationHeader: cfg.AuthorizationHeader,
		TrustedProxies:      cfg.TrustedProxies,
		Reasons:             cfg.Reasons,
		Durations:           cfg.Durations,
		NoPasswords:         cfg.Passwords == "off",
		SignOn:              signOn(cfg),
	}}
	a.Ready = func() { announce(ctx, a, cfg) }
	var closers []io.Closer
	defer func() {
		if err == nil {
			return
		}
		for _, c := range closers {
			err = errors.Join(err, c.Close())
		}
	}()
	if a.Listener, err = listen("listen", cfg.Listen); err != nil {
		return nil, err
	}
	closers = append(closers, a.Listener)
	if err := web.CheckHeader(cfg.AuthorizationHeader); err != nil && !IsLoopback(a.Listener.Addr()) {
		return nil, fmt.Errorf("authorization_header: %w, and other machines reach %s", err, cfg.Listen)
	}
	if cfg.TLSCert != "" {
		cert, err := LoadCertificate(cfg.TLSCert, cfg.TLSKey, log)
		if err != nil {
			return nil, fmt.Errorf("tls_cert, tls_key: %w", err)
		}
		a.Listener = tls.NewListener(a.Listener, cert.Config())
	}
	if cfg.MetricsListen != "" {
		if a.Metrics, err = listen("metrics_listen", cfg.MetricsListen); err != nil {
			return nil, err
		}
		closers = append(closers, a.Metrics)
	}
	cfg.XMPP.Logger = log
	if a.Chat, err = xmpp.New(cfg.XMPP); err != nil {
		return nil, err
	}
	a.Store, err = store.Open(ctx, store.Options{URL: cfg.Store, KeepAudit: cfg.AuditKeep, NoPasswords: a.Web.NoPasswords, Logger: log})
	return a, err
}

// signOn returns where operators sign in besides with passwords, if anywhere.
func signOn(cfg *config.Config) *web.SignOn {
	if cfg.OIDC.Issuer == "" {
		return nil
	}
	return &web.SignOn{
		Provider: oidc.New(oidc.Options{
			Issuer: cfg.OIDC.Issuer, ClientID: cfg.OIDC.ClientID, ClientSecret: cfg.OIDC.ClientSecret,
			PublicURL: cfg.PublicURL, Scopes: cfg.OIDC.Scopes, Claim: cfg.OIDC.Claim,
		}),
		Name: cfg.OIDC.Name, Rules: cfg.OIDC.Grants, Recheck: cfg.OIDC.Recheck, PublicURL: cfg.PublicURL,
	}
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
func announce(ctx context.Context, a *App, cfg *config.Config) {
	secure := cfg.TLSCert != ""
	a.Log.Info("serving", "address", a.Listener.Addr().String(), "https", secure)
	if a.Metrics != nil {
		a.Log.Info("serving metrics", "address", a.Metrics.Addr().String())
	}
	if !secure && len(cfg.TrustedProxies) == 0 && !IsLoopback(a.Listener.Addr()) {
		a.Log.Warn("passwords and the Authorization header cross the network unprotected: set tls_cert and tls_key, or put a proxy in front and name it in trusted_proxies")
	}
	operators, err := a.Store.Operators(ctx)
	switch {
	case err != nil:
		a.Log.Warn("operators unknown", "error", err)
	case len(operators) == 0 && cfg.OIDC.Issuer == "":
		a.Log.Info(`nobody can sign in to the panel yet; "muckick operator add NAME" changes that`)
	}
}

// IsLoopback reports whether an address can be reached from this machine only.
func IsLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
