package xmpp

import (
	"context"
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

// makeRoom leaves the rooms that nobody needs, where the server does not let the
// account be in more, and reports whether there were any.
func (s *stream) makeRoom() bool {
	rooms := s.takeIdleRooms(0)
	for _, r := range rooms {
		r.leave()
	}
	return len(rooms) > 0
}

// takeIdleRooms takes the rooms that nobody needed for so long out of the table.
func (s *stream) takeIdleRooms(idle time.Duration) []*room {
	s.mu.Lock()
	defer s.mu.Unlock()
	var taken []*room
	for jid, r := range s.rooms {
		if r.users == 0 && s.options.Now().Sub(r.idleSince) >= idle {
			delete(s.rooms, jid)
			taken = append(taken, r)
		}
	}
	return taken
}
