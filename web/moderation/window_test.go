package moderation

import (
	"testing"
	"time"
)

// A till serves one step after the other, each for the same time, as many as a window
// lets in.
type till struct {
	window *window
	time   time.Time
	each   time.Duration
	queue  []time.Time // when each step came
}

func newTill(each time.Duration) *till {
	s := &till{time: time.Unix(0, 0), each: each}
	s.window = newWindow(func() time.Time { return s.time })
	return s
}

// serve serves so many steps, while single actions wait or not, and returns how many
// were under way at most.
func (s *till) serve(steps int, single bool) (most int) {
	for range steps {
		for {
			entered, _ := s.window.enter(single)
			if !entered {
				break
			}
			s.queue = append(s.queue, s.time)
		}
		most = max(most, len(s.queue))
		s.time = s.time.Add(s.each)
		s.window.leave(s.time.Sub(s.queue[0]), true)
		s.queue = s.queue[1:]
	}
	return most
}

func TestWindow(t *testing.T) {
	tests := []struct {
		name        string
		each        time.Duration
		least, most int // under way at the end, while no single actions come
	}{
		{"quick steps", 100 * time.Microsecond, maxWindow, maxWindow},
		{"steps of two milliseconds", 2 * time.Millisecond, 20, 40},
		{"slow steps", 25 * time.Millisecond, minWindow, 3 * minWindow},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newTill(tt.each)
			s.serve(2000, false)
			if got := s.serve(200, false); got < tt.least || got > tt.most {
				t.Errorf("%d steps under way, want %d to %d", got, tt.least, tt.most)
			}

			s.serve(maxWindow, true) // those that were there before
			if got := s.serve(20, true); got != 1 {
				t.Errorf("%d steps under way while a single action waits, want 1", got)
			}
			if got := s.serve(int(calm/tt.each)/2, false); got > 2*minWindow {
				t.Errorf("%d steps under way just after a single action, want %d at most", got, 2*minWindow)
			}

			s.time = s.time.Add(calm)
			s.serve(2000, false)
			if got := s.serve(200, false); got < tt.least || got > tt.most {
				t.Errorf("%d steps under way long after a single action, want %d to %d", got, tt.least, tt.most)
			}
		})
	}
}

// Steps that take long, as those that give voice to hundreds, are not held up for the
// sake of one that is to be alone.
func TestWindowOfLongSteps(t *testing.T) {
	s := newTill(20 * time.Second)
	least := maxWindow
	for range 4 * probing {
		least = min(least, s.serve(1, false))
	}
	if least < minWindow {
		t.Errorf("%d steps under way, want %d at least", least, minWindow)
	}
}
