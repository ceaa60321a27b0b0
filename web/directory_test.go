package web

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp"
)

// silentChat is a chat server whose rooms never say how many occupants they have.
type silentChat struct {
	lister
	asked atomic.Int64
	busy  func() // called when countsAtOne rooms were asked
}

func (c *silentChat) RoomInfo(ctx context.Context, _ xmpp.RoomJID) (xmpp.RoomInfo, error) {
	if c.asked.Add(1) == countsAtOne {
		c.busy()
	}
	<-ctx.Done()
	return xmpp.RoomInfo{}, ctx.Err()
}

// When nobody waits any more, no further room is asked; what was known is told
// all the same.
func TestOccupantsEndsWithItsContext(t *testing.T) {
	const total = 1000
	var rooms []xmpp.RoomJID
	for i := range total {
		room, err := xmpp.ParseRoom(fmt.Sprintf("room%d@chat.example.org", i))
		if err != nil {
			t.Fatal(err)
		}
		rooms = append(rooms, room)
	}
	ctx, cancel := context.WithCancel(t.Context())
	chat := &silentChat{busy: cancel}
	d := newDirectory(chat, time.Now)
	d.remember(rooms[total-1], 7)
	got, want := d.occupants(ctx, rooms), map[xmpp.RoomJID]int{rooms[total-1]: 7}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b xmpp.RoomJID) bool { return a == b })); diff != "" {
		t.Errorf("occupants (-want +got):\n%s", diff)
	}
	// One more may have been about to be asked.
	if got, want := chat.asked.Load(), int64(countsAtOne+1); got > want {
		t.Errorf("%d rooms were asked, want at most %d", got, want)
	}
}
