package web

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"muckick/xmpp"
)

const (
	listFresh   = 15 * time.Second // how long a list of rooms is shown again
	countFresh  = 15 * time.Second // the same for a number of occupants
	listTimeout = 10 * time.Second
	countsAtOne = 32 // rooms that are asked at the same time
	countsKept  = 50_000
)

// lister finds rooms.
type lister interface {
	Services(ctx context.Context) ([]xmpp.Service, error)
	Rooms(ctx context.Context, service string) ([]xmpp.Room, error)
	RoomInfo(ctx context.Context, room xmpp.RoomJID) (xmpp.RoomInfo, error)
}

// directory remembers the rooms of the services for a short while, so that
// many panels and a search at every key cost the chat server little.
type directory struct {
	chat   lister
	now    func() time.Time
	flight singleflight.Group

	mu     sync.Mutex
	list   []serviceRooms
	listed time.Time
	counts map[xmpp.RoomJID]roomCount
}

// serviceRooms are the rooms of a service, or why they could not be listed.
type serviceRooms struct {
	service xmpp.Service
	rooms   []xmpp.Room
	err     error
}

type roomCount struct {
	occupants int
	at        time.Time
}

func newDirectory(chat lister, now func() time.Time) *directory {
	return &directory{chat: chat, now: now, counts: make(map[xmpp.RoomJID]roomCount)}
}

// services returns all services with their rooms. When the chat server cannot
// be asked, what was known last comes with the error.
func (d *directory) services(ctx context.Context) ([]serviceRooms, error) {
	d.mu.Lock()
	list, fresh := d.list, d.now().Sub(d.listed) < listFresh
	d.mu.Unlock()
	if fresh {
		return list, nil
	}
	// One load serves all who wait, so it does not end with the first of them.
	result := d.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), listTimeout)
		defer cancel()
		return d.load(ctx)
	})
	select {
	case <-ctx.Done():
		return list, ctx.Err()
	case r := <-result:
		if r.Err != nil {
			return list, r.Err
		}
		return r.Val.([]serviceRooms), nil
	}
}

func (d *directory) load(ctx context.Context) ([]serviceRooms, error) {
	services, err := d.chat.Services(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]serviceRooms, len(services))
	var group errgroup.Group
	for i, service := range services {
		group.Go(func() error {
			rooms, err := d.chat.Rooms(ctx, service.Domain)
			list[i] = serviceRooms{service: service, rooms: rooms, err: err}
			return nil
		})
	}
	_ = group.Wait() // each service keeps its own error
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list, d.listed = list, d.now()
	return list, nil
}

// occupants returns how many occupants the rooms have, as far as they say so
// before ctx ends.
func (d *directory) occupants(ctx context.Context, rooms []xmpp.RoomJID) map[xmpp.RoomJID]int {
	found := make(map[xmpp.RoomJID]int, len(rooms))
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(countsAtOne)
	for _, room := range rooms {
		if n, ok := d.known(room); ok {
			mu.Lock()
			found[room] = n
			mu.Unlock()
			continue
		}
		if ctx.Err() != nil {
			continue // what is known already still counts
		}
		group.Go(func() error {
			info, err := d.chat.RoomInfo(ctx, room)
			if err != nil || info.Occupants < 0 {
				return nil // shown as unknown
			}
			d.remember(room, info.Occupants)
			mu.Lock()
			defer mu.Unlock()
			found[room] = info.Occupants
			return nil
		})
	}
	_ = group.Wait()
	return found
}

func (d *directory) known(room xmpp.RoomJID) (occupants int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	count, ok := d.counts[room]
	return count.occupants, ok && d.now().Sub(count.at) < countFresh
}

func (d *directory) remember(room xmpp.RoomJID, occupants int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.counts) >= countsKept {
		clear(d.counts)
	}
	d.counts[room] = roomCount{occupants: occupants, at: d.now()}
}
