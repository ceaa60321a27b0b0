package xmpp

import "context"

// An entry is one attempt to get into a room, shared by all who wait for it.
type entry struct {
	done  chan struct{}
	visit *visit // set before done is closed, as err is
	err   error
}

// enter makes sure that we are in the room and returns our visit, which may end
// at any time. All who call it meanwhile share one join. The caller holds the
// room.
func (r *room) enter(ctx context.Context) (*visit, error) {
	if v := r.present(); v != nil {
		return v, nil
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
		return entry.visit, entry.err
	case <-ctx.Done():
		return nil, ErrNotSent
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
	e = &entry{done: make(chan struct{}), visit: r.visit}
	if e.visit != nil {
		close(e.done)
		return e, false
	}
	begun = r.stream.begin(func() {
		defer r.release()
		began := r.stream.options.Now()
		visit, err := r.join(r.stream.alive)
		r.noteJoin(visit, began, err)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.entering, e.visit, e.err = nil, visit, err
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
