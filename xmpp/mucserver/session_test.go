package mucserver

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNewerSessionReplacesOlder(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{})
	older := logIn(t, addr, "romeo@example.org/orchard")
	older.join(testRoom, "Romeo")
	newer := logIn(t, addr, "romeo@example.org/orchard")
	if got := older.ended(); got != "conflict" {
		t.Errorf("the older stream ended with %q, want conflict", got)
	}
	newer.join(testRoom, "Romeo")
	newer.sync()
	waitFor(t, func() bool { return room.Occupants()[0].Sessions == 1 })
	if got := s.Sessions(); !slices.Equal(got, []string{"romeo@example.org/orchard"}) {
		t.Errorf("sessions: %q", got)
	}
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline:
			t.Fatal("the condition does not come true")
		case <-tick.C:
		}
	}
}

func TestSlowReaderIsDropped(t *testing.T) {
	s, addr := serve(t, func(o *Options) { o.OutboundLimit = 64 << 10 })
	room := createRoom(t, s, RoomConfig{})
	paris := enter(t, room, "Paris", AffiliationNone)
	slow := logIn(t, addr, "romeo@example.org/orchard")
	slow.join(testRoom, "Romeo")
	quick := logIn(t, addr, "juliet@example.org/balcony")
	quick.join(testRoom, "Juliet")

	line := strings.Repeat("x", 4<<10)
	sent := 0
	for ; len(room.Occupants()) == 3 && sent < 100_000; sent++ {
		if err := paris.Say(fmt.Sprintf("%s%d.", line, sent)); err != nil {
			t.Fatal(err)
		}
		quick.await(fmt.Sprintf("x%d.</body>", sent))
	}
	wantParts(t, quick.await("/Romeo'", "type='unavailable'"), "role='none'")
	want := []string{"juliet@example.org/balcony"}
	waitFor(t, func() bool { return slices.Equal(s.Sessions(), want) })
	if err := paris.Say("who is left?"); err != nil {
		t.Fatal(err)
	}
	quick.await("who is left?")
	t.Logf("dropped after %d messages", sent)
}

func TestDisconnect(t *testing.T) {
	s, addr := serve(t, nil)
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	if got := s.Disconnect("romeo"); got != 1 {
		t.Errorf("%d sessions cut, want 1", got)
	}
	if got := romeo.ended(); got != "" {
		t.Errorf("the stream ended with %q, want no word", got)
	}
	waitFor(t, func() bool { return len(s.Sessions()) == 0 })
}
