// Package store keeps what muckick must remember in one database: the audit
// trail of kick attempts, operators, their sessions, API tokens, the counts
// that throttle sign-in, and the keys that cookies are sealed with.
//
// The database is an SQLite file for one process, or Postgres for several
// replicas; [Open] tells them apart by URL. Both run the same conformance
// suite. Times are kept as microseconds since 1970 in UTC.
//
// # What the audit trail promises
//
// [Store.Intend] returns without error only when its row outlives this process,
// so a kick that is sent only after that cannot lack its row, however the process
// ends. The row is flushed to disk while the chat server works on the kick (see
// flush.go), and [Store.Conclude] returns without error only when that is done and
// the outcome outlives this process: a kick that was answered is on disk. A power
// cut can take the row of a kick that was sent in the last milliseconds and not
// answered yet, and leave the outcome of one that was as unknown. A row never says
// more than was reported: an attempt without a known end is pending while the
// process that started it lives, and unknown when that process is gone.
// Intents and outcomes that arrive while a commit is under way share the next
// one (see writer.go), and leases keep one replica from settling the attempts
// of another that lives (see lease.go).
//
// # The life of a row
//
// An attempt begins as a row of recent_attempts, which has none of the indexes that
// searches need: an intent is a line at the end of that table, and its outcome
// changes the same line. Once it has ended, its row is moved into attempts, which
// has the indexes, with others in one transaction (recent.go): a second later, or at
// once when many wait. Pending attempts stay where they began. So the indexes are
// written once for each attempt, and while no kick waits for them. Every reader asks
// both tables in one statement, which sees each attempt in exactly one of them. An
// outcome that comes after the row was moved, or for an attempt that an older program
// began in attempts itself, is sought in both.
//
// Both tables have the columns of attemptColumns. A new one is added to both, with
// NULL or a default for the rows that are there and for older programs, and to
// attemptColumns; commits fill it in, and readColumns with scanAttempt read it.
//
// # Text
//
// Text from the network is stored as escapeText (text.go) describes: NUL and
// invalid UTF-8 become visible escapes, because Postgres refuses them.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// closeTimeout bounds Close.
const closeTimeout = 10 * time.Second

// Store is an open database. Its methods are safe for concurrent use.
type Store struct {
	opts    Options
	log     *slog.Logger
	now     func() time.Time
	backend backend

	// writer is nil when the store was opened without audit.
	writer  *writer
	flusher *flusher
	lease   lease
	trail   *eventTrail // nil without audit

	searches *pace
	commits  atomic.Int64 // that the writer made

	toIndex             atomic.Int64  // attempts that ended since the last move
	indexNow, indexSoon chan struct{} // hold one token each

	hashing   *semaphore.Weighted
	hashedNow chan struct{} // holds one token
	dummyHash string
	touched   touches

	maintenance context.CancelFunc
	running     sync.WaitGroup // the writer and the maintenance
	closed      atomic.Bool
}

// Open opens the database that opts.URL names, creates or updates its schema as
// far as the options let it and, unless opts.NoAudit is set, settles what dead processes left pending.
//
// A database that can be read but not written, because it is read-only or
// full, opens all the same when its schema is current: the audit trail stays
// readable, Ping and Intend report [ErrNotStored], and the store writes again
// as soon as the database does. The caller closes the store.
func Open(ctx context.Context, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	backend, err := openBackend(ctx, opts)
	if err != nil {
		return nil, err
	}
	s := newStore(opts, backend)
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, backend.close())
	}
	return s, nil
}

// newStore returns a store that has not started. The options have their defaults.
func newStore(opts Options, backend backend) *Store {
	s := &Store{
		opts:    opts,
		log:     opts.Logger,
		now:     opts.Now,
		backend: backend,
		flusher: newFlusher(func() error { return opts.syncing(backend.sync) }),
		hashing: semaphore.NewWeighted(opts.Hashing.Concurrent),

		hashedNow: make(chan struct{}, 1),
		indexNow:  make(chan struct{}, 1), indexSoon: make(chan struct{}, 1),
	}
	s.searches = newPace(backend.searcher().Stats().MaxOpenConnections, s.commits.Load)
	return s
}

