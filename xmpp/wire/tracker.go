package wire

import "sync"

// A tracker is the table of requests that wait for an answer. Every request
// ends exactly once: answered, abandoned, or failed with the connection.
type tracker struct {
	mu      sync.Mutex
	pending map[string]*request
	limit   int
	same    func(asked, answered string) bool
	closed  bool
}

// A request is an IQ on its way (RFC 6120 §8.2.3).
type request struct {
	id   string
	to   string
	into any        // where the payload of a result is decoded to; nil to ignore it
	done chan error // takes the one end of the request

	sent bool // it may have left; guarded by the tracker
}

func newTracker(limit int, same func(asked, answered string) bool) *tracker {
	return &tracker{pending: make(map[string]*request), limit: limit, same: same}
}

// add registers a new request to the entity `to`, or gives [ErrOverloaded] or
// [ErrOffline].
func (t *tracker) add(to string, into any) (*request, error) {
	req := &request{id: NewID(), to: to, into: into, done: make(chan error, 1)}
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

// claim marks the request as sent, unless it has ended already: then it must
// not be written.
func (t *tracker) claim(req *request) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending[req.id] != req {
		return false
	}
	req.sent = true
	return true
}

// abandon takes the request out of the table and reports whether it may have
// been sent.
func (t *tracker) abandon(req *request) (sent bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.pending, req.id)
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
	delete(t.pending, id)
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
