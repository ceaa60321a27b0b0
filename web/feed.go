package web

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"muckick/views"
	"muckick/web/topic"
	"muckick/xmpp"
)

const (
	// debounce gathers what happens in a room within a moment into one event, so
	// that a flood of joins does not become a flood of events.
	debounce = 40 * time.Millisecond

	// infoFresh is how often a followed room is asked for its name and settings.
	infoFresh = time.Minute

	infoTimeout = 5 * time.Second

	// lockEnds is how long it takes at most, as a rule, to end a lock on time.
	lockEnds = 3 * time.Second
)

// A feed follows one room: it holds the list of occupants as it is now, and
// publishes what changes in a topic, each event rendered once for all panels.
type feed struct {
	hub    *hub
	room   xmpp.RoomJID
	stop   context.CancelFunc
	events *topic.Topic

	users  int         // guarded by hub.mu
	expiry *time.Timer // guarded by hub.mu

	// Events are published while mu is held, so that state and events agree for
	// whoever holds it.
	mu     sync.Mutex
	first  chan struct{} // closed when the list is known, or why it is not
	known  bool
	state  roomState
	header string // as it was last published
}

// roomState is what a page shows of a room.
type roomState struct {
	info      xmpp.RoomInfo
	mute      xmpp.MuteEffect
	locks     []views.EffectEntry
	infoAt    time.Time
	occupants map[string]xmpp.Occupant
	roster    xmpp.Roster // without the occupants
	err       error       // why there is no list
	online    bool
	asOf      time.Time
}

func newFeed(h *hub, room xmpp.RoomJID, stop context.CancelFunc) *feed {
	return &feed{
		hub: h, room: room, stop: stop,
		events: topic.New(topic.Options{Kept: kept, Backlog: backlog, Dropped: h.dropped.Inc}),
		first:  make(chan struct{}),
		state:  roomState{info: xmpp.RoomInfo{JID: room, Occupants: -1}},
	}
}

// run follows the room until ctx ends, and then lets go of all listeners.
func (f *feed) run(ctx context.Context) {
	watch := f.hub.chat.Watch(f.room)
	defer watch.Close()
	defer f.events.Close()
	for {
		next, cancel := context.WithTimeout(ctx, f.untilInfo())
		update, err := watch.Next(next)
		cancel()
		switch {
		case ctx.Err() != nil, errors.Is(err, xmpp.ErrWatchClosed):
			return
		case err != nil: // quiet for a while
			f.renewInfo(ctx)
		default:
			if update.Reset || len(update.Changed)+len(update.Gone) == 0 || f.infoIsOld() {
				f.refreshInfo(ctx)
			}
			f.apply(update)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(debounce):
		}
	}
}

// untilInfo is after how long the room is asked what it is though nothing happens:
// a lock ends by itself.
func (f *feed) untilInfo() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	wait := infoFresh
	for _, lock := range f.state.locks {
		if !lock.Until.IsZero() {
			wait = min(wait, max(lock.Until.Sub(f.hub.now()), 0)+lockEnds)
		}
	}
	return wait
}

func (f *feed) infoIsOld() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hub.now().Sub(f.state.infoAt) > infoFresh
}

// renewInfo looks anew at what the room is, and tells the listeners.
func (f *feed) renewInfo(ctx context.Context) {
	f.refreshInfo(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.publish(nil, nil)
}

// refreshInfo asks the room what it is. What cannot be asked stays as it was.
func (f *feed) refreshInfo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, infoTimeout)
	defer cancel()
	info, err := f.hub.chat.RoomInfo(ctx, f.room)
	muteErr := err
	var mute xmpp.MuteEffect
	if err == nil {
		mute, muteErr = f.hub.chat.MuteEffect(ctx, info)
	}
	var locks []views.EffectEntry
	lockErr := err
	if f.hub.locks != nil {
		locks, lockErr = f.hub.locks.locksOf(ctx, f.room)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.infoAt = f.hub.now()
	if lockErr == nil {
		f.state.locks = locks
	}
	if err == nil {
		f.state.info = info
	}
	if muteErr == nil {
		f.state.mute = mute
	}
}

