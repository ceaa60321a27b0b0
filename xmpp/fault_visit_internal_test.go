package xmpp

import (
	"testing"
	"testing/synctest"
	"time"

	"muckick/xmpp/wire"
)

// A visit that has ended is not asked about: there is no nick to ask for.
func TestStillInsideAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		v := s.room.present()
		s.room.end(v, &Exit{})
		inside, err := s.room.stillInside(t.Context(), v)
		if inside || err != nil {
			t.Errorf("got %v, %v, want outside", inside, err)
		}
		s.sentNothing()
	})
}

// A room that we are not in any more is not told that we go.
func TestLeaveAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		s.room.end(s.room.present(), &Exit{})
		s.room.leave()
		s.sentNothing()
	})
}

// A room that ends without answering a kick leaves its caller waiting for a
// moment only, and what became of the kick unknown.
func TestKickUnansweredByARoomThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		end := s.kick()
		s.sent()
		s.room.end(s.room.present(), &Exit{})
		ended := time.Now()
		if err := (<-end).Err; err != ErrUnknown {
			t.Errorf("got %v, want %v", err, ErrUnknown)
		}
		if got := time.Since(ended); got != wire.GoneGrace {
			t.Errorf("the caller waited for %v, want %v", got, wire.GoneGrace)
		}
	})
}
