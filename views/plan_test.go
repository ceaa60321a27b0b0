package views

import (
	"testing"

	"muckick/xmpp"
)

// A plan says how many people it means, and where some are in several rooms, how
// often it is done, which is the number that has to be typed.
func TestPlanCounts(t *testing.T) {
	rooms := func(willDo ...int) []PlanRoom {
		var rooms []PlanRoom
		for _, n := range willDo {
			rooms = append(rooms, PlanRoom{WillDo: n})
		}
		return rooms
	}
	for _, tt := range []struct {
		name          string
		plan          PlanModel
		button, label string
	}{
		{"one room", PlanModel{Action: xmpp.ActionBan, WillDo: 2, People: 2, Expect: 2, Rooms: rooms(2)},
			"Ban 2 people", "Type 2 to confirm"},
		{"each in one room of several", PlanModel{Action: xmpp.ActionBan, WillDo: 3, People: 3, Expect: 3, Rooms: rooms(1, 2)},
			"Ban 3 people", "Type 3 to confirm"},
		{"each in two rooms", PlanModel{Action: xmpp.ActionBan, WillDo: 2138, People: 1069, Expect: 2138, Rooms: rooms(1069, 1069, 0)},
			"Ban 1,069 people, 2,138 times in 2 rooms", "Type 2138 to confirm: it is done 2,138 times in 2 rooms"},
		{"two nicks in a room", PlanModel{Action: xmpp.ActionKick, WillDo: 2, People: 1, Expect: 2, Rooms: rooms(2)},
			"Kick 1 person, 2 times in 1 room", "Type 2 to confirm: it is done 2 times in 1 room"},
		{"rooms", PlanModel{Action: xmpp.ActionLock, WillDo: 2, People: 2, Expect: 2, Rooms: rooms(1, 1)},
			"Lock 2 rooms", "Type 2 to confirm"},
		{"an undo", PlanModel{Action: xmpp.ActionUnban, Purpose: "undo", WillDo: 2, People: 1, Expect: 2, Rooms: rooms(1, 1)},
			"Undo: 2 steps", "Type 2 to confirm"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.plan.button(); got != tt.button {
				t.Errorf("got %q, want %q", got, tt.button)
			}
			if got := tt.plan.expectLabel(); got != tt.label {
				t.Errorf("got %q, want %q", got, tt.label)
			}
		})
	}
}

// A plan leads back to where it came from, as far as that is known.
func TestPlanLeadsBack(t *testing.T) {
	room, other := PlanRoom{Room: testRoom}, PlanRoom{Room: "garden@chat.example.org"}
	for _, tt := range []struct {
		name string
		plan PlanModel
		want string
	}{
		{"one room", PlanModel{Rooms: []PlanRoom{room}}, "/rooms/snuggery@chat.example.org"},
		{"several rooms", PlanModel{Rooms: []PlanRoom{room, other}}, "/rooms"},
		{"no room", PlanModel{}, "/rooms"},
		{"a job", PlanModel{Of: "job1", Rooms: []PlanRoom{room}}, "/jobs/job1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.plan.Page, tt.plan.WillDo = testPage(SectionJobs), 1
			_, page := render(t, Plan(tt.plan))
			if got, _ := attr(one(t, page, "a", "class", "button"), "href"); got != tt.want {
				t.Errorf("Cancel leads to %q, want %q", got, tt.want)
			}
		})
	}
}

// The field of the number is marked where another one was typed, and has the focus.
func TestPlanOfMiscounted(t *testing.T) {
	for _, tt := range []struct {
		name string
		plan PlanModel
		want bool
	}{
		{"as it comes", PlanModel{}, false},
		{"another number", PlanModel{Problem: "Type 2.", Miscounted: true}, true},
		{"another problem", PlanModel{Problem: "It changed."}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.plan.Page, tt.plan.WillDo, tt.plan.Expect = testPage(SectionJobs), 2, 2
			_, page := render(t, Plan(tt.plan))
			field := one(t, page, "input", "id", "expect")
			_, focused := attr(field, "autofocus")
			invalid, _ := attr(field, "aria-invalid")
			description, _ := attr(field, "aria-describedby")
			if marked := invalid == "true" && description == "problem"; focused != tt.want || marked != tt.want {
				t.Errorf("focused %t, marked %t, want both %t", focused, marked, tt.want)
			}
			if tt.want {
				one(t, page, "p", "id", "problem")
			}
		})
	}
}
