package store_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

const (
	// trailRows is how many attempts the trail of BenchmarkTrail has.
	trailRows = 3_000_000
	// exportedRows is how many of them an export is measured with.
	exportedRows = 300_000
)

// BenchmarkTrail measures a trail of three million attempts: each filter alone and
// in pairs (the slowest first page of all, those above 50 ms are logged), exports,
// and kicks beside both, against kicks alone and on an empty trail. Making the
// trail takes minutes.
//
//	go test -run '^$' -bench BenchmarkTrail -benchtime 1x -timeout 1h ./web/store
func BenchmarkTrail(b *testing.B) {
	for name, url := range databases {
		b.Run(name, func(b *testing.B) {
			empty := open(b, store.Options{URL: patient(url(b))})
			full := open(b, store.Options{URL: patient(url(b))})
			fillTrail(b, full)
			b.Run("filters", func(b *testing.B) { measureFilters(b, full) })
			b.Run("export", func(b *testing.B) { measureExports(b, full) })
			b.Run("kicks", func(b *testing.B) { measureKicks(b, full, empty) })
		})
	}
}

// patient returns a URL by which Postgres allows statements to take long, as
// making the trail does.
func patient(url string) string {
	if !strings.HasPrefix(url, "postgres:") {
		return url
	}
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	return url + separator + "statement_timeout=0&idle_in_transaction_session_timeout=0"
}

// trailStart is when the first attempt of the trail was. Each is 2^23 µs after the
// one before, some eight seconds, so that SQL can write ids: their first 11
// characters are the time in units of two microseconds.
const trailStart = 1_740_000_000_000_000 >> 23 << 23

// The trail has 400 rooms, the busiest with an eighth of all; 20,000 nicks, of which
// Bob is one in twenty; eight operators and tokens; and accounts in every second row.
const trailSQL = `INSERT INTO attempts (id, at, replica, actor_kind, actor, actor_id, address, room, nick,
		real_jid, real_bare, reason, action, effect, job, outcome, detail, duration_us)
	WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < %d - 1),
		r AS (SELECT i, %d + i * 8388608 AS at, (i * 2654435761 + 12345) %% 1000003 AS h, (i * 40503 + 7) %% 65537 AS g FROM n)
	SELECT %s || substr(CAST(10000000000000 + i AS TEXT), 2, 13), at, 'gone',
		CASE WHEN h %% 10 < 7 THEN 'api' WHEN h %% 10 < 9 THEN 'operator' ELSE 'token' END,
		CASE WHEN h %% 10 < 7 THEN '' ELSE 'actor' || CAST(h %% 8 AS TEXT) END, CASE WHEN h %% 10 < 7 THEN '' ELSE 'id' || CAST(h %% 8 AS TEXT) END,
		'192.0.2.7', CASE WHEN g %% 8 = 0 THEN 'busy' ELSE 'room' || CAST(g %% 400 AS TEXT) END || '@' || CASE WHEN h %% 3 = 0 THEN 'muc.example.net' ELSE 'chat.example.org' END,
		CASE WHEN h %% 20 = 3 THEN 'Bob' ELSE 'nick' || CAST(h %% 20000 AS TEXT) END,
		CASE WHEN g %% 2 = 0 THEN '' ELSE 'account' || CAST(h %% 30000 AS TEXT) || '@example.org/phone' END,
		CASE WHEN g %% 2 = 0 THEN '' ELSE 'account' || CAST(h %% 30000 AS TEXT) || '@example.org' END,
		'Time for bed.', CASE WHEN g %% 50 = 9 THEN 'ban' ELSE 'kick' END, '', '',
		CASE WHEN g %% 100 < 96 THEN 'kicked' WHEN g %% 100 = 96 THEN 'refused' WHEN g %% 100 < 99 THEN 'not found'
			WHEN h %% 4 = 0 THEN 'unknown' ELSE 'failed' END, '', 1500
	FROM r`

