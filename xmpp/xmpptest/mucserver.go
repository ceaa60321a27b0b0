package xmpptest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"

	"muckick/xmpp/mucserver"
)

// embedded is the mucserver, which runs in the test's own process.
type embedded struct {
	setup  setup
	tls    *tls.Config
	server *mucserver.Server
	log    tailWriter
	gate   *gate              // a new one for each start
	cancel context.CancelFunc // nil while it is down
	served chan error
}

func newEmbedded(s setup) (*embedded, error) {
	e := &embedded{setup: s}
	options := mucserver.Options{
		Domain:   domain,
		Services: []string{service},
		Dialect:  s.dialect,
		Logger:   slog.New(slog.NewTextHandler(&e.log, nil)),
	}
	if !s.plainKicker {
		options.Admins = []string{kickerUser}
	}
	var err error
	if e.tls, err = s.config(); err != nil {
		return nil, err
	}
	if !s.noTLS {
		options.TLS, options.TLSOptional = e.tls, !s.tlsRequired
	}
	e.server, err = mucserver.New(options)
	return e, err
}

func (e *embedded) start() error {
	if e.running() {
		return errors.New("it is running already")
	}
	tlsAddr := ""
	if !e.setup.noTLS {
		tlsAddr = loopback(e.setup.tlsPort)
	}
	e.gate = newGate()
	listener, err := e.gate.listen(loopback(e.setup.port), tlsAddr, e.tls)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel, e.served = cancel, make(chan error, 1)
	go func() { e.served <- e.server.Serve(ctx, listener) }()
	return nil
}

func (e *embedded) stop() error {
	if !e.running() {
		return errNotRunning
	}
	e.cancel()
	e.cancel = nil
	return <-e.served
}

func (e *embedded) kill() error {
	if !e.running() {
		return errNotRunning
	}
	e.gate.drop()
	return e.stop()
}

func (e *embedded) pause() error {
	if !e.running() {
		return errNotRunning
	}
	e.gate.pause()
	return nil
}

func (e *embedded) resume() error {
	if !e.running() {
		return errNotRunning
	}
	e.gate.resume()
	return nil
}

func (e *embedded) running() bool { return e.cancel != nil }

func (e *embedded) register(account Account) error {
	return e.server.AddAccount(account.User, account.Password)
}

func (e *embedded) logTail() string { return e.log.String() }

// A tailWriter keeps the end of what is written to it.
type tailWriter struct {
	mu   sync.Mutex
	tail bytes.Buffer
}

func (w *tailWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if over := w.tail.Len() - maxTail; over > 0 {
		w.tail.Next(over)
	}
	return w.tail.Write(b)
}

func (w *tailWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tail.String()
}
