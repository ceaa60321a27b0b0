package web

import (
	"cmp"
	"context"
	"errors"
	"maps"
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
	joinsSince   = time.Minute
	busiest      = 6 // rooms that a page names
)

// tally remembers for a short while how many kicks there were by room.
type tally struct {
	store *store.Store
	now   func() time.Time

	mu    sync.Mutex
	kicks map[string]int
	at    time.Time
}

// recent returns how many occupants were kicked out of each room in a day.
func (t *tally) recent(ctx context.Context) (map[string]int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.now(); now.Sub(t.at) >= kicksFresh {
		ctx, cancel := context.WithTimeout(ctx, kicksTimeout)
		defer cancel()
		kicks, err := t.store.KicksByRoom(ctx, now.Add(-kicksSince))
		if err != nil {
			return nil, err
		}
		t.kicks, t.at = kicks, now
	}
	return t.kicks, nil
}

// activity says what goes on in rooms, by address: kicks, and what is known of
// the rooms that somebody looks at, as far as the grants let them be seen.
func (s *Server) activity(ctx context.Context, grants moderation.Grants) map[string]views.Activity {
	all := make(map[string]views.Activity)
	kicks, err := s.tally.recent(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "kicks not counted", "error", err)
	}
	for room, n := range kicks {
		all[room] = views.Activity{Kicks: n}
	}
	for _, f := range s.hub.followed() {
		joins, obstacle := f.glance()
		a := all[f.room.String()]
		a.Joins, a.Powerless = joins, obstacle == xmpp.ObstacleCannotJoin || obstacle == xmpp.ObstacleNotModerator
		all[f.room.String()] = a
	}
	maps.DeleteFunc(all, func(address string, _ views.Activity) bool {
		room, err := xmpp.ParseRoom(address)
		return err != nil || !grants.May(moderation.See, room)
	})
	return all
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

// glance returns how many of the occupants joined lately, and what stands
// between muckick and moderating, as far as either is known.
func (f *feed) glance() (joins int, obstacle xmpp.Obstacle) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.known {
		return 0, xmpp.ObstacleNone
	}
	since := f.hub.now().Add(-joinsSince)
	for _, occupant := range f.state.occupants {
		if !occupant.Self && occupant.Since.After(since) {
			joins++
		}
	}
	if f.state.err != nil && !errors.As(f.state.err, new(*xmpp.JoinError)) {
		return joins, xmpp.ObstacleNone // there may be no such room
	}
	return joins, readiness(f.state.roster, f.state.err, f.state.online).Obstacle
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
