package web_test

import (
	"fmt"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// BenchmarkRoomsPage measures the list of rooms while muckick is in 1,000 rooms of
// 50 occupants, and remembers as many arrivals as it does at most: those who are in
// the rooms beyond the first 30, of the last minute or not.
//
//	go test -run '^$' -bench BenchmarkRoomsPage -benchtime 20x ./web
func BenchmarkRoomsPage(b *testing.B) {
	const rooms, before, after = 1000, 30, 20
	chat := newEmbedded(b)
	var all []*mucserver.Room
	for i := range rooms {
		room, err := chat.CreateRoom(fmt.Sprintf("room%d@chat.example.org", i), mucserver.RoomConfig{Persistent: true})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, room)
	}
	come := func(from, until int, entered func()) {
		for i, room := range all {
			for j := from; j < until; j++ {
				if _, err := room.Enter(fmt.Sprintf("Occupant %d", j), fmt.Sprintf("account-%d-%d@example.org/x", i, j), mucserver.AffiliationNone); err != nil {
					b.Fatal(err)
				}
			}
			entered()
		}
	}
	come(0, before, func() {})
	client := chat.connect(b)
	for _, room := range all {
		jid, err := xmpp.ParseRoom(room.Address())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := client.Enter(b.Context(), jid); err != nil {
			b.Fatal(err)
		}
	}
	arrivals := client.FollowArrivals(func(xmpp.Arrival) bool { return true })
	come(before, before+after, func() { // the chat server ends sessions that let too much wait
		for left := after; left > 0; {
			list, _, err := arrivals.Next(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			left -= len(list)
		}
	})
	everywhere := signIn(b, serve(b, client))
	for b.Loop() {
		if got := everywhere.get(b, "/rooms"); got.status != 200 {
			b.Fatalf("got %d", got.status)
		}
	}
}
