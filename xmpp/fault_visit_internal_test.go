package xmpp

import (
	"context"
	"testing"
	"testing/synctest"
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

// A room that ends without answering a kick leaves its caller waiting for a
// moment only, and what became of the kick unknown.
func TestKickUnansweredByARoomThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := fuzzStream()
		r := s.rooms[RoomJID{"in", "chat.example.org"}]
		kicked := make(chan error)
		go func() {
			_, err := r.kick(t.Context(), Target{Nick: "Bob"}, "Bob", "")
			kicked <- err
		}()
		if out := <-s.writer.queue; !s.tracker.claim(out.req) {
			t.Fatal("the kick was given up before it was sent")
		}
		r.exit(&Exit{})
		ended := time.Now()
		if err := <-kicked; err != ErrUnknown {
			t.Errorf("got %v, want %v", err, ErrUnknown)
		}
		if got := time.Since(ended); got != goneGrace {
			t.Errorf("the caller waited for %v, want %v", got, goneGrace)
		}
	})
}

// newRoomOutside returns a room that we are not in, and whose stream only queues
// what is sent.
func newRoomOutside() *room {
	return &room{stream: &stream{tracker: newTracker(1), writer: newWriter(nil, nil, 1), options: Options{}.withDefaults()}}
}
