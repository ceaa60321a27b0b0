package store

import (
	"sync"
	"time"
)

const (
	// touchInterval is how often the use of a session or token is recorded.
	touchInterval = time.Minute
	// maxTouches bounds the memory of touches; it forgets all beyond.
	maxTouches = 10_000
)

// touches remembers when this process recorded the use of a session or token,
// so that of many requests at once only one writes. The zero value is ready.
type touches struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// due tells whether a use now is to be recorded, when the one recorded last is
// the given one. It answers true once a minute.
func (t *touches) due(id string, recorded, now time.Time) bool {
	if now.Sub(recorded) < touchInterval {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, found := t.last[id]; found && now.Sub(last) < touchInterval {
		return false
	}
	if t.last == nil || len(t.last) >= maxTouches {
		t.last = make(map[string]time.Time)
	}
	t.last[id] = now
	return true
}