// fillTrail makes the trail, and its indexes after that, which is quicker.
func fillTrail(b *testing.B, s *store.Store) {
	b.Helper()
	begun := time.Now()
	var digits []string
	for shift := 50; shift >= 0; shift -= 5 {
		digits = append(digits, fmt.Sprintf("substr('0123456789abcdefghijklmnopqrstuv', CAST((at >> %d) & 31 AS INTEGER) + 1, 1)", shift+1))
	}
	indexes := s.Indexes(b, "attempts")
	for name := range indexes {
		tamper(b, s, "DROP INDEX "+name)
	}
	tamper(b, s, fmt.Sprintf(trailSQL, trailRows, trailStart, strings.Join(digits, " || ")))
	for _, definition := range indexes {
		tamper(b, s, definition)
	}
	tamper(b, s, "ANALYZE attempts")
	b.Logf("%d attempts in %v", trailRows, time.Since(begun).Round(time.Second))
}

// benchFilters are values of each filter: what is often there, seldom, or never.
func benchFilters() map[string][]func(*store.Filter) {
	at := func(share float64) time.Time {
		return time.UnixMicro(trailStart + int64(share*trailRows)<<23)
	}
	set := func(field func(*store.Filter) *string, values ...string) (all []func(*store.Filter)) {
		for _, value := range values {
			all = append(all, func(f *store.Filter) { *field(f) = value })
		}
		return all
	}
	return map[string][]func(*store.Filter){
		"from":  {func(f *store.Filter) { f.From = at(0.99) }, func(f *store.Filter) { f.From = at(2) }},
		"to":    {func(f *store.Filter) { f.To = at(0.3) }, func(f *store.Filter) { f.To = at(-1) }},
		"kind":  {func(f *store.Filter) { f.Kind = store.ByToken }, func(f *store.Filter) { f.Kind = store.ByCommand }},
		"actor": set(func(f *store.Filter) *string { return &f.Actor }, "actor3", "nobody"),
		"room": set(func(f *store.Filter) *string { return &f.Room }, "busy@chat.example.org", "room13@muc.example.net",
			"none@chat.example.org"),
		"nick":    set(func(f *store.Filter) *string { return &f.Nick }, "Bob", "nick4711", "Nobody"),
		"account": set(func(f *store.Filter) *string { return &f.RealJID }, "account4711@example.org", "nobody@example.org"),
		"action":  {func(f *store.Filter) { f.Action = xmpp.ActionBan }, func(f *store.Filter) { f.Action = xmpp.ActionUnban }},
		"outcome": {
			func(f *store.Filter) { f.Outcome = xmpp.Done }, func(f *store.Filter) { f.Outcome = xmpp.Unknown },
			func(f *store.Filter) { f.Outcome = xmpp.Pending }, func(f *store.Filter) { f.Outcome = xmpp.Cancelled },
		},
		"scope": {
			func(f *store.Filter) { f.Within = scopes("room13@muc.example.net") },
			func(f *store.Filter) { f.Within = scopes("muc.example.net") },
			func(f *store.Filter) { f.Within = scopes("nowhere.example.net") },
			func(f *store.Filter) { f.Within = scopes("none@chat.example.org", "room13@muc.example.net") },
		},
	}
}

func scopes(texts ...string) (all []moderation.Scope) {
	for _, text := range texts {
		scope, err := moderation.ParseScope(text)
		if err != nil {
			panic(err)
		}
		all = append(all, scope)
	}
	return all
}

func measureFilters(b *testing.B, s *store.Store) {
	type search struct {
		name string
		took time.Duration
	}
	var searches []search
	above := 0
	for range b.N {
		eachPair(func(name string, filter store.Filter) {
			var times []time.Duration
			for range 3 {
				begun := time.Now()
				if _, _, err := s.Attempts(b.Context(), filter, store.Page{}); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(begun))
			}
			took := slices.Sorted(slices.Values(times))[1]
			searches = append(searches, search{name, took})
			if took > 50*time.Millisecond {
				above++
			}
		})
	}
	slices.SortFunc(searches, func(a, b search) int { return cmp.Compare(b.took, a.took) })
	b.Logf("the slowest of %d: %v", len(searches), searches[:5])
	b.ReportMetric(searches[0].took.Seconds()*1e3, "slowest-ms")
	b.ReportMetric(float64(above)/float64(b.N), "above-50ms")
	b.ReportMetric(0, "ns/op")
}

