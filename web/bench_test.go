package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"muckick/web"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// BenchmarkKick compares real kicks over three ways, on the same server in one
// run: a raw session that pipelines them, xmpp.Client, and POST /muc_kick with
// the audit trail. What counts are the ratios. One at a time there is a fourth:
// "noted", the raw session with a note of each kick flushed to disk before it,
// which is the least that any audit trail costs.
//
// "beside" shares cores and disk with the chat server: whatever muckick takes,
// the chat server lacks. "apart" gives the chat server one core and everything
// else another, and keeps the chat server off the disk, as on two machines.
//
//	go test -run '^$' -bench BenchmarkKick -benchtime 20x ./web
func BenchmarkKick(b *testing.B) {
	for _, name := range []string{xmpptest.Prosody, xmpptest.Ejabberd} {
		b.Run(name+"/beside", func(b *testing.B) { compareWays(b, xmpptest.Start(b, name)) })
		b.Run(name+"/apart", func(b *testing.B) {
			s := xmpptest.Start(b, name, xmpptest.WithMachine(0))
			stayOnCore(b, 1)
			compareWays(b, s)
		})
	}
}

// benchInFlight is how many kicks are under way at once.
var benchInFlight = []int{1, 16, 64}

func compareWays(b *testing.B, s *xmpptest.Server) {
	ways := newWays(b, s)
	for _, inFlight := range benchInFlight {
		chosen := slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return w.single && inFlight > 1 })
		b.Run(fmt.Sprintf("in-flight=%d", inFlight), func(b *testing.B) { takeTurns(b, chosen, inFlight) })
	}
}

// stayOnCore moves this process to one core until the benchmark ends.
func stayOnCore(b *testing.B, core int) {
	b.Helper()
	move := func(cores string) {
		if out, err := exec.Command("taskset", "-a", "-p", "-c", cores, strconv.Itoa(os.Getpid())).CombinedOutput(); err != nil {
			b.Errorf("taskset: %v: %s", err, out)
		}
	}
	move(strconv.Itoa(core))
	b.Cleanup(func() { move(fmt.Sprintf("0-%d", runtime.NumCPU()-1)) })
}

// A way kicks everybody in its rooms once and returns how long each kick took.
type way struct {
	name string
	crowd
	kick   func(b *testing.B, inFlight int) []time.Duration
	single bool // it makes sense one at a time only
}

func newWays(b *testing.B, s *xmpptest.Server) []way {
	b.Helper()
	raw := newCrowd(b, s, "raw")
	kicker := newRawKicker(b, s, raw.rooms)

	ours := newCrowd(b, s, "ours")
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	client := runChat(b, xmpp.Options{
		JID: s.JID(s.Kicker.User), Password: s.Kicker.Password,
		Server: s.Addr, Security: xmpp.Plaintext, Logger: quiet,
	})
	here := serve(b, client, func(o *web.Options) { o.Logger = quiet })
	var callers []*rawCaller
	for range slices.Max(benchInFlight) {
		callers = append(callers, &rawCaller{address: here.address})
	}
	b.Cleanup(func() {
		for _, caller := range callers {
			caller.close()
		}
	})
	note := newNotebook(b)
	ways := []way{
		{name: "raw", crowd: raw, kick: func(b *testing.B, inFlight int) []time.Duration {
			return kicker.kick(b, inFlight, func() {})
		}},
		{name: "noted", crowd: raw, single: true, kick: func(b *testing.B, inFlight int) []time.Duration {
			return kicker.kick(b, inFlight, note)
		}},
		{name: "client", crowd: ours, kick: func(b *testing.B, inFlight int) []time.Duration {
			return kickEach(b, ours.rooms, inFlight, func(_ int, room string) error {
				jid, err := xmpp.ParseRoom(room)
				if err == nil {
					_, err = client.Kick(b.Context(), jid, xmpp.Target{Nick: victimNick}, "")
				}
				return err
			})
		}},
		{name: "http", crowd: ours, kick: func(b *testing.B, inFlight int) []time.Duration {
			return kickEach(b, ours.rooms, inFlight, func(worker int, room string) error { return callers[worker].kick(room) })
		}},
	}
	for _, w := range ways { // joins, and whatever else happens once
		w.refill()
		w.kick(b, 16)
	}
	return ways
}

// takeTurns runs the ways in turn, b.N rounds each, and reports kicks a second,
// the ratios to the raw session, and the processor time that a kick takes of this
// process, in which the callers and everybody in the rooms live too.
func takeTurns(b *testing.B, ways []way, inFlight int) {
	took := make([]time.Duration, len(ways))
	each := make([][]time.Duration, len(ways))
	busy := make([]time.Duration, len(ways))
	for range b.N {
		for i, w := range ways {
			w.refill()
			began, used := time.Now(), processorTime(b)
			each[i] = append(each[i], w.kick(b, inFlight)...)
			took[i] += time.Since(began)
			busy[i] += processorTime(b) - used
		}
	}
	for i, w := range ways {
		slices.Sort(each[i])
		b.ReportMetric(float64(len(each[i]))/took[i].Seconds(), w.name+"-kicks/s")
		b.ReportMetric(quantile(each[i], 0.5).Seconds()*1e6, w.name+"-p50-µs")
		b.ReportMetric(busy[i].Seconds()*1e6/float64(len(each[i])), w.name+"-cpu-µs")
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

// kickEach kicks in all rooms with a number of kicks under way, each of them
// by a worker of its own, counted from 0.
func kickEach(b *testing.B, rooms []string, inFlight int, kick func(worker int, room string) error) []time.Duration {
	next := make(chan string, len(rooms))
	for _, room := range rooms {
		next <- room
	}
	close(next)
	took := make([][]time.Duration, inFlight)
	var working sync.WaitGroup
	for i := range inFlight {
		working.Go(func() {
			for room := range next {
				began := time.Now()
				if err := kick(i, room); err != nil {
					b.Errorf("%s: %v", room, err)
				}
				took[i] = append(took[i], time.Since(began))
			}
		})
	}
	working.Wait()
	return slices.Concat(took...)
}
