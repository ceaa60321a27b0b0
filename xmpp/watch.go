package xmpp

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrWatchClosed means that the watch was closed.
var ErrWatchClosed = errors.New("the watch is closed")

// joinRetry is how long a watch waits before it tries again to enter a room
// that threw us out or did not let us in; it grows up to maxJoinRetry.
const (
	joinRetry    = time.Second
	maxJoinRetry = 30 * time.Second
)

// An Update tells what changed in a watched room. A reset brings the whole
// list; else only Changed and Gone count.
type Update struct {
	Reset   bool
	Online  bool   // whether there is a session with the chat server
	Roster  Roster // with a reset
	Err     error  // with a reset: why there is no roster, if there is none
	Changed []Occupant
	Gone    []string // nicks
}

// A Watch follows a room for as long as it is open: it keeps muckick in the
// room, through reconnects and kicks, and collects what changes there. What
// was not fetched yet is kept as nicks only, so a slow reader costs no more
// memory than the room has occupants.
type Watch struct {
	client *Client
	jid    RoomJID
	stop   context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	dirty map[string]struct{}
	reset bool
	room  *room  // the room while there is a stream
	visit *visit // in it, unless err says why there is none
	err   error
	wake  chan struct{}
}

// Watch begins to follow a room. It must be closed.
func (c *Client) Watch(jid RoomJID) *Watch {
	ctx, stop := context.WithCancel(context.Background())
	w := &Watch{
		client: c, jid: jid, stop: stop, done: make(chan struct{}),
		dirty: make(map[string]struct{}), wake: make(chan struct{}, 1),
	}
	c.watchers.add(w)
	go func() {
		defer close(w.done)
		w.follow(ctx)
	}()
	return w
}

// Close ends the watch and waits until all its work has.
func (w *Watch) Close() {
	w.client.watchers.remove(w)
	w.stop()
	<-w.done
}

// Next waits for the next change and returns everything that changed since the
// last call. The first call waits only until the watch knows something. The
// error is ErrWatchClosed or that of ctx.
func (w *Watch) Next(ctx context.Context) (Update, error) {
	select {
	case <-w.wake:
		return w.update(ctx), nil
	case <-w.done:
		return Update{}, ErrWatchClosed
	case <-ctx.Done():
		return Update{}, ctx.Err()
	}
}

// update takes what was collected.
func (w *Watch) update(ctx context.Context) Update {
	w.mu.Lock()
	dirty, reset, r, v, err := w.dirty, w.reset, w.room, w.visit, w.err
	w.dirty, w.reset = make(map[string]struct{}), false
	w.mu.Unlock()
	u := Update{Reset: reset, Online: r != nil}
	switch {
	case r == nil:
		u.Reset, u.Err = true, ErrOffline
	case !reset:
		u.Changed, u.Gone = r.find(v, dirty)
	case err != nil:
		u.Roster, u.Err = w.outside(ctx, r, err)
	default:
		u.Roster = r.roster(v)
	}
	return u
}

// outside returns the list of a room that we could not enter.
func (w *Watch) outside(ctx context.Context, r *room, joinErr error) (Roster, error) {
	var gone *NoRoomError
	if errors.As(joinErr, &gone) {
		return Roster{}, joinErr
	}
	admin := r.stream.services.isAdmin(w.jid.Domain())
	roster, err := r.stream.rosterFromOutside(ctx, w.jid)
	if err != nil {
		return Roster{ServiceAdmin: admin}, errors.Join(joinErr, err)
	}
	roster.JoinErr, roster.ServiceAdmin = joinErr, admin
	if errors.As(joinErr, new(*Exit)) {
		return roster, nil // we are about to enter again
	}
	for i := range roster.Occupants {
		roster.Occupants[i].Obstacle = ObstacleCannotJoin
	}
	return roster, nil
}

// follow keeps us in the room until ctx ends.
func (w *Watch) follow(ctx context.Context) {
	for ctx.Err() == nil {
		_, changed := w.client.Status()
		s := w.client.current()
		if s == nil || s.alive.Err() != nil {
			w.set(nil, nil, nil)
			select {
			case <-ctx.Done():
			case <-changed:
			}
			continue
		}
		w.stay(ctx, s)
	}
}

// stay keeps us in the room as long as the stream lasts.
func (w *Watch) stay(ctx context.Context, s *stream) {
	r := s.hold(w.jid)
	defer r.release()
	defer w.set(nil, nil, nil)
	retry := newBackoff(maxJoinRetry)
	retry.InitialInterval = joinRetry
	retry.Reset()
	for ctx.Err() == nil && s.alive.Err() == nil {
		var v *visit
		err := s.services.check(ctx, w.jid.Domain())
		if err == nil {
			v, err = r.enter(ctx)
		}
		w.set(r, v, err)
		if err == nil {
			began := s.options.Now()
			w.attend(ctx, r, v)
			if s.options.Now().Sub(began) > stable {
				retry.Reset()
			}
		}
		if !w.pause(ctx, s, retry.NextBackOff()) {
			return
		}
	}
}

// attend reconciles the list now and then until the visit ends.
func (w *Watch) attend(ctx context.Context, r *room, v *visit) {
	for {
		if err := r.reconcile(ctx, v); err != nil && ctx.Err() == nil {
			// A room that grants no role lists leaves us with presence.
			r.stream.options.Logger.Debug("role lists not read", "room", w.jid, "error", err)
		}
		timer := time.NewTimer(r.stream.options.ReconcileEvery)
		select {
		case <-timer.C:
			// A visit that has ended unnoticed is given up, which the next round sees.
			if _, err := r.stillInside(ctx, v); err != nil && ctx.Err() == nil {
				r.stream.options.Logger.Debug("not known whether we are in the room", "room", w.jid, "error", err)
			}
			continue
		case <-v.ended:
			w.set(r, nil, &JoinError{Room: w.jid, Err: v.exit()})
		case <-r.stream.alive.Done():
		case <-ctx.Done():
		}
		timer.Stop()
		return
	}
}

// pause waits and reports whether the watch and the stream lasted.
func (w *Watch) pause(ctx context.Context, s *stream, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.alive.Done():
	case <-ctx.Done():
	}
	return false
}

// set notes where we stand and makes the next update a reset.
func (w *Watch) set(r *room, v *visit, err error) {
	w.mu.Lock()
	w.room, w.visit, w.err, w.reset = r, v, err, true
	w.mu.Unlock()
	w.signal()
}

func (w *Watch) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// touch notes nicks that changed; without any, that the room itself did.
func (w *Watch) touch(nicks []string) {
	w.note(func() {
		for _, nick := range nicks {
			w.dirty[nick] = struct{}{}
		}
	})
}

func (w *Watch) startOver() {
	w.note(func() { w.reset = true })
}

// note takes in what happened in the room. What happens while we are outside or
// enter it is part of the list that set announces.
func (w *Watch) note(take func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.room == nil || w.err != nil {
		return
	}
	take()
	w.signal()
}
