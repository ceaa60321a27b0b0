package xmpp

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Role lists take off who is gone without a word, and never who came or changed
// while they were read.
func TestReconcile(t *testing.T) {
	bob := Occupant{Nick: "Bob", Role: RoleParticipant, RealJID: "bob@b/x"}
	later := bob
	later.Since = time.Unix(1, 0)
	visitor := bob
	visitor.Role = RoleVisitor
	twice := bob
	twice.Sessions = 2
	self := Occupant{Nick: "muckick", Role: RoleModerator, Self: true}
	all := map[Role]bool{RoleModerator: true, RoleParticipant: true, RoleVisitor: true}
	noVisitors := map[Role]bool{RoleModerator: true, RoleParticipant: true}
	tests := []struct {
		name        string
		before, now []Occupant
		listed      []Occupant
		read        map[Role]bool
		want        []Occupant
		passed      []Occupant // who came and went in between
	}{
		{"a ghost", []Occupant{bob}, []Occupant{bob}, nil, all, nil, nil},
		{"came while the lists were read", nil, []Occupant{bob}, nil, all, []Occupant{bob}, nil},
		{"came back while the lists were read", []Occupant{bob}, []Occupant{later}, nil, all, []Occupant{later}, nil},
		{"left while the lists were read", []Occupant{bob}, nil, []Occupant{bob}, all, nil, nil},
		{"got another role while the lists were read", []Occupant{bob}, []Occupant{visitor}, []Occupant{bob}, all, []Occupant{visitor}, nil},
		{"hidden", nil, nil, []Occupant{bob}, all, []Occupant{bob}, nil},
		{"a visitor where visitors are not listed", []Occupant{visitor}, []Occupant{visitor}, nil, noVisitors, []Occupant{visitor}, nil},
		{"a participant where visitors are not listed", []Occupant{bob}, []Occupant{bob}, nil, noVisitors, nil, nil},
		{"ourselves", []Occupant{self}, []Occupant{self}, nil, all, []Occupant{self}, nil},
		{"came and went while the lists were read", nil, nil, []Occupant{bob}, all, nil, []Occupant{bob}},
		{"another session", []Occupant{bob}, []Occupant{bob}, []Occupant{twice}, all, []Occupant{twice}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var list occupants
			for _, occupant := range tt.before {
				list.put(occupant)
			}
			span := list.beginSpan()
			for _, occupant := range tt.passed {
				list.put(occupant)
				list.remove(occupant.Nick)
			}
			for _, occupant := range tt.before {
				if !slices.ContainsFunc(tt.now, func(o Occupant) bool { return o.Nick == occupant.Nick }) {
					list.remove(occupant.Nick)
				}
			}
			for _, occupant := range tt.now {
				if !slices.Contains(tt.before, occupant) {
					list.put(occupant)
				}
			}
			lists := roleLists{byNick: make(map[string]Occupant), read: tt.read}
			for _, occupant := range tt.listed {
				lists.add(occupant)
			}
			list.reconcile(span, lists)
			if diff := cmp.Diff(tt.want, list.all(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
