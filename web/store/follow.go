package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// followInterval is how often followed sessions are looked at, and
	// followTimeout how long the database may take to say which of them live. A
	// session that ends anywhere is noticed within both.
	followInterval = time.Second
	followTimeout  = 800 * time.Millisecond
	// followBatch is how many sessions one query asks for.
	followBatch = 500
)

// followers are what goes on for as long as a session lives, such as streams
// and exports. One query asks for all of them.
type followers struct {
	mu   sync.Mutex
	all  map[int64]follower
	next int64
}

type follower struct {
	session string
	end     context.CancelCauseFunc
}

// Follow returns a context that ends within two seconds of the session, on
// whatever replica that was ended, with ErrNoSession as its cause; or of the
// store's failing to say whether it lives, with that error. Following does not
// count as use of the session. The caller calls stop when done. The store must
// have been opened with audit.
func (s *Store) Follow(ctx context.Context, session Session) (_ context.Context, stop func()) {
	ctx, end := context.WithCancelCause(ctx)
	f := &s.followers
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all = make(map[int64]follower)
	}
	f.next++
	id := f.next
	f.all[id] = follower{session.ID, end}
	return ctx, func() {
		f.mu.Lock()
		delete(f.all, id)
		f.mu.Unlock()
		end(nil)
	}
}

// sessions returns the followed sessions, each once.
func (f *followers) sessions() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	ids := make(map[string]bool, len(f.all))
	for _, one := range f.all {
		ids[one.session] = true
	}
	return slices.Collect(maps.Keys(ids))
}

// endAll ends those that follow one of the sessions.
func (f *followers) endAll(sessions []string, cause error) {
	if len(sessions) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.all {
		if slices.Contains(sessions, one.session) {
			one.end(cause)
		}
	}
}

// keepFollowed ends what follows sessions that ended, until ctx does.
func (s *Store) keepFollowed(ctx context.Context) {
	ticker := time.NewTicker(followInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for batch := range slices.Chunk(s.followers.sessions(), followBatch) {
				s.checkFollowed(ctx, batch)
			}
		}
	}
}

// checkFollowed ends what follows those of the sessions that do not live, and
// all of them when the database does not say.
func (s *Store) checkFollowed(ctx context.Context, sessions []string) {
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	living, err := s.living(ctx, sessions)
	if err != nil {
		if ctx.Err() == nil || context.Cause(ctx) == context.DeadlineExceeded {
			s.log.Warn("sessions cannot be checked: what they have open ends", "sessions", len(sessions), "error", err)
		}
		s.followers.endAll(sessions, fmt.Errorf("store: session not checked: %w", err))
		return
	}
	var ended []string
	for _, id := range sessions {
		if !living[id] {
			ended = append(ended, id)
		}
	}
	s.followers.endAll(ended, ErrNoSession)
}

// living returns those of the sessions that live.
func (s *Store) living(ctx context.Context, sessions []string) (map[string]bool, error) {
	now := s.now()
	idle, old := s.horizons(now)
	var c conditions
	c.add("s.last_seen > %s", idle)
	c.add("s.created > %s", old)
	c.add("(s.ends = 0 OR s.ends > %s)", micros(now))
	ids := make([]string, len(sessions))
	for i, id := range sessions {
		ids[i] = c.parameter(id)
	}
	c.terms = append(c.terms, "s.id IN ("+strings.Join(ids, ", ")+")")
	rows, err := s.backend.reader().QueryContext(ctx, `SELECT s.id FROM sessions s
		JOIN operators o ON o.id = s.operator AND o.epoch = s.epoch AND NOT o.disabled`+c.where(), c.args...)
	if err != nil {
		return nil, err
	}
	found, err := scanAll(rows, func(r row) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	})
	living := make(map[string]bool, len(found))
	for _, id := range found {
		living[id] = true
	}
	return living, err
}
