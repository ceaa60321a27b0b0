package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/store"
	"muckick/xmpp"
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

func TestKicksByRoom(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		clock := newClock()
		s := open(t, store.Options{URL: url, Now: clock.Now})
		kick := func(room string, outcome xmpp.Outcome) {
			t.Helper()
			id, err := s.Intend(t.Context(), store.Intent{Action: xmpp.ActionKick, Room: room, Nick: "Bob"})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: outcome}); err != nil {
				t.Fatal(err)
			}
		}
		kick("a@x", xmpp.Done)
		clock.advance(time.Hour)
		since := clock.Now()
		kick("a@x", xmpp.Done)
		kick("a@x", xmpp.Done)
		kick("b@x", xmpp.Done)
		kick("b@x", xmpp.Refused)
		kick("c@x", xmpp.Unknown)
		for limit, want := range map[int]map[string]int{10: {"a@x": 2, "b@x": 1}, 1: {"a@x": 2}} {
			got, err := s.KicksByRoom(t.Context(), since, limit)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("limit %d: error %v, kicks (-want +got):\n%s", limit, err, diff)
			}
		}
	})
}
