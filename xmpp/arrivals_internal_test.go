package xmpp

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func always(Arrival) bool { return true }

// short writes arrivals down in short.
func short(list []Arrival) (lines []string) {
	for _, a := range list {
		line := fmt.Sprintf("%s/%s", a.Room.local, a.Occupant.Nick)
		for _, word := range []struct {
			text string
			is   bool
		}{{"known", a.Known}, {"unseen", a.Unseen}, {"settling", a.Settling}} {
			if word.is {
				line += " " + word.text
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestArrivals(t *testing.T) {
	bob, eve := known("Bob", "bob@b/x"), known("Eve", "eve@b/x")
	hidden := known("Bob", "")
	tests := []struct {
		name string
		do   func(*peopleIndex)
		want []string
	}{
		{"found on our own join", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{bob}, time.Time{}, at(0))
		}, nil},
		{"of our account", func(ix *peopleIndex) {
			ix.enter(people1, nil, time.Time{}, at(0))
			ix.put(people1, &Occupant{Nick: "me", RealJID: "me@b/1", Self: true, Ours: true}, at(1))
			ix.put(people1, &Occupant{Nick: "me2", RealJID: "me@b/2", Ours: true}, at(1))
		}, nil},
		{"told of by a role list", func(ix *peopleIndex) {
			ix.enter(people1, nil, time.Time{}, at(0))
			ix.list(people1, bob, at(1))
			ix.put(people1, bob, at(2))
		}, nil},
		{"a change is no arrival", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{bob}, time.Time{}, at(0))
			ix.put(people1, &Occupant{Nick: "Bob", RealJID: "bob@b/x", Role: RoleVisitor}, at(1))
			ix.rename(people1, "Bob", known("Robert", "bob@b/x"), at(2))
		}, nil},
		{"new, and new for ten minutes in every room", func(ix *peopleIndex) {
			ix.enter(people1, nil, time.Time{}, at(0))
			ix.enter(people2, nil, time.Time{}, at(0))
			ix.put(people1, bob, at(1))
			ix.put(people2, bob, at(2))
			ix.remove(people2, "Bob", at(3))
			ix.put(people2, bob, at(10.9))
			ix.remove(people2, "Bob", at(11))
			ix.put(people2, bob, at(11))
		}, []string{"one/Bob", "two/Bob", "two/Bob", "two/Bob known"}},
		{"known from another room", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{bob}, time.Time{}, at(0))
			ix.enter(people2, nil, time.Time{}, at(0))
			ix.put(people2, bob, at(1))
		}, []string{"two/Bob known"}},
		{"forgotten", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{bob}, time.Time{}, at(0))
			ix.remove(people1, "Bob", at(1))
			ix.put(people1, bob, at(60.9))
			ix.remove(people1, "Bob", at(61))
			ix.expire(at(122))
			ix.put(people1, bob, at(122))
		}, []string{"one/Bob known", "one/Bob"}},
		{"hidden, so known in the room alone", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{hidden}, time.Time{}, at(0))
			ix.enter(people2, nil, time.Time{}, at(0))
			ix.put(people2, hidden, at(1))
			ix.remove(people1, "Bob", at(2))
			ix.put(people1, hidden, at(3))
		}, []string{"two/Bob", "one/Bob known"}},
		{"hidden under another nick", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{{Nick: "Bob", OccupantID: "1"}}, time.Time{}, at(0))
			ix.remove(people1, "Bob", at(2))
			ix.put(people1, &Occupant{Nick: "Robert", OccupantID: "1"}, at(3))
			ix.put(people1, &Occupant{Nick: "Bob", OccupantID: "2"}, at(3))
		}, []string{"one/Robert known", "one/Bob"}},
		{"while we were away", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{bob}, time.Time{}, at(0))
			ix.exit(people1, at(1))
			ix.enter(people1, []*Occupant{bob, eve}, at(4), at(2))
			ix.put(people1, known("Mallory", "mallory@b"), at(3))
		}, []string{"one/Eve unseen", "one/Mallory"}},
		{"soon after we came", func(ix *peopleIndex) {
			ix.enter(people1, nil, at(2), at(0))
			ix.put(people1, bob, at(1))
			ix.put(people1, eve, at(2))
		}, []string{"one/Bob settling", "one/Eve"}},
		{"after the room was restarted", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{bob, eve}, time.Time{}, at(0))
			ix.exit(people1, at(100))
			ix.enter(people1, nil, time.Time{}, at(101))
			ix.put(people1, bob, at(102))
			ix.put(people1, known("Mallory", "mallory@b"), at(102))
			ix.put(people1, known("Trudy", "trudy@b"), at(104))
		}, []string{"one/Bob known settling", "one/Mallory settling", "one/Trudy"}},
		{"the nick changed hands", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{bob}, time.Time{}, at(0))
			ix.put(people1, known("Bob", "eve@b/x"), at(1))
		}, []string{"one/Bob"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Client
			feed := c.FollowArrivals(always)
			tt.do(&c.people)
			got, missed, _ := feed.take()
			if diff := cmp.Diff(tt.want, short(got)); diff != "" || missed != 0 {
				t.Errorf("%d missed, -want +got:\n%s", missed, diff)
			}
			consistent(t, &c.people)
		})
	}
}

