package store

import (
	"context"
	"strings"
	"testing"
)

// Exec lets tests run a statement behind the store's back, on the connection
// that the store writes with.
func (s *Store) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return s.exec(ctx, statement, args...)
}

// Heartbeat lets tests renew the lease without waiting for it.
func (s *Store) Heartbeat(ctx context.Context) error { return s.renewLease(ctx) }

// Synchronous returns how SQLite writes: 2 is FULL, so that a commit is on disk
// when it returns.
func (s *Store) Synchronous(t *testing.T) (mode int) {
	t.Helper()
	if err := s.backend.writer().QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&mode); err != nil {
		t.Fatal(err)
	}
	return mode
}

// DummyHash is the hash that an unknown operator's password is compared with.
func (s *Store) DummyHash() string { return s.dummyHash }

// StoredHash returns the hash of an operator's password.
func (s *Store) StoredHash(t *testing.T, name string) string {
	t.Helper()
	_, hash, err := s.operator(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// HashCost returns the part of a PHC string that says what the hash costs.
func HashCost(phc string) string {
	parts := strings.Split(phc, "$")
	return strings.Join(parts[:len(parts)-2], "$")
}

// HoldHashing takes every place among the hashes until the returned function is
// called.
func (s *Store) HoldHashing(t *testing.T) func() {
	t.Helper()
	places := s.opts.Hashing.Concurrent
	if err := s.hashing.Acquire(t.Context(), places); err != nil {
		t.Fatal(err)
	}
	return func() { s.hashing.Release(places) }
}
