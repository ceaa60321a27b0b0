package wire

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

const (
	// batchSize is how many bytes of queued stanzas go out in one write.
	batchSize = 64 << 10

	// writeTimeout is how long a write may hang before the connection counts as
	// dead.
	writeTimeout = 10 * time.Second
)

// outgoing is a stanza that waits to be written. With a request it is written
// only if the request still waits by then.
type outgoing struct {
	data []byte
	req  *request
}

// A writer sends the stanzas of one stream. Whatever is queued when a write
// begins goes out with it, so a burst costs few system calls and packets.
type writer struct {
	queue   chan outgoing
	tracker *tracker
	mu      sync.Mutex // keeps stanzas apart from the closing tag
	conn    net.Conn
}

func newWriter(conn net.Conn, tracker *tracker, size int) *writer {
	return &writer{queue: make(chan outgoing, size), tracker: tracker, conn: conn}
}

// put queues a stanza without waiting, or gives [ErrOverloaded].
func (w *writer) put(out outgoing) error {
	select {
	case w.queue <- out:
		return nil
	default:
		return ErrOverloaded
	}
}

// run writes until ctx ends or a write fails.
func (w *writer) run(ctx context.Context) error {
	batch := make([]byte, 0, batchSize)
	for {
		select {
		case <-ctx.Done():
			return nil
		case out := <-w.queue:
			batch = w.fill(w.appendClaimed(batch[:0], out))
		}
		if err := w.write(batch); err != nil {
			return err
		}
	}
}

// fill adds what waits in the queue to the batch, up to about batchSize.
func (w *writer) fill(batch []byte) []byte {
	for len(batch) < batchSize {
		select {
		case out := <-w.queue:
			batch = w.appendClaimed(batch, out)
		default:
			return batch
		}
	}
	return batch
}

func (w *writer) appendClaimed(batch []byte, out outgoing) []byte {
	if out.req != nil && !w.tracker.claim(out.req) {
		return batch
	}
	return append(batch, out.data...)
}

// write sends the batch.
func (w *writer) write(batch []byte) error {
	if len(batch) == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("write to the chat server: %w", err)
	}
	if _, err := w.conn.Write(batch); err != nil {
		return fmt.Errorf("write to the chat server: %w", err)
	}
	return nil
}

// end closes our half of the stream and waits for the other half until the
// deadline at most.
func (w *writer) end(deadline time.Time) {
	// Neither a dead connection nor a silent server can hold this up, so errors
	// change nothing.
	_ = w.conn.SetDeadline(deadline)
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = io.WriteString(w.conn, "</stream:stream>")
}
