package xmpp

import (
	"fmt"
	"testing"
)

// BenchmarkPeopleChange is what the index adds to the reading of two presences:
// somebody new comes into a room of a hundred, and goes.
func BenchmarkPeopleChange(b *testing.B) {
	c := &Client{options: Options{}.withDefaults()}
	told := &roomPeople{client: c, jid: people1}
	var present []*Occupant
	for i := range 100 {
		present = append(present, known(fmt.Sprint("Occupant ", i), fmt.Sprintf("account%d@example.org/x", i)))
	}
	told.enter(present)
	for i := 0; b.Loop(); i++ {
		told.put(known("Newcomer", fmt.Sprintf("newcomer%d@example.org/x", i)))
		told.remove("Newcomer")
	}
}
