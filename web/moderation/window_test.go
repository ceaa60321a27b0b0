package moderation

import (
	"testing"
	"time"
)

// A till serves one step after the other, as many as a window lets in.
type till struct {
	window *window
	time   time.Time
	queue  []time.Time // when each step came
}

func newTill() *till {
	s := &till{time: time.Unix(0, 0)}
	s.window = newWindow(func() time.Time { return s.time })
	return s
}

// serve serves so many steps, each for the same time, while single actions wait or
// not, and returns how many were under way at least and at most.
func (s *till) serve(t *testing.T, steps int, each time.Duration, single bool) (least, most int) {
	t.Helper()
	least = maxWindow
	for range steps {
		for {
			entered, _ := s.window.enter(single)
			if !entered {
				break
			}
			s.queue = append(s.queue, s.time)
		}
		if len(s.queue) == 0 {
			t.Fatal("no step is let in, and none is under way")
		}
		least, most = min(least, len(s.queue)), max(most, len(s.queue))
		s.time = s.time.Add(each)
		s.window.leave(s.time.Sub(s.queue[0]), true)
		s.queue = s.queue[1:]
	}
	return least, most
}

func TestWindow(t *testing.T) {
	tests := []struct {
		name        string
		each        time.Duration
		least, most int // under way at most, while no single actions come
	}{
		{"quick steps", 100 * time.Microsecond, maxWindow, maxWindow},
		{"steps of two milliseconds", 2 * time.Millisecond, 50, maxWindow},
		{"slow steps", 25 * time.Millisecond, 4, 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newTill()
			check := func(when string) {
				t.Helper()
				if _, most := s.serve(t, 200, tt.each, false); most < tt.least || most > tt.most {
					t.Errorf("%s: %d steps under way, want %d to %d", when, most, tt.least, tt.most)
				}
			}
			s.serve(t, 100, tt.each, false)
			check("soon")
			s.serve(t, 20_000, tt.each, false)
			check("in the long run")

			s.serve(t, maxWindow, tt.each, true) // those that were there before
			if _, most := s.serve(t, 20, tt.each, true); most != 1 {
				t.Errorf("%d steps under way while a single action waits, want 1", most)
			}
			if _, most := s.serve(t, int(calm/tt.each)/2, tt.each, false); most > 4*minWindow {
				t.Errorf("%d steps under way just after a single action, want %d at most", most, 4*minWindow)
			}
			s.time = s.time.Add(calm)
			s.serve(t, 100, tt.each, false)
			check("some time after a single action")
		})
	}
}

// Where single actions keep coming, the queue stays short, and is not empty, also when
// steps have become slower since, as in rooms with more people.
func TestWindowAmongSingles(t *testing.T) {
	s := newTill()
	for _, each := range []time.Duration{time.Millisecond, 10 * time.Millisecond, time.Millisecond} {
		for i := range 3000 {
			s.serve(t, 1, each, i%5 == 0)
			_, most := s.serve(t, 4, each, false)
			if i > 1000 && (most < minWindow || most > 3*minWindow) {
				t.Fatalf("steps of %s: %d under way, want %d to %d", each, most, minWindow, 3*minWindow)
			}
		}
	}
}

// A step that takes long, as one that gives voice to hundreds does, holds nobody up.
func TestWindowBesideLongSteps(t *testing.T) {
	s := newTill()
	for range minWindow - 1 {
		if entered, _ := s.window.enter(false); !entered {
			t.Fatal("a step is not let in")
		}
	}
	if least, _ := s.serve(t, 4000, 4*time.Millisecond, false); least < 1 {
		t.Errorf("%d steps under way beside the long ones", least)
	}
}
