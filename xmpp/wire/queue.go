package wire

import "sync"

// A lane is how urgent a stanza is.
type lane int

// The lanes, the most urgent first. What is in one lane keeps its order.
const (
	pings   lane = iota // find out whether the server is there
	ordered             // all that we want of the server
	replies             // to others' requests
	lanes
)

// maxReplies is how many replies may wait to be written.
const maxReplies = 64

// outgoing is a stanza that waits to be written. With a request it is written
// only if the request still waits by then.
type outgoing struct {
	data    []byte
	req     *request
	written func() // called when it is written; nil if nobody wants to know
}

// A queue holds what waits to be written, by lanes.
type queue struct {
	wake chan struct{} // something was put

	mu    sync.Mutex
	lanes [lanes][]outgoing
	heads [lanes]int // where the first one stands
	most  [lanes]int
}

func newQueue(size int) *queue {
	return &queue{wake: make(chan struct{}, 1), most: [lanes]int{pings: 2, ordered: size, replies: maxReplies}}
}

// put adds a stanza without waiting, or gives [ErrOverloaded].
func (q *queue) put(l lane, out outgoing) error {
	q.mu.Lock()
	full := len(q.lanes[l])-q.heads[l] >= q.most[l]
	if !full {
		q.lanes[l] = append(q.lanes[l], out)
	}
	q.mu.Unlock()
	if full {
		return ErrOverloaded
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// first returns the first stanza of a lane, and keeps it.
func (q *queue) first(l lane) (out outgoing, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.heads[l] == len(q.lanes[l]) {
		return outgoing{}, false
	}
	return q.lanes[l][q.heads[l]], true
}

// drop removes the first stanza of a lane. The lane moves down when half of it
// is gone, so that it takes no more room than it needs.
func (q *queue) drop(l lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := q.lanes[l]
	waiting[q.heads[l]] = outgoing{}
	q.heads[l]++
	if head := q.heads[l]; 2*head >= len(waiting) {
		n := copy(waiting, waiting[head:])
		clear(waiting[n:])
		q.lanes[l], q.heads[l] = waiting[:n], 0
	}
}
