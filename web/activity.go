package web

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

const (
	kicksSince   = 24 * time.Hour
	kicksFresh   = 30 * time.Second // how long their numbers are shown again
	kicksTimeout = 2 * time.Second
	kicksRooms   = 10_000 // of which they are remembered
	joinsSince   = time.Minute
	joinsFresh   = time.Second // how long their numbers are shown again
	busiest      = 6           // rooms that a page names
)

// tally remembers for a short while how many kicks there were by room.
type tally struct {
	store *store.Store
	now   func() time.Time

	turn  chan struct{} // holds one while somebody has the numbers
	kicks map[string]int
	at    time.Time
}

func newTally(s *store.Store, now func() time.Time) *tally {
	return &tally{store: s, now: now, turn: make(chan struct{}, 1)}
}

// recent returns how many occupants were kicked out of each room in a day.
func (t *tally) recent(ctx context.Context) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(ctx, kicksTimeout)
	defer cancel()
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-t.turn }()
	if now := t.now(); now.Sub(t.at) >= kicksFresh {
		kicks, err := t.store.KicksByRoom(ctx, now.Add(-kicksSince), kicksRooms)
		if err != nil {
			return nil, err
		}
		t.kicks, t.at = kicks, now
	}
	return t.kicks, nil
}

// joinTally remembers for a moment how many people came into each room lately.
type joinTally struct {
	chat arriving
	now  func() time.Time

	mu     sync.Mutex
	counts map[xmpp.RoomJID]int
	at     time.Time
}

// recent returns how many people came into each room in a minute, as far as muckick
// was there. Of whom nobody saw when they came are none of them.
func (t *joinTally) recent() map[xmpp.RoomJID]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if now.Sub(t.at) < joinsFresh {
		return t.counts
	}
	type join struct {
		room   xmpp.RoomJID
		person string
	}
	joins, counts, since := make(map[join]struct{}), make(map[xmpp.RoomJID]int), now.Add(-joinsSince)
	t.chat.Arrivals(0, func(a xmpp.Arrival) bool {
		if a.Unseen || a.Time.Before(since) {
			return false
		}
		before := len(joins)
		if joins[join{a.Room, cmp.Or(a.Occupant.Account(), "/"+a.Occupant.Nick)}] = struct{}{}; len(joins) > before {
			counts[a.Room]++
		}
		return false
	})
	t.counts, t.at = counts, now
	return counts
}

// activity says what goes on in the rooms that the grants show, by address: kicks,
// who comes, and where muckick is powerless, as far as it is known. The coverage is
// how things are now.
func (s *Server) activity(ctx context.Context, coverage xmpp.Coverage, grants moderation.Grants) map[string]views.Activity {
	all := make(map[string]views.Activity)
	kicks, err := s.tally.recent(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "kicks not counted", "error", err)
	}
	for address, n := range kicks {
		if room, err := xmpp.ParseRoom(address); err == nil && grants.May(moderation.See, room) {
			all[address] = views.Activity{Kicks: n}
		}
	}
	for room, n := range s.joins.recent() {
		if grants.May(moderation.See, room) {
			a := all[room.String()]
			a.Joins = n
			all[room.String()] = a
		}
	}
	for _, room := range s.powerless(coverage) {
		if grants.May(moderation.See, room) {
			a := all[room.String()]
			a.Powerless = true
			all[room.String()] = a
		}
	}
	return all
}

// powerless returns the rooms where muckick is no moderator, or that do not let it
// in. Where it failed to enter for another reason, nothing is known.
func (s *Server) powerless(coverage xmpp.Coverage) []xmpp.RoomJID {
	rooms := slices.Clone(coverage.Powerless)
	for _, refused := range coverage.Refused {
		if errors.As(refused.Err, new(*xmpp.StanzaError)) {
			rooms = append(rooms, refused.Room)
		}
	}
	for _, f := range s.hub.followed() {
		if f.isBarred() {
			rooms = append(rooms, f.room)
		}
	}
	return rooms
}

// followed returns the feeds of all rooms that somebody looks at.
func (h *hub) followed() []*feed {
	h.mu.Lock()
	defer h.mu.Unlock()
	feeds := make([]*feed, 0, len(h.feeds))
	for _, f := range h.feeds {
		feeds = append(feeds, f)
	}
	return feeds
}

// isBarred reports whether the room does not let muckick in, as far as it is known.
func (f *feed) isBarred() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := cmp.Or(f.state.err, f.state.roster.JoinErr)
	return f.known && f.state.online && errors.As(err, new(*xmpp.StanzaError)) && !errors.As(err, new(*xmpp.NoRoomError))
}

// listedRooms is what is known of rooms, by address.
type listedRooms struct {
	names    map[string]string
	counts   map[string]int // of occupants
	activity map[string]views.Activity
}

func (l listedRooms) add(list []serviceRooms, counts map[xmpp.RoomJID]int) {
	for _, service := range list {
		for _, room := range service.rooms {
			address := room.JID.String()
			l.names[address] = room.Name
			if n, ok := counts[room.JID]; ok {
				l.counts[address] = n
			}
		}
	}
}

// busy returns the rooms where most goes on.
func (l listedRooms) busy() []views.RoomEntry {
	var busy []views.RoomEntry
	for address, a := range l.activity {
		if a != (views.Activity{}) {
			busy = append(busy, l.entry(address))
		}
	}
	slices.SortFunc(busy, func(a, b views.RoomEntry) int {
		return cmp.Or(cmp.Compare(b.Joins, a.Joins), cmp.Compare(b.Kicks, a.Kicks), cmp.Compare(a.Address, b.Address))
	})
	return busy[:min(len(busy), busiest)]
}

func (l listedRooms) entry(address string) views.RoomEntry {
	entry := views.RoomEntry{Address: address, Name: l.names[address], Occupants: -1, Activity: l.activity[address]}
	if n, ok := l.counts[address]; ok {
		entry.Occupants = n
	}
	return entry
}