// start does what Open does once the database is connected.
func (s *Store) start(ctx context.Context) error {
	if err := s.backend.migrate(ctx, s.opts); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	s.dummyHash = s.opts.Hashing.dummy()
	if s.opts.NoAudit {
		return nil
	}
	if err := s.takeLease(ctx); err != nil {
		return err
	}
	s.writer = newWriter(s.backend, s.flusher, s.log)
	s.writer.wrote, s.writer.ended = s.wrote, s.ended
	s.running.Go(s.writer.run)
	maintenance, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.maintenance = cancel
	s.running.Go(func() { s.keepLease(maintenance) })
	s.trail = newEventTrail(s.now, s.log, s.storeEvents)
	s.running.Go(func() { s.trail.run(maintenance) })
	s.running.Go(func() { s.keepIndexed(maintenance) })
	s.running.Go(func() { s.keepMemory(maintenance) })
	// A purge may take longer than a lease lasts, so it runs beside the renewals.
	s.running.Go(func() { s.keepPurged(maintenance) })
	return nil
}

// wrote hears how a commit of the writer ended.
func (s *Store) wrote(err error) {
	s.commits.Add(1)
	s.lease.wrote(err)
}

// repeat does a job at every interval until ctx ends, and logs when it fails.
func (s *Store) repeat(ctx context.Context, interval time.Duration, do func(context.Context) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.maintain(ctx, do)
		}
	}
}

// maintain does a job and logs when it fails for another reason than the end of
// ctx.
func (s *Store) maintain(ctx context.Context, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("store: maintenance", "error", err)
	}
}

// Close is Shutdown within ten seconds.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return s.Shutdown(ctx)
}

// Shutdown stores what is queued, marks this process's attempts without an
// outcome as unknown, gives up its lease and closes the database. Calls that
// come later fail with an error matching [ErrClosed] or sql.ErrConnDone.
// Closing twice is harmless.
//
// When ctx ends first, Shutdown returns its error at once, and logs how many
// outcomes are lost. What waits for the database then ends when that answers,
// or with the process.
func (s *Store) Shutdown(ctx context.Context) error {
	if s.closed.Swap(true) {
		return nil
	}
	ended := make(chan error, 1)
	// SQLite in a call and a pool that closes heed no context.
	go func() { ended <- s.end(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		if s.writer != nil {
			s.writer.lose()
		}
		return fmt.Errorf("store: the database did not answer in time: %w", ctx.Err())
	}
}

// end does what Shutdown says, and stops trying when ctx ends.
func (s *Store) end(ctx context.Context) error {
	var errs []error
	if s.writer != nil {
		s.maintenance()
		s.writer.close()
		defer context.AfterFunc(ctx, s.writer.abort)()
		s.running.Wait()
		errs = append(errs, s.releaseLease(ctx))
	}
	s.flusher.close()
	return errors.Join(append(errs, s.backend.close())...)
}

// Ping reports whether the database answers and, when the store audits,
// whether it lately accepted a write.
func (s *Store) Ping(ctx context.Context) error {
	if s.closed.Load() {
		return ErrClosed
	}
	if err := cmp.Or(s.backend.writable(), s.flusher.broken()); err != nil {
		return fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	if err := s.backend.reader().PingContext(ctx); err != nil {
		return s.backend.fault(err).named(fmt.Errorf("store: ping: %w", err))
	}
	if s.writer == nil {
		return nil
	}
	err := s.lease.check()
	if err == nil {
		return nil
	}
	return s.backend.fault(err).named(err)
}

// Writable tells whether the last write succeeded and the next would not be
// lost. Unlike Ping it does not ask the database.
func (s *Store) Writable() bool {
	return !s.closed.Load() && s.backend.writable() == nil && s.flusher.broken() == nil && s.lease.check() == nil
}

// flush waits until what was committed is durable.
func (s *Store) flush(ctx context.Context) error {
	if s.backend.durable() {
		return nil
	}
	return s.flusher.begin().wait(ctx)
}