// Who follows too slowly is told how many arrivals are lost, and the ring keeps
// what it can.
func TestSlowFollower(t *testing.T) {
	var c Client
	ix := &c.people
	ix.enter(people1, nil, time.Time{}, at(0))
	feed := c.FollowArrivals(func(a Arrival) bool { return a.Number%2 == 0 })
	const more = 5
	for i := range maxArrivals + more {
		ix.put(people1, known("Bob", fmt.Sprintf("bob%d@b", i)), at(1))
	}
	var got []Arrival
	var missed uint64
	for range maxArrivals / arrivalBatch {
		list, lost, err := feed.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, missed = append(got, list...), missed+lost
	}
	if missed != more || len(got) != maxArrivals/2 || got[0].Number != more+1 || got[len(got)-1].Number != maxArrivals+more-1 {
		t.Errorf("got %d from %d to %d, and %d missed", len(got), got[0].Number, got[len(got)-1].Number, missed)
	}
	if got, want := short(c.Arrivals(1, always)), []string{"one/Bob"}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for limit, want := range map[int]uint64{3: maxArrivals + more, 2 * maxArrivals: maxArrivals + more} {
		list := c.Arrivals(limit, always)
		if len(list) != min(limit, maxArrivals) || list[0].Number != want || list[len(list)-1].Number != want-uint64(len(list))+1 {
			t.Errorf("limit %d: got %d from %d on", limit, len(list), list[0].Number)
		}
	}
	again := c.FollowArrivalsAfter(maxArrivals+more-2, always)
	if list, missed, err := again.Next(t.Context()); len(list) != 2 || missed != 0 || err != nil {
		t.Errorf("got %d, %d, %v, want the last two", len(list), missed, err)
	}
	if list, _, err := c.FollowArrivalsAfter(1<<40, always).Next(t.Context()); len(list) != arrivalBatch || err != nil {
		t.Errorf("got %d, %v, want what is remembered", len(list), err)
	}
}

// A follower waits for what it wants, and no longer than its context.
func TestFollowerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Client
		ix := &c.people
		ix.enter(people1, nil, time.Time{}, at(0))
		feed := c.FollowArrivals(func(a Arrival) bool { return a.Occupant.Nick == "Eve" })
		got := make(chan []string)
		go func() {
			list, _, _ := feed.Next(t.Context())
			got <- short(list)
		}()
		synctest.Wait()
		ix.do(func() { ix.put(people1, known("Bob", "bob@b"), at(1)) })
		synctest.Wait()
		select {
		case list := <-got:
			t.Errorf("got %q, which is not wanted", list)
		default:
		}
		ix.do(func() { ix.put(people1, known("Eve", "eve@b"), at(1)) })
		if diff := cmp.Diff([]string{"one/Eve"}, <-got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := feed.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the context", err)
		}
	})
}
