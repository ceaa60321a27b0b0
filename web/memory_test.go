package web_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"muckick/xmpp"
)

// BenchmarkJoinedRooms measures the heap that 1,000 joined rooms of 50
// occupants take. The chat server lives in the same process, so its own growth
// (one occupant more in each room) counts too.
//
//	go test -run '^$' -bench BenchmarkJoinedRooms -benchtime 1x ./web
func BenchmarkJoinedRooms(b *testing.B) {
	const rooms, occupants = 1000, 50
	chat := newEmbedded(b)
	var nicks []string
	for i := range occupants {
		nicks = append(nicks, fmt.Sprintf("Occupant %d", i))
	}
	var jids []xmpp.RoomJID
	for i := range rooms {
		address := fmt.Sprintf("room%d@chat.example.org", i)
		chat.room(b, address, nicks...)
		jid, err := xmpp.ParseRoom(address)
		if err != nil {
			b.Fatal(err)
		}
		jids = append(jids, jid)
	}
	for range b.N {
		before := heap()
		client := chat.connect(b)
		var joining sync.WaitGroup
		for _, jid := range jids {
			joining.Go(func() {
				if _, err := client.Kick(b.Context(), jid, xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
					b.Error(err)
				}
			})
		}
		joining.Wait()
		if got := client.Load().JoinedRooms; got != rooms {
			b.Fatalf("got %d joined rooms, want %d", got, rooms)
		}
		b.ReportMetric(float64(heap()-before)/(1<<20), "MiB")
	}
	b.ReportMetric(0, "ns/op")
}

// heap is what is in use after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapInuse + stats.StackInuse
}
