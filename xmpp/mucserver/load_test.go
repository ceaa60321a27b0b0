package mucserver

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestFiveThousandOccupants(t *testing.T) {
	const crowd = 5000
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{})
	var last *Resident
	for i := range crowd {
		last = enter(t, room, fmt.Sprintf("Guest%04d", i), AffiliationMember)
	}
	nurse := logIn(t, addr, "nurse@example.org/kitchen")
	if got := len(nurse.join(testRoom, "Nurse")); got != crowd+2 {
		t.Errorf("joining brought %d stanzas, want %d", got, crowd+2)
	}
	list := nurse.ask("get", testRoom, fmt.Sprintf(adminQuery, "<item role='participant'/>"))
	if got := strings.Count(list, "<item "); got != crowd {
		t.Errorf("the list has %d items, want %d", got, crowd)
	}
	items := nurse.ask("get", testRoom, itemsQuery)
	if got := strings.Count(items, "<item "); got != crowd+1 {
		t.Errorf("disco has %d items, want %d", got, crowd+1)
	}
	wantParts(t, nurse.admin(testRoom, "<item nick='Guest4999' role='none'/>"), "type='result'")
	<-last.Gone()
}

// BenchmarkKick kicks the only other occupant of one room after another, with
// many requests under way.
func BenchmarkKick(b *testing.B) {
	const rooms = 200
	s, addr := serve(b, nil)
	nurse := logIn(b, addr, "nurse@example.org/kitchen")
	var all []*Room
	for i := range rooms {
		r, err := s.CreateRoom(fmt.Sprintf("room%d@chat.example.org", i), RoomConfig{Persistent: true})
		if err != nil {
			b.Fatal(err)
		}
		nurse.join(r.Address(), "Nurse")
		all = append(all, r)
	}
	for b.Loop() {
		var residents []*Resident
		for _, r := range all {
			resident, err := r.Enter("Romeo", "romeo@example.org/orchard", AffiliationNone)
			if err != nil {
				b.Fatal(err)
			}
			residents = append(residents, resident)
		}
		for i, r := range all {
			nurse.send("<iq type='set' id='k%d' to='%s'>"+adminQuery+"</iq>", i, r.Address(), "<item nick='Romeo' role='none'/>")
		}
		for _, resident := range residents {
			<-resident.Gone()
		}
		nurse.sync()
	}
	b.ReportMetric(float64(b.N*rooms)/b.Elapsed().Seconds(), "kicks/s")
}

// BenchmarkCrowd kicks an occupant of a room with many clients in it.
func BenchmarkCrowd(b *testing.B) {
	const clients = 300
	var draining sync.WaitGroup
	b.Cleanup(draining.Wait)
	s, addr := serve(b, func(o *Options) { o.GuestPassword = "pw" })
	room := createRoom(b, s, RoomConfig{})
	for i := range clients {
		c := logIn(b, addr, fmt.Sprintf("guest%d@example.org/x", i))
		c.send("<presence to='%s/Guest%d'/>", testRoom, i)
		draining.Go(c.drain)
	}
	nurse := logIn(b, addr, "nurse@example.org/kitchen")
	nurse.join(testRoom, "Nurse")
	for b.Loop() {
		if _, err := room.Enter("Romeo", "romeo@example.org/orchard", AffiliationNone); err != nil {
			b.Fatal(err)
		}
		wantParts(b, nurse.admin(testRoom, "<item nick='Romeo' role='none'/>"), "type='result'")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "kicks/s")
}
