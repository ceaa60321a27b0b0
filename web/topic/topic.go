// Package topic hands numbered events from one producer to many listeners. It
// remembers the latest events, so that a listener who comes back goes on where it
// was, and drops whoever hears more slowly than events come. What an event says
// is the producer's business.
package topic

import (
	"crypto/rand"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Options are what New needs.
type Options struct {
	Kept    int    // how many events are remembered at most
	Backlog int    // how many may wait for one listener
	Dropped func() // called for each listener that was too slow; must not use the topic
}

// An Event is what all listeners hear.
type Event struct {
	ID   string
	Wire []byte // as it is written; must not be changed
}

// A Topic is a row of events and those who listen to it. Its methods may be called
// at the same time.
type Topic struct {
	options Options
	epoch   string // tells its events from those of every other topic

	mu        sync.Mutex
	closed    bool
	last      uint64  // number of the latest event
	recent    []Event // the latest ones, at most Kept, from the last Restart on
	listeners map[*Listener]struct{}
}

// New returns a topic without events.
func New(o Options) *Topic {
	return &Topic{options: o, epoch: rand.Text()[:8], listeners: make(map[*Listener]struct{})}
}

// form is that of the ids of events: the epoch and a number.
var form = regexp.MustCompile(`^[A-Z2-7]{8}-[0-9]{1,20}$`)

// IsID reports whether a text has the form of an event's id.
func IsID(text string) bool { return form.MatchString(text) }

func (t *Topic) id(number uint64) string { return t.epoch + "-" + strconv.FormatUint(number, 10) }

// Last returns the id of the latest event, or one before all events.
func (t *Topic) Last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.id(t.last)
}

// Publish hands an event to all listeners. The function writes it, and must not
// use the topic.
func (t *Topic) Publish(write func(id string) []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.publish(write)
}

// Restart publishes an event that says all that those before it said, and forgets
// them: who missed one can start over with this one just as well.
func (t *Topic) Restart(write func(id string) []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.recent = nil
	t.publish(write)
}

// publish numbers an event and hands it out. The caller holds mu.
func (t *Topic) publish(write func(id string) []byte) {
	t.last++
	id := t.id(t.last)
	e := Event{ID: id, Wire: write(id)}
	t.recent = append(t.recent, e)
	if len(t.recent) > t.options.Kept {
		t.recent = slices.Delete(t.recent, 0, 1)
	}
	for l := range t.listeners {
		select {
		case l.events <- e:
		default:
			t.drop(l)
			t.options.Dropped()
		}
	}
}

// drop ends a listener from this side. The caller holds mu.
func (t *Topic) drop(l *Listener) {
	delete(t.listeners, l)
	close(l.events)
}

// since returns the events after that of the id, if they are all still there. The
// caller holds mu.
func (t *Topic) since(id string) ([]Event, bool) {
	epoch, text, _ := strings.Cut(id, "-")
	number, err := strconv.ParseUint(text, 10, 64)
	if epoch != t.epoch || err != nil || number > t.last {
		return nil, false
	}
	missed := t.last - number
	if missed > uint64(len(t.recent)) {
		return nil, false
	}
	return slices.Clone(t.recent[uint64(len(t.recent))-missed:]), true
}

// Close drops all listeners, and whoever listens from now on.
func (t *Topic) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for l := range t.listeners {
		t.drop(l)
	}
}

// A Listener is somebody's place in a topic.
type Listener struct {
	topic  *Topic
	events chan Event
}

// Listen adds a listener whose last event was that of the id. It returns the
// events that were missed since, and whether these are all: otherwise the listener
// has to start over, as after [Topic.Last]. What is published from now on comes to
// the listener.
func (t *Topic) Listen(id string) (l *Listener, missed []Event, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l = &Listener{topic: t, events: make(chan Event, t.options.Backlog)}
	t.listeners[l] = struct{}{}
	if t.closed {
		t.drop(l)
	}
	missed, ok = t.since(id)
	return l, missed, ok
}

// Events returns the queue of the listener. It is closed when the listener is
// dropped: because it was too slow, or the topic ended.
func (l *Listener) Events() <-chan Event { return l.events }

// Close ends the listener, which hears nothing more.
func (l *Listener) Close() {
	l.topic.mu.Lock()
	defer l.topic.mu.Unlock()
	delete(l.topic.listeners, l)
}
