package xmpp

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

const (
	bobArrives = "<presence from='in@chat.example.org/Bob'><x xmlns='" + nsMUCUser + "'><item role='visitor' affiliation='none' jid='bob@example.org/x'/></x></presence>"
	bobLeaves  = "<presence from='in@chat.example.org/Bob' type='unavailable'><x xmlns='" + nsMUCUser + "'><item role='none' affiliation='none' jid='bob@example.org/x'/>%s</x></presence>"
	kicked     = "<status code='307'/>"
	done       = "<iq type='result' id='%s' from='in@chat.example.org'/>"
)

// A kick is done when the room says so and shows it, in either order. Where it
// does not show it, nobody knows (XEP-0045 §8.2).
func TestKickIsShown(t *testing.T) {
	tests := []struct {
		name  string
		after string // what the room says after its result
		want  error
		wait  time.Duration
	}{
		{"the presence comes after the result", kicked, nil, 0},
		{"they leave by themselves", "<!-- -->", ErrUnknown, presenceGrace},
		{"the service loses their connection", kicked + "<status code='333'/>", ErrUnknown, presenceGrace},
		{"no presence comes", "", ErrUnknown, presenceGrace},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(t)
				s.says(bobArrives)
				end := s.kick()
				s.says(done, s.sent().id)
				if got := len(end); got != 0 {
					t.Fatalf("the result alone ended the kick: %+v", <-end)
				}
				began := time.Now()
				if tt.after != "" {
					s.says(bobLeaves, tt.after)
				}
				got := <-end
				if !errors.Is(got.Err, tt.want) || got.Occupant.RealJID != "bob@example.org/x" {
					t.Errorf("got %+v, %v, want %v of bob", got.Occupant, got.Err, tt.want)
				}
				if took := time.Since(began); took != tt.wait {
					t.Errorf("it took %v, want %v", took, tt.wait)
				}
			})
		})
	}
}

// Two kicks of one nick each get a presence of their own.
func TestKicksOfOneNick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		s.says(bobArrives)
		first := s.kick()
		firstID := s.sent().id
		second := s.kick()
		secondID := s.sent().id
		s.says(bobLeaves, kicked)
		s.says(done, firstID)
		s.says(done, secondID)
		if got := <-first; got.Err != nil {
			t.Errorf("first: got %v", got.Err)
		}
		if got := <-second; !errors.Is(got.Err, ErrUnknown) {
			t.Errorf("second: got %v, want %v", got.Err, ErrUnknown)
		}
	})
}
