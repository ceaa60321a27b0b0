package xmpp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// coverRate is how many rooms a second are entered for the sake of watching
	// them, and coverAtOnce how many at the same time. A join takes some 450 bytes
	// and waits for its answer, so servers that read a client at 10 kB/s or even 3
	// never have much of ours to work off before a kick.
	coverRate   = 8
	coverAtOnce = 2

	// yieldFor is how long a join gives way to requests under way, and yieldLook
	// how often it looks whether there still are any.
	yieldFor  = time.Second
	yieldLook = 20 * time.Millisecond

	// relistRetry is when rooms are listed again where that failed.
	relistRetry = 30 * time.Second

	// refusedRetry is when a room that refused us is tried again; it doubles up to
	// maxRefusedRoom.
	refusedRetry   = 5 * time.Minute
	maxRefusedRoom = time.Hour

	// coverCheck is how often it is found out whether we still are in a room that
	// nobody uses.
	coverCheck = 10 * time.Minute

	// maxCovered is how many rooms are watched at most.
	maxCovered = 10_000
)

// everyRoom keeps us in all rooms that the services list, as long as the stream
// lasts. It is the work of [WatchAll]; else it stays idle.
type everyRoom struct {
	stream  *stream
	limiter *rate.Limiter
	slots   chan struct{} // holds one for each join under way
	wake    chan struct{}

	mu      sync.Mutex
	rooms   map[RoomJID]*coveredRoom
	listed  time.Time
	listErr error
	beyond  int
}

// A coveredRoom is one that we want to be in.
type coveredRoom struct {
	due      time.Time // when it is to be entered, or looked after
	busy     bool      // that is under way
	tried    bool
	inside   bool
	since    time.Time // when we entered
	failures int       // in a row
	err      error     // why we could not enter
}

func newEveryRoom(s *stream) *everyRoom {
	return &everyRoom{
		stream: s, limiter: rate.NewLimiter(coverRate, 1), slots: make(chan struct{}, coverAtOnce),
		wake: make(chan struct{}, 1), rooms: make(map[RoomJID]*coveredRoom),
	}
}

// run enters rooms and looks after them until ctx ends.
func (e *everyRoom) run(ctx context.Context) error {
	if e.stream.options.Watch != WatchAll {
		return nil
	}
	var relist time.Time
	for ctx.Err() == nil {
		now := e.stream.options.Now()
		if !now.Before(relist) {
			relist = now.Add(e.list(ctx))
		}
		jid, due, found := e.next()
		if !found || due.After(relist) {
			due = relist
		}
		if wait := due.Sub(now); wait > 0 {
			e.wait(ctx, wait)
			continue
		}
		if found && e.giveWay(ctx) && !e.attend(ctx, jid) {
			return nil
		}
	}
	return nil
}

// wait waits until something may be due.
func (e *everyRoom) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-e.wake:
	case <-ctx.Done():
	}
}

func (e *everyRoom) signal() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// next returns the room that is due first.
func (e *everyRoom) next() (jid RoomJID, due time.Time, found bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for candidate, w := range e.rooms {
		if !w.busy && (!found || w.due.Before(due)) {
			jid, due, found = candidate, w.due, true
		}
	}
	return jid, due, found
}

// giveWay waits for its turn, and while others' requests are under way, but not
// without end. It reports whether ctx lasted.
func (e *everyRoom) giveWay(ctx context.Context) bool {
	if e.limiter.Wait(ctx) != nil {
		return false
	}
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	for began := time.Now(); e.stream.wire.Waiting() >= len(e.slots) && time.Since(began) < yieldFor; {
		if !sleep(ctx, yieldLook) {
			<-e.slots
			return false
		}
	}
	return true
}

// attend enters a room, or looks after it if we are inside, and gives the slot
// back. It reports whether the stream lasts.
func (e *everyRoom) attend(ctx context.Context, jid RoomJID) bool {
	inside := e.setBusy(jid)
	begun := e.stream.begin(func() {
		defer func() { <-e.slots; e.signal() }()
		if inside {
			e.lookAfter(ctx, jid)
		} else {
			e.enter(ctx, jid)
		}
	})
	if !begun {
		<-e.slots
	}
	return begun
}

// setBusy notes that a room is attended to, and reports whether we are inside.
func (e *everyRoom) setBusy(jid RoomJID) (inside bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.rooms[jid]
	w.busy = true
	return w.inside
}

// enter enters a room. Nobody else waits for that, so it never makes others leave
// theirs.
func (e *everyRoom) enter(ctx context.Context, jid RoomJID) {
	r := e.stream.hold(jid)
	entry, begun := r.begin()
	if !begun {
		r.release()
	}
	select {
	case <-entry.done:
	case <-ctx.Done():
		return
	}
	if entry.err != nil {
		e.noteRefusal(jid, entry.err)
		return
	}
	r.setWatched(true)
	e.noteEntry(jid)
	if r.present() != entry.visit {
		e.ended(jid, &Exit{}) // before it was noted
	}
	if r.isAlone() && !r.isPersistent() {
		e.alone(jid)
	}
}

