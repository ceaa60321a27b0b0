package xmpptest

import "testing"

// Each runs the test body once for every kind of server, each on a fresh
// server with the given options.
func Each(t *testing.T, run func(t *testing.T, s *Server), opts ...Option) {
	t.Helper()
	for _, name := range kinds() {
		t.Run(name, func(t *testing.T) { run(t, Start(t, name, opts...)) })
	}
}

// EachShared runs the test body once for every kind of server, each on the
// server that all tests of the binary share (see [Shared]).
func EachShared(t *testing.T, run func(t *testing.T, s *Server)) {
	t.Helper()
	for _, name := range kinds() {
		t.Run(name, func(t *testing.T) { run(t, Shared(t, name)) })
	}
}

func kinds() []string { return []string{Mucserver, Prosody, Ejabberd} }
