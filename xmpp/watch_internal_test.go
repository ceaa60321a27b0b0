package xmpp

import (
	"context"
	"errors"
	"testing"
	"time"
)

// What others do in the room is heard before our own join is done. It says
// nothing of whether there is a session.
func TestWatchHearsRoomBeforeItIsIn(t *testing.T) {
	room, err := ParseRoom("room@conference.example.org")
	if err != nil {
		t.Fatal(err)
	}
	c := new(Client)
	w := &Watch{client: c, jid: room, dirty: make(map[string]struct{}), wake: make(chan struct{}, 1)}
	c.watchers.add(w)
	c.watchers.touch(room, "Alice")
	c.watchers.reset(room)

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if update, err := w.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v, %v, want no update yet", update, err)
	}

	w.set(nil, nil, nil) // there is no session
	if update, err := w.Next(t.Context()); err != nil || update.Online || !errors.Is(update.Err, ErrOffline) {
		t.Errorf("got %+v, %v, want %v", update, err, ErrOffline)
	}
}
