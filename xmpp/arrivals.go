package xmpp

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// maxArrivals is how many arrivals are remembered.
	maxArrivals = 20_000

	// arrivalBatch is how many are handed on at once.
	arrivalBatch = 1000
)

// An Arrival is the coming of somebody into a room that muckick is in. Its own
// occupants are none, nor are those whom it found when it entered for the first
// time, or only a role list told of.
type Arrival struct {
	Number   uint64 // counts all arrivals of this process, from 1
	Time     time.Time
	Room     RoomJID
	Occupant Occupant // as they came

	// Known means that the account was seen before, in any room, not less than ten
	// minutes ago. Where it is hidden, the occupant id or else the nick in this room
	// counts. What is older than an hour and not there any more is forgotten.
	Known bool

	// Unseen means that they came while muckick was not there for a while, and
	// were found when it came back.
	Unseen bool

	// Settling means that they may only be coming back: the session with the chat
	// server, or the room after a restart, was not older than two minutes, or than
	// [Options.Settle].
	Settling bool
}

// arrivals are the latest ones, in a ring. Who follows them has a place in it and
// nothing else, so nobody who adds one ever waits or makes copies.
type arrivals struct {
	mu    sync.Mutex
	ring  []arrival
	last  uint64        // number of the latest
	added chan struct{} // closed with the next, if somebody waits
}

// An arrival is an [Arrival] as it is kept.
type arrival struct {
	at       instant
	room     RoomJID
	occupant *Occupant

	known, unseen, settling bool
}

// A coming is how somebody came into a room.
type coming int

const (
	cameBefore coming = iota // they were there when we looked for the first time
	cameUnseen               // while we were away
	cameNow
)

func (a *arrivals) add(new arrival) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	if len(a.ring) < maxArrivals {
		a.ring = append(a.ring, new)
	} else {
		a.ring[(a.last-1)%maxArrivals] = new
	}
	if a.added != nil {
		close(a.added)
		a.added = nil
	}
}

// get returns the arrival of a number that is remembered. The caller holds mu.
func (a *arrivals) get(number uint64) Arrival {
	kept := a.ring[(number-1)%maxArrivals]
	return Arrival{
		Number: number, Time: kept.at.time(), Room: kept.room, Occupant: *kept.occupant,
		Known: kept.known, Unseen: kept.unseen, Settling: kept.settling,
	}
}

// after returns the arrivals after a number, a batch at most, how many of them are
// not remembered any more, and if there are none, what is closed with the next.
func (a *arrivals) after(number uint64) (list []Arrival, missed uint64, added <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if number >= a.last {
		if a.added == nil {
			a.added = make(chan struct{})
		}
		return nil, 0, a.added
	}
	if oldest := a.last - uint64(len(a.ring)); number < oldest {
		number, missed = oldest, oldest-number
	}
	for number < a.last && len(list) < arrivalBatch {
		number++
		list = append(list, a.get(number))
	}
	return list, missed, nil
}

// Arrivals returns the latest arrivals that are wanted, the latest first, at most
// limit. All that are remembered are looked through if need be: the last 20,000.
func (c *Client) Arrivals(limit int, wanted func(Arrival) bool) (list []Arrival) {
	feed := ArrivalFeed{arrivals: &c.people.arrivals, wanted: wanted}
	for {
		batch, _, _ := feed.take()
		if batch == nil {
			break
		}
		if list = append(list, batch...); len(list) > 2*limit+arrivalBatch {
			list = slices.Delete(list, 0, len(list)-limit)
		}
	}
	list = list[max(0, len(list)-limit):]
	slices.Reverse(list)
	return list
}

// An ArrivalFeed follows arrivals. It needs not be closed; it must not be used by
// several goroutines at once.
type ArrivalFeed struct {
	arrivals *arrivals
	wanted   func(Arrival) bool
	number   uint64 // the last that was looked at
}

// FollowArrivals follows the arrivals that are wanted, from now on.
func (c *Client) FollowArrivals(wanted func(Arrival) bool) *ArrivalFeed {
	c.people.arrivals.mu.Lock()
	defer c.people.arrivals.mu.Unlock()
	return &ArrivalFeed{arrivals: &c.people.arrivals, wanted: wanted, number: c.people.arrivals.last}
}

// FollowArrivalsAfter is [Client.FollowArrivals] from the arrival after the one of
// that number on. A number that was not given out yet, such as one of an earlier
// process, counts as 0: all that are remembered follow.
func (c *Client) FollowArrivalsAfter(number uint64, wanted func(Arrival) bool) *ArrivalFeed {
	feed := c.FollowArrivals(wanted)
	if number > feed.number {
		number = 0
	}
	feed.number = number
	return feed
}

// Next waits for arrivals that are wanted and returns them, the earliest first, and
// how many more there were since the last call that are not remembered any more:
// of those nobody knows whether they were wanted. At least one of both is not zero,
// or the error is that of ctx. What is wanted is asked in the caller's goroutine,
// so that it may take its time.
func (f *ArrivalFeed) Next(ctx context.Context) (list []Arrival, missed uint64, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		list, missed, added := f.take()
		switch {
		case len(list) > 0 || missed > 0:
			return list, missed, nil
		case added != nil:
			select {
			case <-added:
			case <-ctx.Done():
			}
		}
	}
}

// take returns the wanted ones of the next batch, which is nil if there is none.
func (f *ArrivalFeed) take() (list []Arrival, missed uint64, added <-chan struct{}) {
	batch, missed, added := f.arrivals.after(f.number)
	if added != nil {
		return nil, 0, added
	}
	f.number = batch[len(batch)-1].Number
	list = make([]Arrival, 0, len(batch))
	for _, a := range batch {
		if f.wanted(a) {
			list = append(list, a)
		}
	}
	return list, missed, nil
}