// eachPair calls do with every filter alone and with every pair.
func eachPair(do func(string, store.Filter)) {
	filters := benchFilters()
	names := make([]string, 0, len(filters))
	for name := range filters {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		for a, first := range filters[name] {
			var one store.Filter
			first(&one)
			do(fmt.Sprint(name, a), one)
			for _, other := range names[i+1:] {
				for c, second := range filters[other] {
					two := one
					second(&two)
					do(fmt.Sprint(name, a, " ", other, c), two)
				}
			}
		}
	}
}

func measureExports(b *testing.B, s *store.Store) {
	for name, write := range map[string]func(io.Writer, iter.Seq2[store.Attempt, error]) error{
		"csv": store.WriteCSV, "json": store.WriteJSONLines,
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if err := write(io.Discard, first(exportedRows, s.EachAttempt(b.Context(), store.Filter{}))); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*exportedRows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func first(count int, attempts iter.Seq2[store.Attempt, error]) iter.Seq2[store.Attempt, error] {
	return func(yield func(store.Attempt, error) bool) {
		left := count
		for a, err := range attempts {
			if left == 0 || !yield(a, err) {
				return
			}
			left--
		}
	}
}

// measureKicks reports the rate on the full trail to that on the empty one, the median
// and the 99th percentile beside two searches and two exports to those without, and how
// many rows a second the exports have beside the kicks. The chat server takes a
// millisecond and no processor.
func measureKicks(b *testing.B, full, empty *store.Store) {
	kick := func() { time.Sleep(time.Millisecond) }
	ways := []struct {
		name  string
		s     *store.Store
		quiet bool
		each  []time.Duration
		took  time.Duration
	}{{name: "empty", s: empty, quiet: true}, {name: "full", s: full, quiet: true}, {name: "beside", s: full}}
	var exported atomic.Int64
	for range b.N * 15 {
		for i := range ways {
			way := &ways[i]
			stop := func() {}
			if !way.quiet {
				stop = searchOn(b, way.s, &exported)
			}
			var mu sync.Mutex
			var group sync.WaitGroup
			begun := time.Now()
			for range 16 {
				group.Go(func() {
					for range 200 {
						begun := time.Now()
						if err := audit(b, way.s, kick); err != nil {
							b.Error(err)
							return
						}
						mu.Lock()
						way.each = append(way.each, time.Since(begun))
						mu.Unlock()
					}
				})
			}
			group.Wait()
			way.took += time.Since(begun)
			stop()
		}
	}
	p := func(i int, q float64) float64 {
		slices.Sort(ways[i].each)
		return ways[i].each[int(q*float64(len(ways[i].each)-1))].Seconds()
	}
	b.ReportMetric(float64(len(ways[0].each))/ways[0].took.Seconds(), "kicks/s")
	b.ReportMetric(ways[0].took.Seconds()/ways[1].took.Seconds(), "full/empty-rate")
	b.ReportMetric(p(1, 0.99)*1e3, "p99-ms")
	b.ReportMetric(p(2, 0.5)/p(1, 0.5), "beside/full-p50")
	b.ReportMetric(p(2, 0.99)/p(1, 0.99), "beside/full-p99")
	b.ReportMetric(float64(exported.Load())/ways[2].took.Seconds(), "beside-rows/s")
	b.ReportMetric(0, "ns/op")
}

// searchOn searches and exports until the returned function is called, and counts the
// exported rows.
func searchOn(b *testing.B, s *store.Store, exported *atomic.Int64) (stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for ctx.Err() == nil {
				_, _, err := s.Attempts(ctx, store.Filter{Nick: "Bob", Outcome: xmpp.Unknown}, store.Page{})
				if err != nil && ctx.Err() == nil {
					b.Error(err)
				}
			}
		})
		group.Go(func() {
			for ctx.Err() == nil {
				err := store.WriteCSV(lineCounter{exported}, s.EachAttempt(ctx, store.Filter{}))
				if err != nil && ctx.Err() == nil {
					b.Error(err)
				}
			}
		})
	}
	return func() { cancel(); group.Wait() }
}

// lineCounter counts the lines that are written to it.
type lineCounter struct{ lines *atomic.Int64 }

func (c lineCounter) Write(text []byte) (int, error) {
	c.lines.Add(int64(bytes.Count(text, []byte("\n"))))
	return len(text), nil
}
