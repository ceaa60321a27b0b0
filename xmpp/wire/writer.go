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

// A writer sends the stanzas of one stream. Whatever is queued when a write
// begins goes out with it, so a burst costs few system calls and packets.
type writer struct {
	queue   *queue
	tracker *tracker
	mu      sync.Mutex // keeps stanzas apart from the closing tag
	conn    net.Conn
	longest int // bytes of the longest stanza since the last padding
}

func newWriter(conn net.Conn, tracker *tracker, size int) *writer {
	return &writer{queue: newQueue(size), tracker: tracker, conn: conn}
}

// run writes until ctx ends or a write fails.
func (w *writer) run(ctx context.Context) error {
	batch := make([]byte, 0, batchSize)
	quiet := time.NewTimer(padAfter)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.queue.wake:
		case <-w.tracker.space:
		case <-quiet.C:
			if err := w.write(w.padding()); err != nil {
				return err
			}
			continue
		}
		for {
			if batch = w.fill(batch[:0]); len(batch) == 0 {
				break
			}
			if err := w.write(batch); err != nil {
				return err
			}
		}
		quiet.Reset(padAfter)
	}
}

// fill adds what may be written to the batch, up to about batchSize, the most
// urgent first.
func (w *writer) fill(batch []byte) []byte {
	for l := range lanes {
		for len(batch) < batchSize {
			out, ok := w.queue.first(l)
			if !ok {
				break
			}
			var c claim
			if out.req != nil {
				w.tracker.recheck(out.req)
				if c = w.tracker.claim(out.req); c == claimLater {
					break
				}
			}
			w.queue.drop(l)
			if c == claimNever {
				continue
			}
			batch = append(batch, out.data...)
			w.longest = max(w.longest, len(out.data))
			if out.written != nil {
				out.written()
			}
		}
	}
	return batch
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
