package store

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// eventDelay is how long an event may wait for others to be stored with.
	eventDelay = time.Second
	// eventWindow is how long like events become one entry.
	eventWindow = time.Minute
	// maxEvents bounds the events that wait for a database that takes none.
	maxEvents = 1000
	// eventTimeout bounds one try to store them.
	eventTimeout = 10 * time.Second

	// Events that anybody can bring about may make so many entries at once, and
	// so many a minute from then. With the counts of like events these are some
	// 30,000 a day at most, of a few hundred bytes each.
	strangerBurst  = 60
	strangerMinute = 10
	// Those of people who signed in may be more.
	knownBurst  = 600
	knownMinute = 60
)

// eventTrail stores events in the background, in bounded number. The first of
// its like is an entry within a second. What follows in the same minute is
// counted, and the count is a second entry. Events beyond the limit lose what
// tells them apart: they are counted by kind.
type eventTrail struct {
	now   func() time.Time
	store func(context.Context, []Event) error
	log   *slog.Logger

	strangers, known *rate.Limiter

	mu      sync.Mutex
	waiting []Event
	recent  map[Event]int // events of this minute, how many came after the first
	dropped int
	failing bool
}

func newEventTrail(now func() time.Time, log *slog.Logger, store func(context.Context, []Event) error) *eventTrail {
	return &eventTrail{
		now: now, store: store, log: log,
		strangers: rate.NewLimiter(rate.Limit(strangerMinute)/60, strangerBurst),
		known:     rate.NewLimiter(rate.Limit(knownMinute)/60, knownBurst),
		recent:    make(map[Event]int),
	}
}

// add takes an event, whose text is escaped.
func (t *eventTrail) add(event Event) {
	count := event.Count
	event.Count = 0
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts(event, count) {
		return
	}
	now := t.now()
	limiter := t.known
	if event.Kind.ByStranger() {
		limiter = t.strangers
	}
	if !limiter.AllowN(now, 1) {
		event = Event{Kind: event.Kind, Detail: "many: only their number was kept"}
		if t.counts(event, count) {
			return
		}
	}
	t.recent[event] = 0
	event.Count = count
	t.wait(event.at(now))
}

// counts adds to the count of an event that came before in this minute.
func (t *eventTrail) counts(event Event, count int) bool {
	before, found := t.recent[event]
	if found {
		t.recent[event] = before + count
	}
	return found
}

// wait queues an event to be stored.
func (t *eventTrail) wait(event Event) {
	if len(t.waiting) >= maxEvents {
		t.dropped++
		return
	}
	t.waiting = append(t.waiting, event)
}

// endWindow makes entries of the counts, and begins a new minute.
func (t *eventTrail) endWindow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for event, count := range t.recent {
		if count > 0 {
			event.Count = count
			t.wait(event.at(now))
		}
	}
	clear(t.recent)
}

// run stores events until ctx ends, and then a last time.
func (t *eventTrail) run(ctx context.Context) {
	store := time.NewTicker(eventDelay)
	defer store.Stop()
	window := time.NewTicker(eventWindow)
	defer window.Stop()
	for {
		select {
		case <-ctx.Done():
			t.endWindow()
			t.flush(context.WithoutCancel(ctx))
			t.lose()
			return
		case <-window.C:
			t.endWindow()
		case <-store.C:
			t.flush(ctx)
		}
	}
}

// lose logs how many events are not stored and will not be.
func (t *eventTrail) lose() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if lost := len(t.waiting) + t.dropped; lost > 0 {
		t.log.Error("events lost", "events", lost)
	}
}

// flush stores what waits, and keeps it for another try when that fails.
func (t *eventTrail) flush(ctx context.Context) {
	t.mu.Lock()
	events, dropped := t.waiting, t.dropped
	t.waiting, t.dropped = nil, 0
	t.mu.Unlock()
	if len(events) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, eventTimeout)
	defer cancel()
	err := t.store(ctx, events)
	if err == nil {
		if dropped > 0 {
			t.log.Warn("events were dropped while the store took no entries", "events", dropped)
		}
		t.failing = false
		return
	}
	if !t.failing {
		t.failing = true
		t.log.Warn("events not stored yet", "events", len(events), "error", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	later := t.waiting
	t.waiting, t.dropped = events, t.dropped+dropped
	for _, event := range later {
		t.wait(event)
	}
}
