package store

import (
	"context"
	"fmt"
	"time"
)

const (
	// attemptColumns are those that attempts and recent_attempts share.
	attemptColumns = `id, at, replica, actor_kind, actor, actor_id, address,
	room, nick, real_jid, real_bare, reason, action, effect, job, step, outcome, detail, duration_us`

	// indexDelay is how long no attempt may have ended before those that did leave
	// recent_attempts, so that a raid is cleared first, and indexAt how many of them
	// do not wait for that: a search reads as many rows more.
	indexDelay = time.Second
	indexAt    = 5000
	// indexBatch is how many attempts one transaction moves, so that no kick waits
	// for a long one.
	indexBatch = 64
	// indexTimeout bounds one transaction.
	indexTimeout = 30 * time.Second
)

// ended notes that so many attempts in recent_attempts ended.
func (s *Store) ended(count int) {
	s.toIndex.Add(int64(count))
	if s.toIndex.Load() >= indexAt {
		wake(s.indexNow)
	}
	wake(s.indexSoon)
}

// keepIndexed moves attempts that ended out of recent_attempts until ctx ends. It
// begins with what a former process left there.
func (s *Store) keepIndexed(ctx context.Context) {
	delay := time.NewTimer(0)
	defer delay.Stop()
	seen := int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.indexNow:
		case <-delay.C:
			if now := s.toIndex.Load(); now != seen {
				seen = now
				delay.Reset(indexDelay)
				continue
			}
		}
		seen = 0
		s.toIndex.Store(0)
		s.maintain(ctx, s.indexRecent)
		select {
		case <-ctx.Done():
			return
		case <-s.indexSoon:
			delay.Reset(indexDelay)
		}
	}
}

// indexRecent moves the attempts that have ended into the table with indexes, a
// batch at a time. Between two batches kicks have as long for themselves as the
// last one took.
func (s *Store) indexRecent(ctx context.Context) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
		begun := time.Now()
		moved, err := s.indexBatch(ctx)
		if err != nil {
			return fmt.Errorf("store: index attempts: %w", err)
		}
		if moved < indexBatch {
			return nil
		}
		pause.Reset(time.Since(begun))
	}
}

func (s *Store) indexBatch(ctx context.Context) (moved int64, err error) {
	if err := s.backend.writable(); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, indexTimeout)
	defer cancel()
	return s.backend.index(ctx, indexBatch)
}

// wake leaves a token in a channel that holds one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
