package xmpptest

import "testing"

// Stop ends the server as its operator would and waits until it is down.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if s.paused {
		t.Fatal("a paused server cannot be stopped: resume or kill it")
	}
	s.act(t, "stop", s.backend.stop)
}

// Settle returns once all that the server has confirmed so far outlasts its death.
// [Server.Kill] does so too, unless the server is paused.
func (s *Server) Settle(t testing.TB) {
	t.Helper()
	if b, delays := s.backend.(interface{ settle() }); delays {
		b.settle()
	}
}

// Kill ends the server at once: clients are told nothing and their
// connections drop.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.act(t, "kill", s.backend.kill)
	s.paused = false
}

// Start starts the server again after [Server.Stop] or [Server.Kill], with the
// same addresses, accounts and persistent rooms, and returns once clients can
// connect.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.act(t, "start", s.backend.start)
}

// Pause makes the server hang: connections stay open, and nothing is read,
// answered or accepted until [Server.Resume]. A paused server can be killed,
// but not stopped.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.act(t, "pause", s.backend.pause)
	s.paused = true
}

// Resume lets a paused server go on.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	s.act(t, "resume", s.backend.resume)
	s.paused = false
}

func (s *Server) act(t testing.TB, what string, do func() error) {
	t.Helper()
	if s.shared {
		t.Fatalf("cannot %s a shared server: other tests use it", what)
	}
	if err := do(); err != nil {
		t.Fatalf("%s %s: %v", what, s.Name, err)
	}
}
