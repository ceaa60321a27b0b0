package moderation

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"muckick/xmpp"
)

// A turn is what orders take one after the other, since each has to see what the
// one before it left.
type turn struct {
	room   xmpp.RoomJID
	whom   string // an account or, where that is not known, a nick; empty for the room itself
	silent bool   // of mutes and unmutes
}

// turnOf returns what an action has to wait for, which nothing does that leaves
// nothing.
func turnOf(action xmpp.Action) turn {
	if action.Kind == xmpp.ActionKick {
		return turn{}
	}
	t := turn{room: action.Room, silent: Needs(action.Kind) == Mute}
	if action.Kind.IsOfPerson() {
		t.whom = cmp.Or(canonical(action.Target.RealJID), action.Target.Nick)
	}
	return t
}

// turns are who has their turn, and who waits, in order.
type turns struct {
	mu    sync.Mutex
	queue map[turn][]chan struct{} // of who waits; there is one while somebody has the turn
}

// take waits until it is the caller's turn, and takes it until they leave.
func (t *turns) take(ctx context.Context, wanted turn) (leave func(), err error) {
	if wanted == (turn{}) {
		return func() {}, nil
	}
	t.mu.Lock()
	waiting, busy := t.queue[wanted]
	mine := make(chan struct{})
	switch {
	case !busy && t.queue == nil:
		t.queue = map[turn][]chan struct{}{wanted: nil}
	case !busy:
		t.queue[wanted] = nil
	default:
		t.queue[wanted] = append(waiting, mine)
	}
	t.mu.Unlock()
	leave = func() { t.pass(wanted) }
	if !busy {
		return leave, nil
	}
	select {
	case <-mine:
		return leave, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	at := slices.Index(t.queue[wanted], mine)
	if at >= 0 {
		t.queue[wanted] = slices.Delete(t.queue[wanted], at, at+1)
	}
	t.mu.Unlock()
	if at < 0 { // it had come just then
		leave()
	}
	return nil, ctx.Err()
}

// pass gives the turn to who waits longest.
func (t *turns) pass(done turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	waiting := t.queue[done]
	if len(waiting) == 0 {
		delete(t.queue, done)
		return
	}
	t.queue[done] = waiting[1:]
	close(waiting[0])
}
