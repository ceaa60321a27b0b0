package web_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// BenchmarkKick compares real kicks over three ways, on the same server in one
// run: a raw session that pipelines them, xmpp.Client, and POST /muc_kick with
// the audit trail. What counts are the ratios.
//
//	go test -run '^$' -bench BenchmarkKick -benchtime 3x ./web
func BenchmarkKick(b *testing.B) {
	for _, name := range []string{xmpptest.Prosody, xmpptest.Ejabberd} {
		b.Run(name, func(b *testing.B) {
			arena := newArena(b, xmpptest.Start(b, name))
			for _, inFlight := range []int{1, 16, 64} {
				b.Run(fmt.Sprintf("in-flight=%d", inFlight), func(b *testing.B) { arena.compare(b, inFlight) })
			}
		})
	}
}

const (
	arenaRooms = 240
	perVictim  = 80 // ejabberd lets an account be in 100 rooms
	victimNick = "Victim"
)

// arena is a server full of rooms with one occupant each, who comes back after
// every round.
type arena struct {
	rooms   []string
	victims []*rawSession
	ways    []way
	filled  bool // the victims have been in the rooms
}

// A way kicks everybody once and returns how long each kick took.
type way struct {
	name string
	kick func(b *testing.B, inFlight int) []time.Duration
}

func newArena(b *testing.B, s *xmpptest.Server) *arena {
	b.Helper()
	a := &arena{}
	for i := range arenaRooms {
		a.rooms = append(a.rooms, s.Room("bench"+strconv.Itoa(i)))
	}
	for part := range slices.Chunk(a.rooms, perVictim) {
		n := strconv.Itoa(len(a.victims))
		s.Register(b, "keeper"+n, "pw")
		s.Register(b, "victim"+n, "pw")
		newRawSession(b, s, "keeper"+n, "pw").create(part, "Keeper")
		a.victims = append(a.victims, newRawSession(b, s, "victim"+n, "pw"))
	}
	raw := newRawSession(b, s, s.Kicker.User, s.Kicker.Password)
	raw.join(a.rooms, "raw")
	client := newChat(b, s)
	here := serve(b, client)
	a.ways = []way{
		{"raw", func(b *testing.B, inFlight int) []time.Duration { return a.kickRaw(raw, inFlight) }},
		{"client", func(b *testing.B, inFlight int) []time.Duration {
			return a.kickEach(inFlight, func(room string) error {
				jid, err := xmpp.ParseRoom(room)
				if err == nil {
					_, err = client.Kick(b.Context(), jid, victimNick, "")
				}
				return err
			}, b)
		}},
		{"http", func(b *testing.B, inFlight int) []time.Duration {
			caller := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}}
			defer caller.CloseIdleConnections()
			return a.kickEach(inFlight, func(room string) error { return postKick(b.Context(), caller, here, room) }, b)
		}},
	}
	a.refill()
	a.ways[1].kick(b, 16) // the client joins the rooms once and for all
	return a
}

func postKick(ctx context.Context, caller *http.Client, here *site, room string) error {
	body := `{"nickname":"` + victimNick + `","muc":"` + room + `"}`
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, here.url("/muc_kick"), strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", header)
	response, err := caller.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("got %s", response.Status)
	}
	return nil
}

// compare runs the ways in turn, b.N rounds each, and reports kicks a second
// and the ratios to the raw session.
func (a *arena) compare(b *testing.B, inFlight int) {
	took := make([]time.Duration, len(a.ways))
	each := make([][]time.Duration, len(a.ways))
	for range b.N {
		for i, w := range a.ways {
			a.refill()
			began := time.Now()
			each[i] = append(each[i], w.kick(b, inFlight)...)
			took[i] += time.Since(began)
		}
	}
	kicks := float64(b.N * len(a.rooms))
	for i, w := range a.ways {
		slices.Sort(each[i])
		b.ReportMetric(kicks/took[i].Seconds(), w.name+"-kicks/s")
		b.ReportMetric(quantile(each[i], 0.5).Seconds()*1e6, w.name+"-p50-µs")
		if i > 0 {
			b.ReportMetric(took[0].Seconds()/took[i].Seconds(), w.name+"/raw-rate")
			b.ReportMetric(quantile(each[i], 0.99).Seconds()/quantile(each[0], 0.99).Seconds(), w.name+"/raw-p99")
		}
	}
	b.ReportMetric(0, "ns/op")
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[int(q*float64(len(sorted)-1))]
}

// refill lets the victims come back, once all of them have been kicked.
func (a *arena) refill() {
	i := 0
	for part := range slices.Chunk(a.rooms, perVictim) {
		if a.filled {
			a.victims[i].kicked(len(part))
		}
		a.victims[i].join(part, victimNick)
		i++
	}
	a.filled = true
}

// kickRaw keeps a number of kicks under way on the raw session.
func (a *arena) kickRaw(raw *rawSession, inFlight int) []time.Duration {
	sent := make([]time.Time, 0, len(a.rooms))
	var took []time.Duration
	window := make(chan struct{}, inFlight)
	var mu sync.Mutex
	var reading sync.WaitGroup
	reading.Go(func() {
		raw.answers(len(a.rooms), func() {
			mu.Lock()
			took = append(took, time.Since(sent[len(took)]))
			mu.Unlock()
			<-window
		})
	})
	for i, room := range a.rooms {
		window <- struct{}{}
		mu.Lock()
		sent = append(sent, time.Now())
		mu.Unlock()
		raw.write(fmt.Sprintf("<iq type='set' id='k%d' to='%s'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='%s' role='none'/></query></iq>", i, room, victimNick))
	}
	reading.Wait()
	return took
}

// kickEach kicks in all rooms with a number of kicks under way.
func (a *arena) kickEach(inFlight int, kick func(room string) error, b *testing.B) []time.Duration {
	rooms := make(chan string)
	var mu sync.Mutex
	var all []time.Duration
	var working sync.WaitGroup
	for range inFlight {
		working.Go(func() {
			var took []time.Duration
			for room := range rooms {
				began := time.Now()
				if err := kick(room); err != nil {
					b.Errorf("%s: %v", room, err)
				}
				took = append(took, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	for _, room := range a.rooms {
		rooms <- room
	}
	close(rooms)
	working.Wait()
	return all
}
