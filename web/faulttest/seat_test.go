package faulttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// A seat is an occupant who always comes back: after kicks, and after the chat
// server went away. It notes every kick that hit it, by the kick's reason.
type seat struct {
	room, nick    string
	user, address string
	domain        string

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when inside or frozen change
	inside  bool
	frozen  bool   // do not come back
	joining bool   // a join presence is under way
	created bool   // the room was not there any more, and was made by coming back
	visits  []span // finished ones and the present one
	losses  []time.Time
	hits    map[string]int // by reason
	fault   error          // why it could not come in last
}

// A span is the time of a visit as the occupant saw it. A zero end is now.
type span struct{ begin, end time.Time }

const (
	seatPassword = "pw"

	// seatRetry is how long a seat waits after a failure.
	seatRetry = 50 * time.Millisecond
)

// sit keeps the seat taken until ctx ends.
func (s *seat) sit(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.session(ctx); err != nil {
			s.note(func() { s.fault = err })
		}
		s.note(func() {
			s.losses = append(s.losses, time.Now())
			s.leaveLocked()
			s.joining = false
		})
		pause(ctx, seatRetry)
	}
}

// session is one connection, with as many visits as there are kicks. It ends
// when the room does not let the occupant in.
func (s *seat) session(ctx context.Context) error {
	c, err := dial(ctx, s.address, s.domain, s.user, seatPassword, s.hear)
	if err != nil {
		return err
	}
	defer c.close()
	s.note(func() { s.fault = nil })
	for {
		s.mu.Lock()
		changed, fault, come := s.changed, s.fault, !s.inside && !s.joining && !s.frozen
		s.joining = s.joining || come && fault == nil
		s.mu.Unlock()
		if fault != nil {
			return fault
		}
		if come {
			if err := c.send("<presence to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>", s.room, s.nick); err != nil {
				return err
			}
			continue
		}
		select {
		case <-changed:
		case <-c.ended:
			return errLost
		case <-ctx.Done():
			return nil
		}
	}
}

// hear takes in a presence of the room.
func (s *seat) hear(p stanza) {
	own := p.MUC.has("110") || p.From == s.room+"/"+s.nick
	switch {
	case p.Type == "error":
		s.note(func() { s.joining, s.fault = false, p.Refusal })
	case !own:
	case p.Type == "unavailable":
		s.note(func() {
			s.leaveLocked()
			if p.MUC.has("307") {
				s.hits[p.MUC.Item.Reason]++
			}
		})
	case p.Type == "":
		s.note(func() {
			if !s.inside {
				s.visits = append(s.visits, span{begin: time.Now()})
			}
			s.inside, s.joining = true, false
			s.created = s.created || p.MUC.has("201")
		})
	}
}

// note changes the seat and tells who waits.
func (s *seat) note(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *seat) leaveLocked() {
	if s.inside {
		s.visits[len(s.visits)-1].end = time.Now()
	}
	s.inside = false
}

// await waits until the seat is taken, and reports false if ctx ends before.
func (s *seat) await(ctx context.Context) bool {
	return s.wait(ctx, func() bool { return s.inside }) == nil
}

// wait returns nil once ok, which is called with the lock held, is true.
func (s *seat) wait(ctx context.Context, ok func() bool) error {
	for {
		s.mu.Lock()
		done, changed, fault := ok(), s.changed, s.fault
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), fault)
		}
	}
}

// freeze keeps the occupant from coming back, and returns when no join is under
// way.
func (s *seat) freeze(ctx context.Context) error {
	s.note(func() { s.frozen = true })
	return s.wait(ctx, func() bool { return !s.joining })
}

func (s *seat) thaw() { s.note(func() { s.frozen = false }) }

// hitsOf returns how many kicks with the reason hit the seat.
func (s *seat) hitsOf(reason string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[reason]
}

// awaitHit gives a kick that was answered the time to reach the occupant.
func (s *seat) awaitHit(ctx context.Context, reason string) {
	ctx, cancel := context.WithTimeout(ctx, hitPatience)
	defer cancel()
	// That it did not come is for the caller to judge.
	_ = s.wait(ctx, func() bool { return s.hits[reason] > 0 })
}

// wasInside reports whether one visit covers the whole time, which must have
// passed: the present visit may have ended without the occupant knowing it yet.
func (s *seat) wasInside(begin, end time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.visits, func(v span) bool {
		return v.begin.Before(begin) && (v.end.IsZero() && end.Before(time.Now()) || v.end.After(end))
	})
}

// wasCut reports whether the occupant lost its connection within the time, so
// that it may have missed a kick.
func (s *seat) wasCut(begin, end time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.losses, func(at time.Time) bool { return at.After(begin) && at.Before(end) })
}

// forget drops what is of no use any more, once all kicks have been verified.
func (s *seat) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hits, s.losses = make(map[string]int), nil
	s.visits = append([]span(nil), s.visits[len(s.visits)-1:]...)
}

// newSeat seats somebody in the room until the test ends.
func (r *rig) newSeat(t testing.TB, room, nick string) *seat {
	t.Helper()
	r.lastSeat++
	s := &seat{
		room: room, nick: nick, user: fmt.Sprintf("seat%d", r.lastSeat),
		address: r.server.Addr, domain: r.server.Domain,
		changed: make(chan struct{}), hits: make(map[string]int),
	}
	r.server.Register(t, s.user, seatPassword)
	ctx, cancel := context.WithCancel(context.Background())
	var sitting sync.WaitGroup
	sitting.Go(func() { s.sit(ctx) })
	t.Cleanup(func() {
		cancel()
		sitting.Wait()
	})
	return s
}

// firstVisitAfter reports whether the present visit began after that time.
func (s *seat) firstVisitAfter(start time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inside && s.visits[len(s.visits)-1].begin.After(start)
}

// wasMadeAnew reports whether coming back has ever made the room.
func (s *seat) wasMadeAnew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.created
}
