package xmpp

import (
	"context"
	"math"
	"time"
)

// leaveIdleRooms leaves the rooms that nobody needed for the idle time.
func (s *stream) leaveIdleRooms(ctx context.Context) error {
	ticker := time.NewTicker(max(s.options.IdleLeave/10, 50*time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		for _, r := range s.takeIdleRooms(s.options.IdleLeave) {
			r.leave()
		}
	}
}

// madeAtOnce is how many rooms that nobody uses are left, where all are watched, for
// one that somebody needs.
const madeAtOnce = 3

// makeRoom leaves the rooms that nobody needs, where the server does not let the
// account be in more, and reports whether there were any. Only where there are none
// it leaves a few of those that are watched.
func (s *stream) makeRoom() bool {
	rooms := s.takeIdleRooms(0)
	if len(rooms) == 0 {
		rooms = s.takeRooms(madeAtOnce, func(r *room) bool { return r.users == 0 && r.present() != nil })
	}
	for _, r := range rooms {
		r.leave()
	}
	return len(rooms) > 0
}

// takeIdleRooms takes the rooms that nobody needed for so long out of the table. It
// keeps those that are watched.
func (s *stream) takeIdleRooms(idle time.Duration) []*room {
	now := s.options.Now()
	return s.takeRooms(math.MaxInt, func(r *room) bool {
		return r.users == 0 && now.Sub(r.idleSince) >= idle && !(r.watched && r.present() != nil)
	})
}

// takeRooms takes some rooms out of the table, at most so many.
func (s *stream) takeRooms(most int, wanted func(*room) bool) []*room {
	s.mu.Lock()
	defer s.mu.Unlock()
	var taken []*room
	for jid, r := range s.rooms {
		if len(taken) < most && wanted(r) {
			delete(s.rooms, jid)
			taken = append(taken, r)
		}
	}
	return taken
}