// apply takes an update over into the list and tells the listeners.
func (f *feed) apply(u xmpp.Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.hub.now()
	f.state.online = u.Online
	reset := false
	switch {
	case u.Reset && u.Err != nil:
		f.state.err, f.state.roster.Live = u.Err, false
		f.state.roster.Room, f.state.roster.ServiceAdmin = f.room, u.Roster.ServiceAdmin
		var gone *xmpp.NoRoomError
		if errors.As(u.Err, &gone) {
			f.state.occupants, reset = nil, true
		}
	case u.Reset:
		f.state.occupants = make(map[string]xmpp.Occupant, len(u.Roster.Occupants))
		for _, occupant := range u.Roster.Occupants {
			f.state.occupants[occupant.Nick] = occupant
		}
		f.state.roster, f.state.err, f.state.asOf, reset = u.Roster, nil, now, true
		f.state.roster.Occupants = nil
	default:
		if f.state.occupants == nil {
			f.state.occupants = make(map[string]xmpp.Occupant)
		}
		for _, occupant := range u.Changed {
			f.state.occupants[occupant.Nick] = occupant
		}
		for _, nick := range u.Gone {
			delete(f.state.occupants, nick)
		}
		f.state.asOf = now
	}
	if !f.known {
		f.known = true
		close(f.first)
	}
	if reset {
		f.publishReset()
		return
	}
	f.publish(u.Changed, u.Gone)
}

// sorted returns the list by nick. The caller holds mu.
func (s *roomState) sorted() []xmpp.Occupant {
	list := slices.Collect(maps.Values(s.occupants))
	views.SortOccupants(list, views.OccupantOrder{By: views.OccupantsByNick})
	return list
}

// headerModel is what the page says of the room as a whole. The caller holds mu.
func (f *feed) headerModel() views.RoomHeaderModel {
	// An occupant whom nothing protects and whose account is visible.
	anybody := xmpp.Occupant{Nick: "anybody", RealJID: "anybody@example.org"}
	h := views.RoomHeaderModel{
		Info: f.state.info, Address: f.room.String(), Occupants: -1,
		AsOf: f.state.asOf, Live: f.state.roster.Live && f.state.online,
		Sources: f.state.roster.Sources, Gaps: f.state.roster.Gaps,
		Ready: readiness(f.state.roster, f.state.err, f.state.online), Mute: f.state.mute,
		Locks: f.state.locks,
		Ban:   xmpp.ObstacleTo(xmpp.ActionBan, f.state.roster.Self, anybody),
		Lock:  xmpp.ObstacleTo(xmpp.ActionLock, f.state.roster.Self, anybody),
	}
	if f.state.occupants != nil {
		h.Occupants = len(f.state.occupants)
	}
	return h
}

// readiness says whether muckick can moderate a room.
func readiness(roster xmpp.Roster, err error, online bool) views.Readiness {
	r := views.Readiness{Account: roster.Self.RealJID}
	if err == nil {
		err = roster.JoinErr
	}
	switch {
	case !online:
		r.Obstacle = xmpp.ObstacleOffline
	case errors.As(err, new(*xmpp.Exit)):
		r.Entering = true // a watch goes back at once
	case err != nil:
		r.Obstacle, r.Detail = xmpp.ObstacleCannotJoin, err.Error()
	case roster.Live && roster.Self.Role != xmpp.RoleModerator:
		r.Obstacle = xmpp.ObstacleNotModerator
	}
	if roster.ServiceAdmin && ownsNothing(roster, err) {
		r.AdminOf = roster.Room.Domain()
	}
	return r
}

// ownsNothing reports whether a service admin turns out to be no owner of the
// room: an owner moderates, and needs no membership.
func ownsNothing(roster xmpp.Roster, err error) bool {
	var refused *xmpp.StanzaError
	if errors.As(err, &refused) {
		return refused.Has("registration-required")
	}
	return err == nil && roster.Live && roster.Self.Affiliation != xmpp.AffiliationOwner
}

// A snapshot is a room as a page shows it, and where its events go on.
type snapshot struct {
	header    views.RoomHeaderModel
	occupants []xmpp.Occupant
	last      string // id of the latest event that it includes
}

// snapshot waits until the feed knows the room, and returns it. It reports
// false if ctx ended before.
func (f *feed) snapshot(ctx context.Context) (snapshot, bool) {
	select {
	case <-f.first:
	case <-ctx.Done():
		return snapshot{}, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return snapshot{header: f.headerModel(), occupants: f.state.sorted(), last: f.events.Last()}, true
}
