package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"
)

const (
	// heartbeat is how often a replica renews its lease, and how long that may take.
	heartbeat = 10 * time.Second
	// leaseTime is how long a lease lasts without being renewed.
	leaseTime = 45 * time.Second
)

// lease tells the other replicas that this one lives, and so that its pending
// attempts are under way and not the leftovers of a crash.
//
// A sweep by age, of what is pending for longer than a kick can last, would do without
// leases; but it would show the leftovers of a crash as under way for that long after
// every restart, and call unknown what only waits for a database that was away.
type lease struct {
	id, name string

	mu    sync.Mutex
	taken bool      // ever
	until time.Time // when it ends unless it is renewed, by the clock here
	err   error     // of the last renewal or commit
}

// renewed notes how a renewal ended that began then.
func (l *lease) renewed(began time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.until = began.Add(leaseTime)
	}
	l.taken = l.taken || err == nil
	l.err = err
}

// wrote notes how another write than a renewal ended, so that what the last
// write knew is known at once.
func (l *lease) wrote(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// check returns why the last write failed, if so.
func (l *lease) check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// lasts tells whether the lease lasts for some time to come.
func (l *lease) lasts(now time.Time, margin time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Add(margin).Before(l.until)
}

// everTaken tells whether there is a lease to release.
func (l *lease) everTaken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken
}

// takeLease registers this replica and settles leftovers. A database that
// refuses to write for now is no error: the next heartbeat tries again.
func (s *Store) takeLease(ctx context.Context) error {
	s.lease.id = newID(s.now())
	s.lease.name = s.opts.Replica
	if s.lease.name == "" {
		s.lease.name = s.backend.replica(s.lease.id)
	}
	err := s.renewLease(ctx)
	if err == nil {
		return nil
	}
	switch s.backend.fault(err) {
	case faultReadOnly, faultFull:
		s.log.Warn("the store opened, but cannot be written", "error", err)
		return nil
	default:
		return err
	}
}

// renewLease extends this replica's lease, or takes it anew when it was lost,
// ends those of former bearers of the name and of replicas that stopped
// renewing, and settles the pending attempts of all who have no lease.
func (s *Store) renewLease(ctx context.Context) error {
	var settled int64
	began := s.now()
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.backend.serialise(ctx, tx, lockLeases); err != nil {
			return err
		}
		now, err := s.backend.clock(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO replicas (id, name, expires) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET expires = excluded.expires`,
			s.lease.id, s.lease.name, micros(now.Add(leaseTime)))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM replicas WHERE expires <= $1 OR (name = $2 AND id < $3)`,
			micros(now), s.lease.name, s.lease.id)
		if err != nil {
			return err
		}
		settled, err = settle(ctx, tx, "the process ended before the outcome was stored",
			`replica NOT IN (SELECT id FROM replicas)`)
		return err
	})
	if err != nil {
		err = fmt.Errorf("%w: lease: %w", ErrNotStored, err)
	} else if settled > 0 {
		s.log.Warn("attempts of a process that ended are now unknown", "attempts", settled)
	}
	s.lease.renewed(began, err)
	wake(s.indexSoon) // for what other replicas left behind as well
	return err
}

// settle ends the pending attempts that a condition chooses as unknown. Those of an
// older program began in the table with indexes, of which one holds what is not
// kicked.
func settle(ctx context.Context, tx *sql.Tx, detail, condition string, args ...any) (settled int64, err error) {
	for _, table := range []string{"recent_attempts", "attempts"} {
		result, err := tx.ExecContext(ctx, `UPDATE `+table+` SET outcome = 'unknown', detail = $1
			WHERE outcome <> 'kicked' AND outcome = 'pending' AND `+condition, append([]any{detail}, args...)...)
		if err != nil {
			return 0, err
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		settled += changed
	}
	return settled, nil
}

// releaseLease settles what this replica left pending and ends its lease.
func (s *Store) releaseLease(ctx context.Context) error {
	if !s.lease.everTaken() {
		return nil
	}
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := settle(ctx, tx, "the process stopped before the outcome was known", `replica = $2`, s.lease.id)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM replicas WHERE id = $1`, s.lease.id)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: release lease: %w", err)
	}
	return nil
}

// keepLease renews the lease until ctx ends.
func (s *Store) keepLease(ctx context.Context) {
	s.repeat(ctx, s.opts.heartbeat, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, heartbeat)
		defer cancel()
		return s.renewLease(ctx)
	})
}
