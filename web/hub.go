package web

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"muckick/xmpp"
)

// idleGrace is how long a room is still followed when its last panel has gone, so
// that one which connects again misses nothing.
const idleGrace = time.Minute

// A hub follows rooms for panels. Each room that somebody looks at has one
// [feed], however many panels there are.
type hub struct {
	chat    watcher
	locks   lockReader
	now     func() time.Time
	dropped prometheus.Counter

	mu     sync.Mutex
	feeds  map[xmpp.RoomJID]*feed
	closed bool

	ctx  context.Context // ends with the hub
	stop context.CancelFunc
	work sync.WaitGroup
}

func newHub(chat watcher, locks lockReader, now func() time.Time, dropped prometheus.Counter) *hub {
	h := &hub{chat: chat, locks: locks, now: now, dropped: dropped, feeds: make(map[xmpp.RoomJID]*feed)}
	h.ctx, h.stop = context.WithCancel(context.Background())
	return h
}

// follow returns the feed of a room, which goes on at least until leave is
// called as often as follow was.
func (h *hub) follow(room xmpp.RoomJID) *feed {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.feeds[room]
	if f == nil {
		ctx, stop := context.WithCancel(h.ctx)
		f = newFeed(h, room, stop)
		if !h.closed {
			h.feeds[room] = f
			h.work.Go(func() { f.run(ctx) })
		}
	}
	if f.expiry != nil {
		f.expiry.Stop()
	}
	f.users++
	return f
}

// refresh looks anew at what a room is, if anybody follows it.
func (h *hub) refresh(ctx context.Context, room xmpp.RoomJID) {
	h.mu.Lock()
	f := h.feeds[room]
	h.mu.Unlock()
	if f != nil {
		f.renewInfo(ctx)
	}
}

// leave ends one use of a feed; the last one ends it after a while.
func (h *hub) leave(f *feed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f.users--
	if f.users == 0 && !h.closed {
		f.expiry = time.AfterFunc(idleGrace, func() { h.expire(f) })
	}
}

// expire ends a feed that nobody has used since.
func (h *hub) expire(f *feed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.users == 0 && h.feeds[f.room] == f {
		delete(h.feeds, f.room)
		f.stop()
	}
}

// close ends all feeds, and with them the streams of events, and waits for
// their work to end.
func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	for _, f := range h.feeds {
		if f.expiry != nil {
			f.expiry.Stop()
		}
	}
	h.mu.Unlock()
	h.stop()
	h.work.Wait()
}
