package xmpp

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"muckick/xmpp/wire"
)

// A kick costs the server one presence for each occupant, and some servers work
// through their stanzas in order. So the kicks under way in one room may cause
// presenceBudget presences together: many kicks in a small room, two in a huge
// one, which keeps the server busy there and the stream free for other rooms.
const (
	presenceBudget = 600
	maxKickCost    = presenceBudget / 2
	minKickCost    = presenceBudget / 16
)

// A room is what one stream knows of a room that somebody needs or that we are
// in.
type room struct {
	jid    RoomJID
	stream *stream
	budget *semaphore.Weighted // of presences under way

	users     int       // who needs us to be there; guarded by stream.mu
	idleSince time.Time // since when users is 0; guarded by stream.mu

	mu        sync.Mutex
	entering  *entry        // the attempt under way, if any
	attempt   *attempt      // the join presence under way, if any
	left      chan struct{} // closed when the visit ends; nil outside
	why       error         // why the last visit ended, if the room ended it
	self      Occupant      // as the room told us
	vouches   bool          // for occupant ids, as it said when we joined
	subject   string
	occupants map[string]Occupant // by nick, without the obstacle
	unseen    map[string]bool     // nicks that only a role list told of
	unlisted  bool                // the room refused its role lists
	thrown    map[string]*thrown  // nicks that kicks are under way for
}

// An entry is one attempt to get into a room, shared by all who wait for it.
type entry struct {
	done chan struct{}
	err  error // set before done is closed
}

// hold returns the room, held: it is not left before release is called.
func (s *stream) hold(jid RoomJID) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[jid]
	if r == nil {
		r = &room{jid: jid, stream: s, budget: semaphore.NewWeighted(presenceBudget)}
		s.rooms[jid] = r
	}
	r.users++
	return r
}

// release ends one hold. A room that nobody needs is left after the idle time;
// one that we are not in is forgotten at once.
func (r *room) release() {
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	r.users--
	r.idleSince = r.stream.options.Now()
	if r.users == 0 && r.visit() == nil {
		delete(r.stream.rooms, r.jid)
	}
}

// visit returns a channel that is closed when the present visit ends, or nil
// when we are not in the room.
func (r *room) visit() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left
}

// enter makes sure that we are in the room. All who call it meanwhile share one
// join. The caller holds the room.
func (r *room) enter(ctx context.Context) error {
	if r.visit() != nil {
		return nil
	}
	// A join goes on when all who wait for it have left, so it holds the room
	// too: else nobody would be there to hear that we are in.
	r.stream.hold(r.jid)
	entry, begun := r.begin()
	if !begun {
		r.release()
	}
	select {
	case <-entry.done:
		return entry.err
	case <-ctx.Done():
		return ErrNotSent
	}
}

// begin starts a join that runs as long as the stream does and releases the room
// at its end, unless there is one or we are inside.
func (r *room) begin() (e *entry, begun bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.entering != nil {
		return r.entering, false
	}
	e = &entry{done: make(chan struct{})}
	if r.left != nil {
		close(e.done)
		return e, false
	}
	begun = r.stream.begin(func() {
		defer r.release()
		err := r.join(r.stream.alive)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.entering, e.err = nil, err
		close(e.done)
	})
	if !begun {
		e.err = ErrOffline
		close(e.done)
		return e, false
	}
	r.entering = e
	return e, true
}

// exit notes that the visit is over. A nil why means that we left by ourselves.
func (r *room) exit(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exitLocked(why)
}

// exitVisit notes that the given visit is over, if it still is the present one.
func (r *room) exitVisit(visit <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left == visit {
		r.exitLocked(&Exit{})
	}
}

func (r *room) exitLocked(why error) {
	r.why = why
	if r.left != nil {
		close(r.left)
		r.left = nil
	}
	// A presence that comes now belongs to no join either.
	r.attempt = nil
	r.self, r.occupants, r.unseen, r.unlisted = Occupant{}, nil, nil, false
}

// leave tells the room that we go (XEP-0045 §7.14), unless it has thrown us out
// already.
func (r *room) leave() {
	nick := r.ownNick()
	r.exit(nil)
	if nick != "" {
		r.sendUnavailable(nick)
	}
}

// kickCost is what a kick takes from the room's budget.
func (r *room) kickCost() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(min(max(len(r.occupants), minKickCost), maxKickCost))
}

// lastExit says why the last visit ended.
func (r *room) lastExit() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why == nil {
		return &Exit{}
	}
	return r.why
}

func (r *room) ownNick() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.self.Nick
}

// nickDuring returns our nick, and whether the visit still is the present one.
func (r *room) nickDuring(visit <-chan struct{}) (nick string, lasts bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.self.Nick, r.left == visit
}

func (r *room) sendUnavailable(nick string) {
	if err := r.stream.wire.Send(wire.Presence{Header: wire.Header{To: r.jid.occupant(nick), Type: "unavailable"}}); err != nil {
		r.stream.options.Logger.Warn("room not left", "room", r.jid, "error", err)
	}
}

func (r *room) setSubject(subject string) {
	r.mu.Lock()
	r.subject = subject
	r.mu.Unlock()
	r.stream.client.watchers.touch(r.jid)
}

// subject returns the subject of a room that we are in, else nothing.
func (s *stream) subject(jid RoomJID) string {
	s.mu.Lock()
	r := s.rooms[jid]
	s.mu.Unlock()
	if r == nil {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.subject
}

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
		for _, r := range s.idleRooms() {
			r.leave()
		}
	}
}

// idleRooms takes the rooms that are to be left out of the table.
func (s *stream) idleRooms() []*room {
	s.mu.Lock()
	defer s.mu.Unlock()
	var idle []*room
	for jid, r := range s.rooms {
		if r.users == 0 && s.options.Now().Sub(r.idleSince) >= s.options.IdleLeave {
			delete(s.rooms, jid)
			idle = append(idle, r)
		}
	}
	return idle
}

// joinedRooms counts the rooms that we are in.
func (s *stream) joinedRooms() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	joined := 0
	for _, r := range s.rooms {
		if r.visit() != nil {
			joined++
		}
	}
	return joined
}

// forgetRooms ends every visit with the stream.
func (s *stream) forgetRooms() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rooms {
		r.exit(ErrOffline)
	}
}
