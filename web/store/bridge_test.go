package store

import "context"

// Exec lets tests run a statement behind the store's back, on the connection
// that the store writes with.
func (s *Store) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return s.exec(ctx, statement, args...)
}

// Heartbeat lets tests renew the lease without waiting for it.
func (s *Store) Heartbeat(ctx context.Context) error { return s.renewLease(ctx) }