// noteEntry notes that we are inside.
func (e *everyRoom) noteEntry(jid RoomJID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if w := e.rooms[jid]; w != nil {
		now := e.stream.options.Now()
		w.busy, w.tried, w.inside, w.err = false, true, true, nil
		w.since, w.due = now, now.Add(coverCheck)
	}
}

// noteRefusal notes why we are not.
func (e *everyRoom) noteRefusal(jid RoomJID, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.rooms[jid]
	if w == nil {
		return
	}
	if errors.As(err, new(*NoRoomError)) {
		delete(e.rooms, jid)
		return
	}
	e.stream.options.Logger.Debug("room not entered to be watched", "room", jid, "error", err)
	w.busy, w.tried, w.err = false, true, err
	wait := relistRetry
	if errors.As(err, new(*StanzaError)) {
		wait = min(refusedRetry<<min(w.failures, 8), maxRefusedRoom)
	}
	w.failures++
	w.due = e.stream.options.Now().Add(wait)
}

// retry makes a room due again after a stay that was short or long.
func (w *coveredRoom) retry(now time.Time) {
	if now.Sub(w.since) > stable {
		w.failures = 0
	}
	w.due = now.Add(min(joinRetry<<min(w.failures, 12), refusedRetry))
	w.failures++
}

// lookAfter finds out whether we are in the room still, and leaves one that ends
// with its last occupant if that is us.
func (e *everyRoom) lookAfter(ctx context.Context, jid RoomJID) {
	r := e.stream.hold(jid)
	defer r.release()
	again := coverCheck
	if v := r.present(); v != nil {
		if _, err := r.stillInside(ctx, v); err != nil && ctx.Err() == nil {
			e.stream.options.Logger.Debug("not known whether we are in the room", "room", jid, "error", err)
		}
		if r.isAlone() {
			info, err := e.stream.roomInfo(ctx, jid)
			if err == nil && !info.Persistent && r.isAlone() && r.unwatchUnused() {
				again = e.stream.options.RelistEvery
				r.leave()
			}
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if w := e.rooms[jid]; w != nil {
		w.busy = false
		if w.inside {
			w.due = e.stream.options.Now().Add(again)
		}
	}
}

// ended notes that a visit is over. One that we ended ourselves made room for
// others. The caller holds the room's mu.
func (e *everyRoom) ended(jid RoomJID, why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.rooms[jid]
	if w == nil || !w.inside {
		return
	}
	w.inside = false
	now := e.stream.options.Now()
	if w.retry(now); why == nil {
		w.due = now.Add(e.stream.options.RelistEvery)
	}
	e.signal()
}

// alone notes that everybody else may have left a room.
func (e *everyRoom) alone(jid RoomJID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if w := e.rooms[jid]; w != nil && w.inside {
		w.due = e.stream.options.Now()
		e.signal()
	}
}

// list asks the services for their rooms, and returns when to ask again.
func (e *everyRoom) list(ctx context.Context) (again time.Duration) {
	again = e.stream.options.RelistEvery
	services, err := e.stream.services.list(ctx)
	failures := []error{err}
	listed := make(map[string][]RoomJID)
	for _, service := range services {
		rooms, err := e.stream.client.Rooms(ctx, service.Domain)
		if err != nil {
			failures = append(failures, fmt.Errorf("list the rooms of %s: %w", service.Domain, err))
			continue
		}
		listed[service.Domain] = nil
		for _, room := range rooms {
			listed[service.Domain] = append(listed[service.Domain], room.JID)
		}
	}
	err = errors.Join(failures...)
	if err != nil && ctx.Err() == nil {
		e.stream.options.Logger.Warn("rooms to be watched not listed", "error", err)
		again = min(again, relistRetry)
	}
	for _, gone := range e.take(listed, err) {
		e.stream.unwatch(gone)
	}
	return again
}

// take takes over the rooms of the services that listed them, and returns those
// that they do not list any more.
func (e *everyRoom) take(listed map[string][]RoomJID, err error) (gone []RoomJID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.stream.options.Now()
	is := make(map[RoomJID]bool)
	for _, rooms := range listed {
		for _, room := range rooms {
			is[room] = true
		}
	}
	for jid := range e.rooms {
		if _, known := listed[jid.Domain()]; known && !is[jid] {
			delete(e.rooms, jid)
			gone = append(gone, jid)
		}
	}
	e.beyond = 0
	for jid := range is {
		switch {
		case e.rooms[jid] != nil:
		case len(e.rooms) == maxCovered:
			e.beyond++
		default:
			e.rooms[jid] = &coveredRoom{due: now}
		}
	}
	if e.listErr = err; len(listed) > 0 {
		e.listed = now
	}
	return gone
}
