package moderation

import (
	"cmp"
	"context"
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

// turns are who has their turn, and who waits.
type turns struct {
	mu    sync.Mutex
	taken map[turn]chan struct{} // closed when it is free
}

// take waits until the turn is free, and takes it until the caller leaves.
func (t *turns) take(ctx context.Context, wanted turn) (leave func(), err error) {
	if wanted == (turn{}) {
		return func() {}, nil
	}
	for {
		t.mu.Lock()
		busy := t.taken[wanted]
		if busy == nil {
			if t.taken == nil {
				t.taken = make(map[turn]chan struct{})
			}
			free := make(chan struct{})
			t.taken[wanted] = free
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				delete(t.taken, wanted)
				t.mu.Unlock()
				close(free)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
