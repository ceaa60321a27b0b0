package mucserver

import (
	"net"
	"sync"
	"time"
)

const (
	// writeChunk is how much is gathered before it is handed to the connection.
	writeChunk = 64 << 10

	writeTimeout = 20 * time.Second
	// endTimeout is how long a client may take to read what waits for it when its
	// session ends.
	endTimeout = 2 * time.Second
)

// A frame is a stanza that lacks the "to" attribute between head and tail. The
// recipients of a broadcast share its bytes.
type frame struct {
	head, tail []byte
}

// outbound is the bounded queue of what waits to be written to one client.
type outbound struct {
	to    []byte   // the "to" attribute of every stanza
	raw   net.Conn // closed when the client is too slow
	limit int
	wake  chan struct{}

	mu       sync.Mutex
	frames   []frame
	size     int // of frames and of what is being written
	ended    bool
	deadline time.Time // for what waits, once ended
	overflow bool
	final    string // ends the stream
}

func newOutbound(jid string, raw net.Conn, limit int) *outbound {
	return &outbound{
		to:    appendAttr(nil, "to", jid),
		raw:   raw,
		limit: limit,
		wake:  make(chan struct{}, 1),
	}
}

// send queues a frame. It never blocks: a client for which too much waits
// already is cut off.
func (o *outbound) send(f frame) {
	size := len(f.head) + len(o.to) + len(f.tail)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.ended:
		return
	case o.size+size > o.limit:
		o.overflow = true
		o.cut()
	default:
		o.frames = append(o.frames, f)
		o.size += size
	}
	o.signal()
}

// end lets the writer finish with what waits already, followed by final.
func (o *outbound) end(final string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return
	}
	o.ended, o.final, o.deadline = true, final, time.Now().Add(endTimeout)
	// The writer may be waiting for a client that does not read.
	_ = o.raw.SetWriteDeadline(o.deadline)
	o.signal()
}

// abort closes the connection and drops what waits.
func (o *outbound) abort() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cut()
	o.signal()
}

func (o *outbound) cut() {
	o.ended, o.final, o.frames = true, "", nil
	_ = o.raw.Close() // the reader reports what the connection suffered
}

func (o *outbound) signal() {
	select {
	case o.wake <- struct{}{}:
	default: // the writer has been woken already
	}
}

func (o *outbound) hasEnded() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ended
}

func (o *outbound) overflowed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.overflow
}

// take returns all frames that wait, using spare for those to come. What it
// returned last counts as written.
func (o *outbound) take(spare []frame) (frames []frame, final string, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames = o.frames
	o.frames = spare[:0]
	o.size = 0
	for _, f := range frames {
		o.size += len(f.head) + len(o.to) + len(f.tail)
	}
	return frames, o.final, o.ended
}

// run writes to conn what is queued until the queue has ended or conn fails.
func (o *outbound) run(conn net.Conn) error {
	var spare []frame
	buf := make([]byte, 0, writeChunk)
	for range o.wake {
		frames, final, ended := o.take(spare)
		for _, f := range frames {
			if len(buf) > 0 && len(buf)+len(f.head)+len(o.to)+len(f.tail) > writeChunk {
				if err := o.write(conn, buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
			buf = append(append(append(buf, f.head...), o.to...), f.tail...)
		}
		buf = append(buf, final...)
		if err := o.write(conn, buf); err != nil {
			return err
		}
		if cap(buf) > 4*writeChunk {
			buf = make([]byte, 0, writeChunk)
		}
		buf = buf[:0]
		if ended {
			return nil
		}
		clear(frames)
		spare = frames
	}
	return nil
}

func (o *outbound) write(conn net.Conn, b []byte) error {
	o.mu.Lock()
	deadline := o.deadline
	o.mu.Unlock()
	if deadline.IsZero() {
		deadline = time.Now().Add(writeTimeout)
	}
	return writeUntil(conn, b, deadline)
}

func writeUntil(conn net.Conn, b []byte, deadline time.Time) error {
	if len(b) == 0 {
		return nil
	}
	if err := conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	_, err := conn.Write(b)
	return err
}
