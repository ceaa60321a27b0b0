package xmpp

import (
	"testing"
	"time"
)

func TestTargetMeans(t *testing.T) {
	then := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	tests := []struct {
		name     string
		target   Target
		occupant Occupant
		want     bool
	}{
		{"the nick alone", Target{}, Occupant{RealJID: "eve@b", OccupantID: "e", Since: then}, true},
		{"nothing is known of the bearer", Target{RealJID: "bob@b", OccupantID: "b", Since: then}, Occupant{}, true},
		{"same account", Target{RealJID: "bob@b/x"}, Occupant{RealJID: "bob@b/y"}, true},
		{"same account, shown without resource", Target{RealJID: "bob@b"}, Occupant{RealJID: "bob@b/y"}, true},
		{"another account", Target{RealJID: "bob@b/x"}, Occupant{RealJID: "eve@b/x"}, false},
		{"same occupant id", Target{OccupantID: "b", Since: then}, Occupant{OccupantID: "b", Since: then.Add(1)}, true},
		{"another occupant id", Target{OccupantID: "b", RealJID: "bob@b"}, Occupant{OccupantID: "e", RealJID: "bob@b"}, false},
		{"same account, back again", Target{RealJID: "bob@b", Since: then}, Occupant{RealJID: "bob@b", Since: then.Add(1)}, true},
		{"same time, in another zone", Target{Since: then.In(time.FixedZone("", 3600))}, Occupant{Since: then}, true},
		{"came later", Target{Since: then}, Occupant{RealJID: "eve@b", Since: then.Add(1)}, false},
		{"was there before us", Target{Since: then}, Occupant{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.target.means(tt.occupant); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
