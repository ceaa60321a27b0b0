package xmpp

import (
	"context"
	"testing"
	"time"
)

// A visit that has ended is not asked about: there is no nick to ask for.
func TestStillInsideAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	r := newRoomOutside()
	ended := make(chan struct{})
	inside, err := r.stillInside(ctx, ended)
	if inside || err != nil {
		t.Errorf("got %v, %v, want outside", inside, err)
	}
	if got := len(r.stream.writer.queue); got != 0 {
		t.Errorf("%d stanzas were sent", got)
	}
}

// A room that we are not in any more is not told that we go.
func TestLeaveAfterTheEnd(t *testing.T) {
	r := newRoomOutside()
	r.leave()
	if got := len(r.stream.writer.queue); got != 0 {
		t.Errorf("%d stanzas were sent", got)
	}
}

// newRoomOutside returns a room that we are not in, and whose stream only queues
// what is sent.
func newRoomOutside() *room {
	return &room{stream: &stream{tracker: newTracker(1), writer: newWriter(nil, nil, 1), options: Options{}.withDefaults()}}
}
