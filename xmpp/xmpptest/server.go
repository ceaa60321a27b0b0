package xmpptest

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	domain       = "localhost"
	service      = "conference." + domain
	kickerUser   = "kicker"
	kickerSecret = "kicker's password"
)

// A Server is a running chat server on 127.0.0.1, without connections to other
// servers. It takes plaintext clients and StartTLS on Addr, and direct TLS on
// TLSAddr; [WithTLSRequired] and [WithoutTLS] narrow that down. Only the
// mucserver cannot offer StartTLS without requiring it.
//
// Its methods end the test on an error, so they belong in the test's own
// goroutine.
type Server struct {
	Name     string // its kind
	Software string // Mucserver, Prosody or Ejabberd, of whatever release
	Domain   string // of accounts
	Service  string // the domain of rooms
	Addr     string // host:port for clients
	TLSAddr  string // host:port for clients that begin with TLS; empty without TLS
	CAFile   string // PEM file with the authority of the server's certificate
	Kicker   Account

	TLSRequired bool // Addr logs nobody in before StartTLS
	HasStartTLS bool // Addr offers StartTLS

	shared  bool
	paused  bool
	root    root
	dir     string
	ports   []reservation
	backend backend
	rooms   atomic.Int64

	mu       sync.Mutex
	accounts map[string]string
}

// A backend runs one kind of server.
type backend interface {
	start() error // returns once clients can connect
	stop() error  // lets it end in its own way, and waits
	kill() error  // ends it without a farewell, and waits
	pause() error
	resume() error
	running() bool
	register(Account) error
	logTail() string
}

// Start starts a server that belongs to the test and ends with it. The test is
// skipped if that kind of server is not installed.
func Start(t testing.TB, name string, opts ...Option) *Server {
	t.Helper()
	o := newOptions(opts)
	if lack := o.unsupported(name); lack != "" {
		t.Skipf("%s has no %s", name, lack)
	}
	requireInstalled(t, name)
	s, err := startServer(name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.logIfFailed(t)
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// startServer sets a server up in a folder of its own and starts it.
func startServer(name string, o options) (_ *Server, err error) {
	root, err := rootOf(name)
	if err != nil {
		return nil, err
	}
	dir, err := root.newFolder(name, o.core != nil)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Name: name, Software: softwareOf(name), Domain: domain, Service: service,
		Kicker:   Account{User: kickerUser, Password: kickerSecret},
		root:     root,
		dir:      dir,
		accounts: make(map[string]string),
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start %s: %w", name, err), s.close())
		}
	}()
	if err := s.setUp(o); err != nil {
		return nil, err
	}
	if err := s.backend.start(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, s.backend.logTail())
	}
	for _, account := range append([]Account{s.Kicker}, o.accounts...) {
		if err := s.register(account); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// setUp gives the server its ports, certificates and backend.
func (s *Server) setUp(o options) error {
	setup := setup{options: o, root: s.root, dir: s.dir}
	for _, port := range []*int{&setup.port, &setup.tlsPort, &setup.httpPort} {
		r, err := reservePort()
		if err != nil {
			return err
		}
		s.ports = append(s.ports, r)
		*port = r.port
	}
	s.Addr = loopback(setup.port)
	s.TLSRequired = o.tlsRequired
	s.HasStartTLS = !o.noTLS
	if !o.noTLS {
		s.TLSAddr = loopback(setup.tlsPort)
	}
	var err error
	if setup.certificates, err = newCertificates(s.dir, domain); err != nil {
		return err
	}
	s.CAFile = setup.CAFile
	b, err := newBackend(s.Name, setup)
	if err != nil {
		return err
	}
	s.backend = b
	return nil
}

// A setup is what a backend is made from.
type setup struct {
	options
	certificates
	root                    root
	dir                     string // its own, empty but for the certificates
	port, tlsPort, httpPort int
}

// close ends the server and removes all that it left.
func (s *Server) close() error {
	var errs []error
	if s.backend != nil && s.backend.running() {
		errs = append(errs, s.backend.kill())
	}
	for _, r := range s.ports {
		errs = append(errs, r.release())
	}
	errs = append(errs, os.RemoveAll(s.dir))
	return errors.Join(errs...)
}

// logIfFailed shows the end of the server's log if the test failed.
func (s *Server) logIfFailed(t testing.TB) {
	t.Helper()
	if t.Failed() {
		t.Logf("the end of %s's log:\n%s", s.Name, s.backend.logTail())
	}
}

// JID returns the bare JID of the server's account called user.
func (s *Server) JID(user string) string { return user + "@" + s.Domain }

// Room returns the address of the room called name.
func (s *Server) Room(name string) string { return name + "@" + s.Service }

// NewRoom returns the address of a room that does not exist yet.
func (s *Server) NewRoom() string {
	return s.Room("room-" + strconv.FormatInt(s.rooms.Add(1), 10))
}

// Register makes sure that the account exists. An account cannot be given
// another password.
func (s *Server) Register(t testing.TB, user, password string) {
	t.Helper()
	if err := s.register(Account{User: user, Password: password}); err != nil {
		t.Fatalf("register %s on %s: %v", user, s.Name, err)
	}
}

func (s *Server) register(account Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if password, ok := s.accounts[account.User]; ok {
		if password != account.Password {
			return errors.New("the account exists with another password")
		}
		return nil
	}
	if err := s.backend.register(account); err != nil {
		return err
	}
	s.accounts[account.User] = account.Password
	return nil
}
