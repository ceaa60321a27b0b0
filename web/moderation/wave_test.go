package moderation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// minute returns a moment so many minutes after the tests' beginning.
func minute(n float64) time.Time {
	return time.Unix(1_000_000_000, 0).Add(time.Duration(n * float64(time.Minute)))
}

func roomOf(t testing.TB, name string) xmpp.RoomJID {
	t.Helper()
	room, err := xmpp.ParseRoom(name + "@chat.example.org")
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// A crowd makes arrivals of ever new accounts.
type crowd struct {
	room xmpp.RoomJID
	n    int
}

// come returns so many arrivals, evenly between two minutes.
func (c *crowd) come(n int, from, to float64, adjust ...func(*xmpp.Arrival)) (list []xmpp.Arrival) {
	for i := range n {
		c.n++
		a := xmpp.Arrival{
			Number: uint64(c.n), Time: minute(from + (to-from)*float64(i)/float64(n)), Room: c.room,
			Occupant: xmpp.Occupant{Nick: fmt.Sprint("nick", c.n), RealJID: fmt.Sprintf("%s-%d@b.example/x", c.room.Local(), c.n)},
		}
		for _, change := range adjust {
			change(&a)
		}
		list = append(list, a)
	}
	return list
}

func TestWaves(t *testing.T) {
	asKnown := func(a *xmpp.Arrival) { a.Known = true }
	asUnseen := func(a *xmpp.Arrival) { a.Unseen = true }
	asSettling := func(a *xmpp.Arrival) { a.Settling = true }
	asOne := func(a *xmpp.Arrival) { a.Occupant.RealJID = "one@b.example/x" }
	type comings = func(*crowd) []xmpp.Arrival
	join := func(parts ...comings) comings {
		return func(c *crowd) (all []xmpp.Arrival) {
			for _, part := range parts {
				all = append(all, part(c)...)
			}
			return all
		}
	}
	of := func(n int, from, to float64, adjust ...func(*xmpp.Arrival)) comings {
		return func(c *crowd) []xmpp.Arrival { return c.come(n, from, to, adjust...) }
	}
	tests := []struct {
		name string
		come comings
		want []string // began at, with how many
	}{
		{"a quiet room", of(60, 0, 60), nil},
		{"ten within a minute", join(of(3, 0, 9), of(10, 10, 10.5)), []string{"10: 10"}},
		{"nine within a minute", join(of(3, 0, 9), of(9, 10, 10.5)), nil},
		{"known ones", of(100, 10, 11, asKnown), nil},
		{"found after we were away", of(100, 10, 11, asUnseen), nil},
		{"who come back after a restart", of(100, 0, 2, asSettling), nil},
		{"one who comes again and again", of(100, 10, 11, asOne), nil},
		{"a busy room as usual", join(of(40, 0, 2, asSettling), of(1200, 2, 62)), nil},
		{"a busy room, and four times as many", join(of(40, 0, 2, asSettling), of(1200, 2, 62), of(90, 62, 63)), []string{"62: 80"}},
		{"two waves", join(of(20, 10, 10.5), of(20, 20, 20.5)), []string{"10: 10", "20: 10"}},
		{"one wave that goes on", join(of(20, 10, 10.5), of(20, 12, 12.4), of(20, 14, 14.4)), []string{"10: 10"}},
		{"a wave is not usual", join(of(300, 10, 15), of(10, 30, 30.9)), []string{"10: 10", "30: 10"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			waves := moderation.NewWaves(moderation.DefaultWaveRule())
			c := &crowd{room: roomOf(t, "room")}
			var got []string
			for _, a := range tt.come(c) {
				for _, wave := range waves.Add(a) {
					if wave.Room == c.room {
						got = append(got, fmt.Sprintf("%.0f: %d", wave.Began.Sub(minute(0)).Minutes(), wave.People))
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A wave grows, and is over when it has been quiet for a while.
func TestWaveGoesOnAndEnds(t *testing.T) {
	waves := moderation.NewWaves(moderation.DefaultWaveRule())
	one, two := &crowd{room: roomOf(t, "one")}, &crowd{room: roomOf(t, "two")}
	for i := range 20 {
		for _, c := range []*crowd{one, two} {
			at := 1 + float64(i)/40
			for _, a := range c.come(1, at, at) {
				waves.Add(a)
			}
		}
	}
	current := func(now float64) (list []string) {
		for _, wave := range waves.Current(minute(now)) {
			name := "all"
			if wave.Room != (xmpp.RoomJID{}) {
				name = wave.Room.Local()
			}
			list = append(list, fmt.Sprint(name, " ", wave.People))
		}
		return list
	}
	if diff := cmp.Diff([]string{"all 40", "one 20", "two 20"}, current(3)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, a := range one.come(1, 3, 3) {
		waves.Add(a)
	}
	if diff := cmp.Diff([]string{"all 41", "one 21"}, current(4)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := current(6); got != nil {
		t.Errorf("got %q, want no wave", got)
	}
}

// BenchmarkWaves is 200 joins a second for ten minutes, into 20 rooms, on each
// round.
func BenchmarkWaves(b *testing.B) {
	var all []xmpp.Arrival
	for i := range 20 {
		c := &crowd{room: roomOf(b, fmt.Sprint("room", i))}
		all = append(all, c.come(6000, 0, 10)...)
	}
	for b.Loop() {
		waves := moderation.NewWaves(moderation.DefaultWaveRule())
		for i := range 6000 {
			for j := range 20 {
				waves.Add(all[j*6000+i])
			}
		}
		if got := len(waves.Current(minute(10))); got != 21 {
			b.Fatalf("got %d waves, want 21", got)
		}
	}
}
