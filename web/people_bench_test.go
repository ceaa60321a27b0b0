package web_test

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// BenchmarkPeople measures the heap that 1,000 joined rooms of 100 occupants
// take, each of another account, the index of people included, and how long it
// takes to find somebody among them. The chat server lives in the same process, so
// its own growth (one occupant more in each room) counts too.
//
//	go test -run '^$' -bench BenchmarkPeople -benchtime 20x ./web
func BenchmarkPeople(b *testing.B) {
	const rooms, occupants = 1000, 100
	chat := newEmbedded(b)
	var jids []xmpp.RoomJID
	for i := range rooms {
		address := fmt.Sprintf("room%d@chat.example.org", i)
		room, err := chat.CreateRoom(address, mucserver.RoomConfig{Persistent: true})
		if err != nil {
			b.Fatal(err)
		}
		for j := range occupants {
			if _, err := room.Enter(fmt.Sprintf("Occupant %d", j), fmt.Sprintf("account-%d-%d@example.org/gajim.X1Y2Z3", i, j), mucserver.AffiliationNone); err != nil {
				b.Fatal(err)
			}
		}
		jid, err := xmpp.ParseRoom(address)
		if err != nil {
			b.Fatal(err)
		}
		jids = append(jids, jid)
	}
	before := heap()
	client := chat.connect(b)
	var joining errgroup.Group
	joining.SetLimit(16) // the chat server ends sessions that let too much wait
	for _, jid := range jids {
		joining.Go(func() error {
			if _, err := client.Kick(b.Context(), jid, xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
				return err
			}
			return nil
		})
	}
	if err := joining.Wait(); err != nil {
		b.Fatal(err)
	}
	used := float64(heap()-before) / (1 << 20)
	if got := client.Load().JoinedRooms; got != rooms {
		b.Fatalf("got %d joined rooms, want %d", got, rooms)
	}
	visible := func(xmpp.RoomJID) bool { return true }
	for _, query := range []string{"account-777-42@example.org", "occupant 9", "nobody at all", "a"} {
		b.Run("find/"+query, func(b *testing.B) {
			for b.Loop() {
				client.FindPeople(query, 50, visible)
			}
		})
	}
	b.Run("occupancies", func(b *testing.B) {
		for b.Loop() {
			if got := len(client.Occupancies("account-777-42@example.org")); got != 1 {
				b.Fatalf("got %d, want 1", got)
			}
		}
	})
	b.Run("present", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for range client.Present(visible) {
				n++
			}
			if n != rooms*(occupants+1) {
				b.Fatalf("got %d, want %d", n, rooms*(occupants+1))
			}
		}
	})
	b.Run("heap", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(used, "MiB")
		b.ReportMetric(0, "ns/op")
	})
}
