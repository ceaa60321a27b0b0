package mucserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// A Server is an XMPP server with accounts and chat rooms. Its methods may be
// called from several goroutines.
type Server struct {
	opts     Options
	accounts *accounts
	admins   map[string]bool
	counters counters

	mu       sync.RWMutex
	serving  bool // a call of Serve has not returned
	open     bool // new sessions are welcome
	conns    map[net.Conn]struct{}
	sessions map[string]map[string]*session // by user, then resource
	rooms    map[string]*Room               // by bare address
}

// New returns a server that does not serve yet. The error names every option
// that cannot be used.
func New(opts Options) (*Server, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("mucserver: %w", err)
	}
	s := &Server{
		opts:     opts,
		accounts: newAccounts(opts.GuestPassword),
		admins:   make(map[string]bool, len(opts.Admins)),
		conns:    make(map[net.Conn]struct{}),
		sessions: make(map[string]map[string]*session),
		rooms:    make(map[string]*Room),
	}
	for user, password := range opts.Accounts {
		if err := s.AddAccount(user, password); err != nil {
			return nil, err
		}
	}
	for _, user := range opts.Admins {
		name, ok := normalizeUser(user)
		if !ok {
			return nil, fmt.Errorf("mucserver: %q cannot be a user name", user)
		}
		s.admins[name+"@"+opts.Domain] = true
	}
	return s, nil
}

// Domain returns the domain of the accounts.
func (s *Server) Domain() string { return s.opts.Domain }

// Services returns the domains of the multi-user chat services.
func (s *Server) Services() []string { return slices.Clone(s.opts.Services) }

// AddAccount adds an account, or changes its password. User is the part of the
// JID before the @.
func (s *Server) AddAccount(user, password string) error {
	name, ok := normalizeUser(user)
	if !ok {
		return fmt.Errorf("mucserver: %q cannot be a user name", user)
	}
	s.accounts.set(name, password)
	return nil
}

// Serve accepts clients on l until ctx ends or l fails. A client on a connection
// that is already encrypted (a [crypto/tls.Conn]) needs no StartTLS.
//
// Serve closes l and ends every session with a system-shutdown stream error. It
// returns when all its goroutines have ended: nil after ctx ended, and what l
// reported otherwise. Rooms, their subjects and their residents remain, so that
// Serve may be called again with another listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.mu.Lock()
	if s.serving {
		s.mu.Unlock()
		return ErrServing
	}
	s.serving, s.open = true, true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.serving = false
	}()

	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() {
		<-ctx.Done()
		// A listener that is closed already is just as good.
		_ = l.Close()
		s.shutDown()
	})
	err := s.accept(ctx, l, &work)
	cancel()
	work.Wait()
	return err
}

func (s *Server) accept(ctx context.Context, l net.Listener, work *sync.WaitGroup) error {
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close() // nothing has been said on it
			}
			return nil
		}
		var temporary interface{ Temporary() bool }
		if errors.As(err, &temporary) && temporary.Temporary() {
			s.opts.Logger.Warn("cannot accept a connection for now", "error", err)
			if !pause(ctx, 50*time.Millisecond) {
				return nil
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("mucserver: accept: %w", err)
		}
		work.Go(func() { s.serveConn(conn) })
	}
}

// pause waits, and reports false when ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// shutDown ends all sessions, and cuts connections that are not sessions yet.
func (s *Server) shutDown() {
	s.mu.Lock()
	s.open = false
	var sessions []*session
	negotiating := make(map[net.Conn]struct{}, len(s.conns))
	for conn := range s.conns {
		negotiating[conn] = struct{}{}
	}
	for _, resources := range s.sessions {
		for _, sess := range resources {
			sessions = append(sessions, sess)
			delete(negotiating, sess.raw)
		}
	}
	s.mu.Unlock()
	for conn := range negotiating {
		_ = conn.Close() // its goroutine reports what the connection suffered
	}
	for _, sess := range sessions {
		sess.end("system-shutdown")
	}
}

// track notes an open connection, and reports false when the server is shutting
// down.
func (s *Server) track(raw net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		s.conns[raw] = struct{}{}
	}
	return s.open
}

func (s *Server) untrack(raw net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, raw)
}

// register makes a session reachable. An older session with the same full JID
// gives way (RFC 6120 §7.7.2.2). It reports false when the server is shutting
// down.
func (s *Server) register(sess *session) bool {
	s.mu.Lock()
	if !s.open {
		s.mu.Unlock()
		return false
	}
	resources := s.sessions[sess.jid.local]
	if resources == nil {
		resources = make(map[string]*session)
		s.sessions[sess.jid.local] = resources
	}
	older := resources[sess.jid.resource]
	resources[sess.jid.resource] = sess
	s.mu.Unlock()
	if older != nil {
		older.end("conflict")
	}
	return true
}

func (s *Server) unregister(sess *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	resources := s.sessions[sess.jid.local]
	if resources[sess.jid.resource] != sess {
		return
	}
	delete(resources, sess.jid.resource)
	if len(resources) == 0 {
		delete(s.sessions, sess.jid.local)
	}
}

// sessionsOf returns the sessions that an address of an account stands for: one
// for a full JID, all for a bare one.
func (s *Server) sessionsOf(a address) []*session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []*session
	for resource, sess := range s.sessions[a.local] {
		if a.resource == "" || a.resource == resource {
			found = append(found, sess)
		}
	}
	return found
}

// Sessions returns the full JIDs of the clients that are logged in, in order.
func (s *Server) Sessions() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var jids []string
	for _, resources := range s.sessions {
		for _, sess := range resources {
			jids = append(jids, sess.jid.String())
		}
	}
	slices.Sort(jids)
	return jids
}

// Disconnect cuts the connections of all sessions of a user without a word, as
// a failing network does, and returns how many there were.
func (s *Server) Disconnect(user string) int {
	name, _ := normalizeUser(user)
	sessions := s.sessionsOf(address{local: name})
	for _, sess := range sessions {
		sess.out.abort()
	}
	return len(sessions)
}

func (s *Server) isAdmin(bare string) bool { return s.admins[bare] }

func (s *Server) isService(domain string) bool {
	return slices.Contains(s.opts.Services, domain)
}
