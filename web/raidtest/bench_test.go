package raidtest

import (
	"slices"
	"sort"
	"sync"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

const (
	benchRooms  = 20
	benchBots   = 25
	benchFlight = 64
	benchPause  = 20 * time.Millisecond
)

// BenchmarkJob clears rooms by the same kicks out of 64 goroutines without audit
// trail, by a job, and by a job beside single kicks, one after the other in each
// round; an even number of rounds is fair to the first two. ratio and ratio-beside are
// the jobs' rates by the first; single-quiet and single-busy are the medians of a
// single kick of nobody in another room, one every 20 ms, without and beside the job,
// in ms, and single-first is that of the first one beside each job. With MUCKICK_LONG
// the rooms are as full as in a wave of full size.
func BenchmarkJob(b *testing.B) {
	for _, kind := range xmpptest.Kinds() {
		b.Run(kind, func(b *testing.B) { benchmarkJob(b, xmpptest.Start(b, kind)) })
	}
}

func benchmarkJob(b *testing.B, server *xmpptest.Server) {
	count := benchBots
	if isLong() {
		count, _, _ = waveSize(b)
	}
	s := newScene(b, server, benchRooms, count)
	aside := server.NewRoom()
	s.owner.CreateRoom(b, aside, "Keeper", nil)
	db := openStore(b, store.Options{URL: storetest.SQLite(b)})
	r := newReplica(b, db, chatOptions(server))
	_, _, r.patience = waveSize(b)
	by := operator(b, db, "nurse", moderation.Everything())
	r.work(b)
	for _, room := range append(s.rooms, aside) {
		if _, err := r.chat.Enter(b.Context(), parse(b, room)); err != nil {
			b.Fatal(err)
		}
	}
	single := func() time.Duration {
		began := time.Now()
		_, _ = r.desk.Do(b.Context(), moderation.Order{ // there is nobody of that nick
			Principal: by, Action: xmpp.Action{Kind: xmpp.ActionKick, Room: parse(b, aside), Target: xmpp.Target{Nick: "nobody"}},
		})
		return time.Since(began)
	}
	back := func() {
		for _, room := range s.rooms {
			for _, bot := range s.bots {
				bot.WaitGone(b, room)
			}
		}
		s.peers.JoinMany(b, s.bots, s.rooms)
	}
	clear := func() time.Duration {
		plan := r.plan(b, by, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
			Where: scopes(b, s.rooms), Traits: moderation.Traits{Nicks: nicks(b, "spam*")},
		}})
		ended := r.awaitEnd(b, by, r.start(b, by, plan))
		if ended.Outcomes[xmpp.Done] != benchRooms*count {
			b.Fatalf("got %v", ended.Outcomes)
		}
		return ended.Ended.Sub(ended.Began)
	}
	var quiet, first, busy []time.Duration
	var direct, alone, beside time.Duration
	ways := []func(){ // in turns the first, as a server grows slower or quicker
		func() { direct += kickAll(b, r, s) },
		func() { alone += clear() },
	}
	for b.Loop() {
		slices.Reverse(ways)
		for _, way := range ways {
			way()
			back()
		}
		for range 50 {
			time.Sleep(benchPause)
			quiet = append(quiet, single())
		}
		stop := make(chan struct{})
		var singles sync.WaitGroup
		singles.Go(func() {
			times := &first
			for wait := 50 * time.Millisecond; ; wait = benchPause {
				select {
				case <-stop:
					return
				case <-time.After(wait):
					*times = append(*times, single())
					times = &busy
				}
			}
		})
		beside += clear()
		close(stop)
		singles.Wait()
		back()
	}
	b.ReportMetric(direct.Seconds()/alone.Seconds(), "ratio")
	b.ReportMetric(direct.Seconds()/beside.Seconds(), "ratio-beside")
	b.ReportMetric(float64(b.N*benchRooms*count)/alone.Seconds(), "kicks/s")
	b.ReportMetric(milliseconds(quiet), "ms-single-quiet")
	b.ReportMetric(milliseconds(first), "ms-single-first")
	b.ReportMetric(milliseconds(busy), "ms-single-busy")
	b.ReportMetric(0, "ns/op")
}

// kickAll throws all bots out by as many goroutines as there are places.
func kickAll(b *testing.B, r *replica, s *scene) time.Duration {
	b.Helper()
	work := make(chan xmpp.Action)
	var kicking sync.WaitGroup
	began := time.Now()
	for range benchFlight {
		kicking.Go(func() {
			for action := range work {
				if _, err := r.chat.Do(b.Context(), action); err != nil {
					b.Errorf("%s in %s: %v", action.Target.Nick, action.Room, err)
				}
			}
		})
	}
	for _, bot := range s.bots {
		for _, room := range s.rooms {
			work <- xmpp.Action{Kind: xmpp.ActionKick, Room: parse(b, room), Target: xmpp.Target{Nick: bot.User}}
		}
	}
	close(work)
	kicking.Wait()
	return time.Since(began)
}

// milliseconds is the median of times; zero of none, as beside a job that was over at
// once.
func milliseconds(times []time.Duration) float64 {
	if len(times) == 0 {
		return 0
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	return float64(times[len(times)/2].Microseconds()) / 1000
}
