package web

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"muckick/web/topic"
	"muckick/xmpp"
)

// newTestHub returns a hub whose chat client never connects.
func newTestHub(t *testing.T) *hub {
	t.Helper()
	client, err := xmpp.New(xmpp.Options{JID: "muckick@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	return newHub(client, nil, time.Now, prometheus.NewCounter(prometheus.CounterOpts{Name: "dropped"}))
}

func testRoom(t *testing.T) xmpp.RoomJID {
	t.Helper()
	room, err := xmpp.ParseRoom("snuggery@chat.example.org")
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// names are the kinds of events, in their order.
func names(events []topic.Event) []string {
	var out []string
	for _, e := range events {
		name, _, _ := strings.Cut(strings.TrimPrefix(string(e.Wire), "event: "), "\n")
		out = append(out, name)
	}
	return out
}

// A feed remembers at most one whole list, and whoever misses more than it
// remembers starts over with that.
func TestFeedForgetsWhatWasBeforeAReset(t *testing.T) {
	const occupants, resets = 1000, 20
	f := newFeed(newTestHub(t), testRoom(t), func() {})
	list := xmpp.Update{Reset: true, Online: true, Roster: xmpp.Roster{Live: true}}
	for i := range occupants {
		list.Roster.Occupants = append(list.Roster.Occupants, xmpp.Occupant{Nick: fmt.Sprintf("Occupant %d", i)})
	}
	change := func(nick string) {
		f.apply(xmpp.Update{Online: true, Changed: []xmpp.Occupant{{Nick: nick}}})
	}
	f.apply(list)
	change("Bob")
	before := f.events.Last()
	for range resets - 1 {
		f.apply(list)
	}
	atReset := f.events.Last()
	f.apply(list)
	afterReset := f.events.Last()
	change("Carol")

	tests := []struct {
		name, last string
		want       []string
	}{
		{"nothing missed", f.events.Last(), nil},
		{"missed what came after the reset", afterReset, []string{"change", "header"}},
		{"missed the reset", atReset, []string{"reset", "change", "header"}},
		{"missed more", before, []string{"header", "reset"}},
		{"of another feed", "other-1", []string{"header", "reset"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, missed := f.listen(tt.last)
			defer l.Close()
			if diff := cmp.Diff(tt.want, names(missed)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			for _, e := range missed {
				if !strings.Contains(string(e.Wire), "\nid: "+e.ID+"\n") {
					t.Errorf("event %s is written without its id: %.80s", e.ID, e.Wire)
				}
			}
		})
	}
}

// A snapshot includes exactly what happened up to its last event, so that whoever goes
// on from there misses nothing and hears nothing twice.
func TestSnapshotsAgreeWithEvents(t *testing.T) {
	f := newFeed(newTestHub(t), testRoom(t), func() {})
	f.apply(xmpp.Update{Reset: true, Online: true, Roster: xmpp.Roster{Live: true}})
	ctx, stop := context.WithCancel(t.Context())
	var looking sync.WaitGroup
	defer looking.Wait()
	defer stop()
	looking.Go(func() {
		occupants := make(map[string]int) // by the last event
		for ctx.Err() == nil {
			shot, _ := f.snapshot(t.Context())
			n, known := occupants[shot.last]
			if known && n != len(shot.occupants) {
				t.Errorf("after one event there are %d occupants and %d", n, len(shot.occupants))
				return
			}
			occupants[shot.last] = len(shot.occupants)
		}
	})
	for range 2000 {
		f.apply(xmpp.Update{Online: true, Changed: []xmpp.Occupant{{Nick: "Bob"}}})
		f.apply(xmpp.Update{Online: true, Gone: []string{"Bob"}})
	}
}

// A feed ends when nobody has used it for a while, and not earlier.
func TestFeedOutlastsItsPanels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTestHub(t)
		defer h.close()
		follows := func() bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.feeds[testRoom(t)] != nil
		}
		const moment = time.Second // of the bubble's clock
		h.leave(h.follow(testRoom(t)))
		time.Sleep(idleGrace - moment)
		f := h.follow(testRoom(t))
		time.Sleep(idleGrace)
		synctest.Wait()
		if !follows() {
			t.Error("a feed in use has ended")
		}
		h.leave(f)
		time.Sleep(idleGrace - moment)
		h.leave(h.follow(testRoom(t)))
		time.Sleep(2 * moment)
		synctest.Wait()
		if !follows() {
			t.Error("the feed has ended by the time of an earlier panel")
		}
		time.Sleep(idleGrace)
		synctest.Wait()
		if follows() {
			t.Error("a feed that nobody uses goes on")
		}
	})
}

// A closed hub starts no timers.
func TestClosedHubDoesNotWait(t *testing.T) {
	h := newTestHub(t)
	f := h.follow(testRoom(t))
	h.close()
	h.leave(f)
	if f.expiry != nil {
		t.Error("a timer runs after the end")
	}
}
