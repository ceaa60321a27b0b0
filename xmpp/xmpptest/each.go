package xmpptest

import "testing"

// Each runs the test body once for every one of the [Kinds], each on a fresh
// server with the given options.
func Each(t *testing.T, run func(t *testing.T, s *Server), opts ...Option) {
	t.Helper()
	On(t, Kinds(), run, opts...)
}

// EachRelease is [Each] for all [Releases].
func EachRelease(t *testing.T, run func(t *testing.T, s *Server), opts ...Option) {
	t.Helper()
	On(t, Releases(), run, opts...)
}

// On is [Each] for the kinds that are named.
func On(t *testing.T, kinds []string, run func(t *testing.T, s *Server), opts ...Option) {
	t.Helper()
	for _, name := range kinds {
		t.Run(name, func(t *testing.T) { run(t, Start(t, name, opts...)) })
	}
}

// EachShared runs the test body once for every one of the [Kinds], each on the
// server that all tests of the binary share (see [Shared]).
func EachShared(t *testing.T, run func(t *testing.T, s *Server)) {
	t.Helper()
	lent(t, Kinds(), run)
}

// OnShared is [EachShared] for the kinds that are named.
func OnShared(t *testing.T, kinds []string, run func(t *testing.T, s *Server)) {
	t.Helper()
	lent(t, kinds, run)
}

// EachReleaseShared is [EachShared] for all [Releases].
func EachReleaseShared(t *testing.T, run func(t *testing.T, s *Server)) {
	t.Helper()
	lent(t, Releases(), run)
}

func lent(t *testing.T, kinds []string, run func(t *testing.T, s *Server)) {
	t.Helper()
	for _, name := range kinds {
		t.Run(name, func(t *testing.T) { run(t, Shared(t, name)) })
	}
}
