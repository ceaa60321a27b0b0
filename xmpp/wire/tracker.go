package wire

import (
	"sync"
	"time"
)

// window is how many bytes of requests may be under way on one stream. Servers
// read a client at a limited rate, Prosody at 10 kB/s by default: what is sent
// beyond that waits in the server, where it cannot be taken back.
const window = 32 << 10

// A tracker is the table of requests that wait for an answer. Every request
// ends exactly once: answered, abandoned, or failed with the connection.
type tracker struct {
	mu      sync.Mutex
	pending map[string]*request
	limit   int
	same    func(asked, answered string) bool
	closed  bool

	inFlight int           // bytes of the requests that were sent
	lag      time.Duration // how long the latest answer took
	stuck    bool          // one did not fit into the window
	space    chan struct{} // told when there is space after that
}

// A request is an IQ on its way (RFC 6120 §8.2.3).
type request struct {
	id   string
	to   string
	into any        // where the payload of a result is decoded to; nil to ignore it
	done chan error // takes the one end of the request

	still    func() error  // see [Terms]; set before it is queued
	size     int           // bytes that count for the window, 0 if it passes it by; set before it is queued
	deadline time.Time     // when its answer is of no use any more; zero for never; set before it is queued
	written  chan struct{} // closed when it is sent

	sent   bool      // it may have left; guarded by the tracker
	sentAt time.Time // guarded by the tracker
}

func newTracker(limit int, same func(asked, answered string) bool) *tracker {
	return &tracker{pending: make(map[string]*request), limit: limit, same: same, space: make(chan struct{}, 1)}
}

// add registers a new request to the entity `to`, or gives [ErrOverloaded] or
// [ErrOffline].
func (t *tracker) add(to string, into any) (*request, error) {
	req := &request{id: NewID(), to: to, into: into, done: make(chan error, 1), written: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return nil, ErrOffline
	case len(t.pending) >= t.limit:
		return nil, ErrOverloaded
	}
	t.pending[req.id] = req
	return req, nil
}

// A claim says whether a request may be written.
type claim int

const (
	claimNow   claim = iota
	claimLater       // when the window has space
	claimNever       // it has ended
)

// claim marks the request as sent, unless it may not be. One that is larger than
// the window is sent alone. One whose answer would come too late ends unsent.
func (t *tracker) claim(req *request) claim {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	switch {
	case t.pending[req.id] != req:
		return claimNever
	case t.tooLate(req, now):
		t.remove(req)
		req.done <- ErrNotSent
		return claimNever
	case req.size > 0 && t.inFlight > 0 && t.inFlight+req.size > window:
		t.stuck = true
		return claimLater
	}
	t.inFlight += req.size
	req.sent, req.sentAt = true, now
	close(req.written)
	return claimNow
}

// recheck ends a request that is not wanted any more.
func (t *tracker) recheck(req *request) {
	if req.still == nil {
		return
	}
	err := req.still() // without the lock, since it takes others
	if err == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending[req.id] == req {
		t.remove(req)
		req.done <- err
	}
}

// tooLate reports whether the request's answer can hardly come in time: so much is
// under way that it waits for its turn in the server as the latest one did, and
// that one took more than half of the time that is left.
func (t *tracker) tooLate(req *request, now time.Time) bool {
	return req.size > 0 && t.inFlight > window/8 && !req.deadline.IsZero() && req.deadline.Sub(now) < 2*t.lag
}

// remove takes the request out of the table and gives its space back.
func (t *tracker) remove(req *request) {
	if t.pending[req.id] != req {
		return
	}
	delete(t.pending, req.id)
	if req.sent {
		t.inFlight -= req.size
	}
	if t.stuck {
		t.stuck = false
		select {
		case t.space <- struct{}{}:
		default:
		}
	}
}

// abandon takes the request out of the table and reports whether it may have
// been sent.
func (t *tracker) abandon(req *request) (sent bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(req)
	return req.sent
}

// take removes and returns the request that an answer with this id from this
// sender belongs to. An answer from anybody else than the one who was asked is
// none.
func (t *tracker) take(id, from string) *request {
	t.mu.Lock()
	defer t.mu.Unlock()
	req := t.pending[id]
	if req == nil || !req.sent || req.to != from && (t.same == nil || !t.same(req.to, from)) {
		return nil
	}
	t.remove(req)
	t.lag = time.Since(req.sentAt)
	return req
}

// close fails every request at once and refuses later ones.
func (t *tracker) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for id, req := range t.pending {
		delete(t.pending, id)
		if req.sent {
			req.done <- ErrNoAnswer
		} else {
			req.done <- ErrOffline
		}
	}
}

// waiting returns how many requests wait for an answer.
func (t *tracker) waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.pending)
}

// answer decodes an IQ of type result or error and ends the request. Decoding
// happens here, on the reading goroutine, since the stream has to be read on.
func (req *request) answer(h Header, el *Element) {
	if h.Type == "error" {
		refused, err := el.DecodeError()
		if err != nil {
			req.done <- ErrNoAnswer
			return
		}
		req.done <- refused
		return
	}
	var err error
	if req.into != nil {
		err = el.Decode(req.into)
	}
	el.Skip()
	switch {
	case el.err != nil: // the connection broke in the middle of the answer
		req.done <- ErrNoAnswer
	case err != nil:
		req.done <- &ProtocolError{From: h.From, Err: err}
	default:
		req.done <- nil
	}
}
