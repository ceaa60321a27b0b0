package moderation

import "testing"

// Rooms wait whose step would change too many memberships at once.
func TestMembershipsUnderWay(t *testing.T) {
	keeping := func(count int) *roomQueue {
		return &roomQueue{targets: []JobTarget{{Keep: make([]Stayer, count)}}}
	}
	large, medium, small, none := keeping(MaxKept), keeping(maxGiving-100), keeping(100), keeping(0)
	for _, tt := range []struct {
		name   string
		giving int
		queues []*roomQueue
		want   *roomQueue
	}{
		{"nothing is under way", 0, []*roomQueue{large, small}, large},
		{"all fits", 100, []*roomQueue{medium, small}, medium},
		{"the first does not fit", 101, []*roomQueue{medium, small}, small},
		{"none fits", maxGiving - 99, []*roomQueue{medium, small}, nil},
		{"who makes none never waits", maxGiving, []*roomQueue{small, none}, none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			next := 0
			if got := (&jobRun{queues: tt.queues, giving: tt.giving}).nextRoom(&next); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
