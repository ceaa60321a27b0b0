package xmpp

import (
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// A room is what one stream knows of a room that somebody needs or that we are
// in.
type room struct {
	jid    RoomJID
	stream *stream
	budget *semaphore.Weighted // of presences under way

	lists [len(listed)]sharedRead[[]Affiliated] // in the order of listed
	roles sharedRead[roleLists]

	users     int       // who needs us to be there; guarded by stream.mu
	watched   bool      // we stay even if nobody does; guarded by stream.mu
	idleSince time.Time // since when users is 0; guarded by stream.mu

	mu       sync.Mutex
	entering *entry   // the attempt to get in, if there is one
	attempt  *attempt // the join presence under way, if there is one
	visit    *visit   // nil while we are outside
	vouches  bool     // for occupant ids (XEP-0421), as it said before we joined
	subject  string

	persistent bool // stays when everybody has left, as it said before we joined
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
	if r.users == 0 && r.present() == nil {
		delete(r.stream.rooms, r.jid)
	}
}

// isNeeded reports whether anybody but the join under way holds the room.
func (r *room) isNeeded() bool {
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	return r.users > 1
}

// setWatched makes us stay in the room when nobody needs us there.
func (r *room) setWatched(watched bool) {
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	r.watched = watched
}

// unwatchUnused ends that if nobody but the caller holds the room, and reports
// whether it is so.
func (r *room) unwatchUnused() bool {
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	if r.users > 1 {
		return false
	}
	r.watched = false
	return true
}

// unwatch lets a room be left when it is idle.
func (s *stream) unwatch(jid RoomJID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[jid]; r != nil {
		r.watched, r.idleSince = false, s.options.Now()
	}
}

// isAlone reports whether nobody but muckick is known to be in a room that we are
// in.
func (r *room) isAlone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.visit == nil {
		return false
	}
	for _, occupant := range r.visit.occupants.byNick {
		if !occupant.Ours && !occupant.Self {
			return false
		}
	}
	return true
}

func (r *room) isPersistent() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.persistent
}

// present returns the visit that we are on, or nil while we are outside.
func (r *room) present() *visit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.visit
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

// forgetRooms ends every visit with the stream.
func (s *stream) forgetRooms() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rooms {
		r.end(r.present(), ErrOffline)
	}
}
