package faulttest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
)

// A footprint is what muckick holds in this process.
type footprint struct {
	goroutines map[string]int // muckick's own, by what started them
	heap       uint64         // bytes in use
	files      map[string]int // open file descriptors of the process, by kind
	rooms      int            // joined
	waiting    int            // requests to the chat server
}

func (f footprint) String() string {
	return fmt.Sprintf("%d goroutines, %.1f MiB heap, %d files, %d rooms, %d waiting",
		sum(f.goroutines), float64(f.heap)/(1<<20), sum(f.files), f.rooms, f.waiting)
}

func sum(counts map[string]int) (n int) {
	for count := range maps.Values(counts) {
		n += count
	}
	return n
}

// heapSlack is what the heap may grow by: the answers that the test itself
// keeps, and what the allocator does not give back at once.
const heapSlack = 12 << 20

// settled waits until muckick holds nothing that only a burst needs, and
// returns what it holds then. It is in as many rooms as pages follow.
func (r *rig) settled(t testing.TB) footprint {
	t.Helper()
	r.site.http.CloseIdleConnections()
	eventually(t, "leaving idle rooms", func() bool {
		load := r.site.chat.Load()
		return load.JoinedRooms == r.followed && load.Waiting == 0
	})
	return r.footprint(t)
}

func (r *rig) footprint(t testing.TB) footprint {
	t.Helper()
	runtime.GC()
	runtime.GC() // pools survive one collection
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	load := r.site.chat.Load()
	return footprint{
		goroutines: ownGoroutines(t), heap: memory.HeapAlloc, files: openFiles(t),
		rooms: load.JoinedRooms, waiting: load.Waiting,
	}
}

// openFiles counts the open file descriptors of the process, those of the
// store's database apart: it opens a few connections, and keeps them, when they
// are first needed at the same time.
func openFiles(t testing.TB) map[string]int {
	t.Helper()
	const folder = "/proc/self/fd/"
	counts := make(map[string]int)
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("open files are counted on Linux only")
		return counts
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		target, err := os.Readlink(folder + file.Name())
		kind, _, _ := strings.Cut(target, ":[")
		if err == nil && !strings.Contains(target, "store.db") {
			counts[kind]++
		}
	}
	return counts
}

// ownGoroutines counts the goroutines that run muckick or its chat library, by
// what started them. Those of the test, of its proxy, of the servers in this
// process and of fasthttp's pool of idle workers come and go on their own.
func ownGoroutines(t testing.TB) map[string]int {
	t.Helper()
	var text strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&text, 2); err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]int)
	for stack := range strings.SplitSeq(text.String(), "\n\n") {
		if isOwn(stack) {
			counts[origin(stack)]++
		}
	}
	return counts
}

// isOwn reports whether muckick or its chat library is on the stack, and no
// test.
func isOwn(stack string) bool {
	for _, foreign := range []string{"muckick/web/faulttest", "muckick/xmpp/xmpptest", "muckick/xmpp/mucserver"} {
		if strings.Contains(stack, foreign) {
			return false
		}
	}
	return strings.Contains(stack, "\nmuckick/") || strings.Contains(stack, "\nmellium.im/") ||
		strings.Contains(stack, "\ncreated by muckick/")
}

// origin names the outermost function of the goroutine that is muckick's, or
// else what started it.
func origin(stack string) string {
	stack, creator, _ := strings.Cut(stack, "\ncreated by ")
	creator, _, _ = strings.Cut(creator, " in goroutine")
	lines := strings.Split(stack, "\n")
	for i := len(lines) - 1; i > 0; i-- {
		if strings.HasPrefix(lines[i], "muckick/") {
			frame, _, _ := strings.Cut(lines[i], "({")
			frame, _, _ = strings.Cut(frame, "(0x")
			return frame
		}
	}
	return creator
}

// verifyFootprint waits until muckick holds no more than before.
func (r *rig) verifyFootprint(t testing.TB, before footprint) footprint {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		now := r.settled(t)
		excess := before.excess(now)
		if len(excess) == 0 {
			return now
		}
		if !pause(ctx, 10*pollEvery) {
			t.Errorf("left over after the fault: %s (%v, before %v)", strings.Join(excess, "; "), now, before)
			return now
		}
	}
}

// excess names what now has more of.
func (f footprint) excess(now footprint) []string {
	var found []string
	for _, who := range slices.Sorted(maps.Keys(now.goroutines)) {
		if extra := now.goroutines[who] - f.goroutines[who]; extra > 0 {
			found = append(found, fmt.Sprintf("%d goroutines of %s", extra, who))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(now.files)) {
		if extra := now.files[kind] - f.files[kind]; extra > 0 {
			found = append(found, fmt.Sprintf("%d of %s", extra, kind))
		}
	}
	if now.heap > f.heap+heapSlack {
		found = append(found, fmt.Sprintf("%d bytes of heap", now.heap-f.heap))
	}
	return found
}
