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
	idleSince time.Time // since when users is 0; guarded by stream.mu

	mu       sync.Mutex
	entering *entry   // the attempt to get in, if there is one
	attempt  *attempt // the join presence under way, if there is one
	visit    *visit   // nil while we are outside
	vouches  bool     // for occupant ids (XEP-0421), as it said before we joined
	subject  string
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

// countRooms returns how many rooms we are in, and in how many of them we are no
// moderator, so that we may not kick there (XEP-0045 §5.1.1).
func (s *stream) countRooms() (joined, powerless int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rooms {
		v := r.present()
		if v == nil {
			continue
		}
		joined++
		if r.standing(v).Role != RoleModerator {
			powerless++
		}
	}
	return joined, powerless
}

// forgetRooms ends every visit with the stream.
func (s *stream) forgetRooms() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rooms {
		r.end(r.present(), ErrOffline)
	}
}
