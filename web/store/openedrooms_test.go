package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/store"
)

func TestOpenedRooms(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		clock := newClock()
		s := open(t, store.Options{URL: url, Now: clock.Now})
		nurse, porter := addOperator(t, s, "nurse"), addOperator(t, s, "porter")
		opened := func(operator store.Operator, rooms ...string) {
			t.Helper()
			for _, room := range rooms {
				clock.advance(time.Second)
				if err := s.RoomOpened(t.Context(), operator, room); err != nil {
					t.Fatal(err)
				}
			}
		}
		check := func(operator store.Operator, want ...string) {
			t.Helper()
			got, err := s.OpenedRooms(t.Context(), operator)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: error %v, rooms (-want +got):\n%s", operator.Name, err, diff)
			}
		}
		check(nurse)
		opened(nurse, "a@x", "b@x", "a@x")
		opened(porter, "c@x")
		check(nurse, "a@x", "b@x")
		check(porter, "c@x")

		for range 2 { // the second time there is nothing to forget
			if err := s.ForgetRoom(t.Context(), nurse, "a@x"); err != nil {
				t.Fatal(err)
			}
		}
		check(nurse, "b@x")

		var latest []string
		for i := range 50 {
			room := fmt.Sprintf("room%d@x", i)
			opened(nurse, room)
			latest = append([]string{room}, latest...)
		}
		check(nurse, latest...)

		if err := s.RemoveOperator(t.Context(), "porter"); err != nil {
			t.Fatal(err)
		}
		check(porter)
		opened(porter, "c@x") // as a session that ends at the same moment may
		check(porter)
	})
}
