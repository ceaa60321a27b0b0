package raidtest

import (
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// BenchmarkEvict clears the same rooms one by one and by evicting, after each other
// in each round, with two who stay in every room. The times are those of the jobs.
// With MUCKICK_LONG the rooms are as full as in a wave of full size.
func BenchmarkEvict(b *testing.B) {
	for _, kind := range xmpptest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			server := xmpptest.Start(b, kind)
			s := newScene(b, server, benchRooms, 0)
			s.regulars(b, "rosa", "ida")
			count := benchBots
			if isLong() {
				count, _, _ = waveSize(b)
			}
			bots := gather(b, server, "spam%03d", count, s.rooms, func(bot *bot) { bot.meek = true })
			bots.awaitInside(b)
			r := newReplica(b, openStore(b, store.Options{URL: storetest.SQLite(b)}), chatOptions(server))
			_, _, r.patience = waveSize(b)
			by := operator(b, r.store, "nurse", moderation.Everything())
			r.work(b)
			took := make(map[moderation.Way]time.Duration)
			for b.Loop() {
				for _, way := range []moderation.Way{moderation.OneByOne, moderation.Evict} {
					wish := evictSpam(b, s.rooms)
					wish.Selection.Traits.Nicks = nicks(b, "spam???")
					wish.Way = way
					ended := r.awaitEnd(b, by, r.start(b, by, r.plan(b, by, wish)))
					if ended.Outcomes[xmpp.Done] != benchRooms*count {
						b.Fatalf("by the way %q: got %v", way, ended.Outcomes)
					}
					took[way] += ended.Ended.Sub(ended.Began)
					bots.awaitOutside(b)
					bots.comeBack(b)
					r.awaitOnline(b) // a server is too busy for its pings while hundreds come
				}
			}
			b.ReportMetric(float64(took[moderation.OneByOne].Milliseconds())/float64(b.N), "ms-one-by-one")
			b.ReportMetric(float64(took[moderation.Evict].Milliseconds())/float64(b.N), "ms-evict")
			b.ReportMetric(0, "ns/op")
		})
	}
}
