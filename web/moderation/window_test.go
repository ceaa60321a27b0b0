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
			began, freed := s.window.enter(single)
			if freed != nil {
				break
			}
			s.queue = append(s.queue, began)
		}
		if len(s.queue) == 0 {
			t.Fatal("no step is let in, and none is under way")
		}
		least, most = min(least, len(s.queue)), max(most, len(s.queue))
		s.time = s.time.Add(each)
		s.window.leave(s.queue[0], true)
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

// Where single actions keep coming, one step is under way at a time, and the job is
// not held up.
func TestWindowAmongSingles(t *testing.T) {
	s := newTill()
	s.serve(t, 200, time.Millisecond, false)
	s.serve(t, maxWindow, time.Millisecond, true) // those that were there before
	for _, each := range []time.Duration{time.Millisecond, 10 * time.Millisecond, time.Millisecond} {
		for range 3000 {
			_, most := s.serve(t, 1, each, true)
			_, between := s.serve(t, 4, each, false)
			if got := max(most, between); got != 1 {
				t.Fatalf("steps of %s: %d under way, want 1", each, got)
			}
		}
	}
}

// A step that takes long, as one that gives voice to hundreds does, holds nobody up,
// whether single actions come or not.
func TestWindowBesideLongSteps(t *testing.T) {
	for _, single := range []bool{false, true} {
		s := newTill()
		if _, freed := s.window.enter(single); freed != nil {
			t.Fatal("the first step is not let in")
		}
		s.time = s.time.Add(overdue)
		if least, _ := s.serve(t, 4000, 4*time.Millisecond, single); least < 1 {
			t.Errorf("%d steps under way beside the long one", least)
		}
	}
}
