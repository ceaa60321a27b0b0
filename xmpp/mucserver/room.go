package mucserver

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// RoomConfig is how a room is set up (XEP-0045 §4.2). The zero value is a
// public, open, unmoderated, semi-anonymous room that ceases to exist when the
// last occupant leaves.
type RoomConfig struct {
	Name        string
	Description string
	Subject     string // the first one; later ones do not change it
	Password    string // needed to enter, unless empty

	Hidden       bool // not listed by the service
	MembersOnly  bool
	Moderated    bool // who has no affiliation enters as a visitor
	NonAnonymous bool // all occupants see real JIDs, not only moderators
	Persistent   bool // remains when empty

	// ModeratorsOnly hides the presence of all but moderators from everybody but
	// themselves (muc#roomconfig_presencebroadcast). Nobody hears then that
	// somebody was kicked.
	ModeratorsOnly bool

	MaxOccupants int // unlimited when 0; admins and owners enter regardless
}

// A Room is a chat room. Its methods may be called from several goroutines.
type Room struct {
	srv     *Server
	address string
	joins   atomic.Int64

	mu           sync.Mutex
	config       RoomConfig
	fresh        bool // made for a client that has not entered yet
	gone         bool
	affiliations map[string]Affiliation // by bare JID
	reasons      map[string]string      // why somebody is an outcast, by bare JID
	occupants    map[string]*occupant   // by nickname
	byAccount    map[string][]*occupant // by bare real JID
	listeners    map[*session]*occupant // every session in the room
	entered      uint64                 // number of occupants there have been
	subject      string
	subjectFrom  string
	history      []groupMessage
}

func (s *Server) newRoom(address string, config RoomConfig) *Room {
	return &Room{
		srv:          s,
		address:      address,
		config:       config,
		subject:      config.Subject,
		subjectFrom:  address,
		affiliations: make(map[string]Affiliation),
		reasons:      make(map[string]string),
		occupants:    make(map[string]*occupant),
		byAccount:    make(map[string][]*occupant),
		listeners:    make(map[*session]*occupant),
	}
}

// CreateRoom makes a room at a bare address on one of the services. It fails
// when the address is no such thing or the room exists already.
func (s *Server) CreateRoom(address string, config RoomConfig) (*Room, error) {
	a, ok := s.parseAddress(address)
	if !ok || a.local == "" || a.resource != "" || !s.isService(a.domain) {
		return nil, fmt.Errorf("mucserver: %q is no address of a room here", address)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[a.bare()] != nil {
		return nil, fmt.Errorf("mucserver: room %s exists already", a.bare())
	}
	r := s.newRoom(a.bare(), config)
	s.rooms[r.address] = r
	return r, nil
}

// Room returns the room at a bare address, or nil.
func (s *Server) Room(address string) *Room {
	a, ok := s.parseAddress(address)
	if !ok {
		return nil
	}
	return s.room(a.bare())
}

// Rooms returns all rooms, hidden ones too, in no particular order.
func (s *Server) Rooms() []*Room {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.rooms))
}

func (s *Server) room(bare string) *Room {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.rooms[bare]
}

// roomFor returns the room at an address, a new one if need be.
func (s *Server) roomFor(bare string) *Room {
	if r := s.room(bare); r != nil {
		return r
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[bare]
	if r == nil {
		r = s.newRoom(bare, RoomConfig{})
		r.fresh = true
		s.rooms[bare] = r
		s.counters.created.Add(1)
	}
	return r
}

// forget removes a room that is gone.
func (s *Server) forget(r *Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[r.address] == r {
		delete(s.rooms, r.address)
	}
}

// unlock unlocks the room, which ceases to exist if it is gone.
func (r *Room) unlock() {
	gone := r.gone
	r.mu.Unlock()
	if gone {
		r.srv.forget(r)
	}
}

// Address returns the bare address of the room.
func (r *Room) Address() string { return r.address }

// Joins returns how often sessions have entered the room. Residents do not
// count.
func (r *Room) Joins() int { return int(r.joins.Load()) }

// Subject returns the current subject.
func (r *Room) Subject() string {
	r.mu.Lock()
	defer r.unlock()
	return r.subject
}

// SetAffiliation changes the affiliation of a bare JID with all that follows
// from it: an outcast is banned from the room, an admin becomes a moderator. It
// returns [ErrGone] for a room that no longer exists, and a [StanzaError] for
// what is no JID of an account.
func (r *Room) SetAffiliation(bareJID string, affiliation Affiliation, reason string) error {
	bare, err := normalizeBare(bareJID)
	if err != nil {
		return fmt.Errorf("mucserver: %q: %w", bareJID, err)
	}
	r.mu.Lock()
	defer r.unlock()
	if r.gone {
		return ErrGone
	}
	r.setAffiliation(bare, affiliation, event{reason: reason})
	return nil
}

// Destroy removes the room and everybody in it (XEP-0045 §10.9).
func (r *Room) Destroy(reason string) {
	r.mu.Lock()
	defer r.unlock()
	r.destroy(reason)
}

func (r *Room) destroy(reason string) {
	ev := event{unavailable: true, destroyed: true, reason: reason}
	for _, o := range r.sorted() {
		for _, s := range o.sessions {
			s.out.send(r.presence(o, ev, view{real: true, status: []int{statusSelf}}))
		}
		r.detach(o, ev)
	}
	r.gone = true
}
