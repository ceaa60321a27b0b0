package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// errServerClosed means that the server ended the stream in good order.
var errServerClosed = errors.New("the chat server closed the connection")

// closeTimeout is how long the server has for its closing tag.
const closeTimeout = 2 * time.Second

// GoneGrace is how long an entity that is gone has for its last answers. Most
// servers answer all the same, in their order, but ejabberd may leave out what
// reaches a room while it ends.
const GoneGrace = 3 * time.Second

// A Stream is one connection to the chat server, from binding to its end, and
// the requests under way on it. [Stream.Serve] has to run for anything to
// happen. All other methods are safe for concurrent use.
type Stream struct {
	options Options
	conn    *Conn
	tracker *tracker
	writer  *writer
	replies *rate.Limiter // of bytes

	alive context.Context // ends with the stream
	end   context.CancelFunc
	tasks sync.WaitGroup

	suspect chan struct{} // asks the keepalive for a ping at once
	heard   chan struct{} // tells the keepalive that the server is alive
}

// New returns a stream over the connection, which it closes at its end.
func New(conn *Conn, o Options) *Stream {
	s := &Stream{
		options: o,
		conn:    conn,
		tracker: newTracker(o.MaxWaiting, o.SameEntity),
		suspect: make(chan struct{}, 1),
		heard:   make(chan struct{}, 1),
		replies: rate.NewLimiter(replyRate, replyBurst),
	}
	s.writer = newWriter(conn.top, s.tracker, 2*o.MaxWaiting)
	s.alive, s.end = context.WithCancel(context.Background())
	return s
}

// Alive returns a context that ends as soon as the stream does.
func (s *Stream) Alive() context.Context { return s.alive }

// Bound returns our full JID.
func (s *Stream) Bound() string { return s.conn.bound }

// Waiting returns how many requests have no answer yet.
func (s *Stream) Waiting() int { return s.tracker.waiting() }

// Serve runs the stream until ctx ends or the connection does, and returns why.
// Every stanza that answers no request of ours goes to handle, one after the
// other, which must not wait: the stream is read on when it returns. When Serve
// returns every request has ended and every goroutine is gone.
func (s *Stream) Serve(ctx context.Context, handle func(*Element)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.read(handle) })
	group.Go(func() error { return s.writer.run(ctx) })
	group.Go(func() error { return s.keepAlive(ctx) })
	<-ctx.Done()
	s.tracker.close()
	s.end()
	if errors.Is(context.Cause(ctx), errSilent) {
		s.conn.Close() // nobody would hear a farewell
	} else {
		// The server takes us out of all rooms upon it.
		s.writer.end(time.Now().Add(closeTimeout))
	}
	err := group.Wait()
	s.conn.Close()
	s.tasks.Wait()
	return err
}

// read hands every stanza to where it belongs until the stream ends.
func (s *Stream) read(handle func(*Element)) error {
	for {
		el, err := s.conn.reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return errServerClosed
		case err != nil:
			return fmt.Errorf("read from the chat server: %w", err)
		}
		s.markHeard()
		s.route(el, handle)
		el.Skip()
	}
}

// route gives answers to the requests that they belong to, and all else to
// handle.
func (s *Stream) route(el *Element, handle func(*Element)) {
	h := ReadHeader(el.Start)
	if el.Start.Name.Local != "iq" || h.Type != "result" && h.Type != "error" {
		handle(el)
		return
	}
	if req := s.tracker.take(h.ID, h.From); req != nil {
		s.conn.reader.allow()
		req.answer(h, el)
	}
}

// Send queues a stanza that expects no answer.
func (s *Stream) Send(stanza any) error { return s.SendThen(stanza, nil) }

// SendThen is [Stream.Send], and calls written, which must not wait, when the
// stanza leaves.
func (s *Stream) SendThen(stanza any, written func()) error {
	data, err := encode(stanza)
	if err != nil {
		return err
	}
	return s.writer.queue.put(ordered, outgoing{data: data, written: written})
}

// Replies to others' requests must not use up what the server lets us send, nor
// its time: each stream sends replyRate bytes of them a second, and replyBurst at
// once.
const (
	replyRate  = 2 << 10
	replyBurst = 4 << 10

	// leastReply is about the size of the shortest reply.
	leastReply = 100
)

// MayReply reports whether a reply has a chance, so that nobody works for one in
// vain.
func (s *Stream) MayReply() bool { return s.replies.Tokens() >= leastReply }

// Reply queues the answer to somebody's request, to go out when nothing else
// waits. It gives [ErrOverloaded] if there were too many lately: then nobody
// answers.
func (s *Stream) Reply(stanza any) error {
	data, err := encode(stanza)
	if err != nil {
		return err
	}
	if !s.replies.AllowN(time.Now(), len(data)) {
		return ErrOverloaded
	}
	return s.writer.queue.put(replies, outgoing{data: data})
}

// Ask sends an IQ and waits for its answer. The payload of a result is decoded
// into into, unless that is nil. The error is a [*StanzaError] if the entity
// answered with one, [ErrNoAnswer] if it was sent and not answered,
// [ErrNotSent], [ErrOffline] or [ErrOverloaded] if nothing was sent.
//
// Where requests have to wait for others' answers before they are sent, this one
// waits at most half of the time that ctx leaves it, and at most as long as for
// an answer: the time for its answer begins when it is sent. It is not sent when
// others' answers take so long that its own would hardly come in time.
func (s *Stream) Ask(ctx context.Context, to, kind string, payload, into any) error {
	return s.ask(ctx, Terms{}, ordered, to, kind, payload, into)
}

// Terms are on what terms a request is made, besides its context.
type Terms struct {
	// Gone is closed when the entity is gone, so that an answer can hardly be
	// expected any more: it has [GoneGrace] left then. Nil for never.
	Gone <-chan struct{}

	// Still is asked right before the request is sent, which may be long after it
	// was made, and must not wait. With an error the request is not sent and ends
	// with it. Nil for a request that is always wanted.
	Still func() error
}

// AskOn is [Stream.Ask] on terms.
func (s *Stream) AskOn(ctx context.Context, terms Terms, to, kind string, payload, into any) error {
	return s.ask(ctx, terms, ordered, to, kind, payload, into)
}

func (s *Stream) ask(ctx context.Context, terms Terms, l lane, to, kind string, payload, into any) error {
	if ctx.Err() != nil {
		return ErrNotSent
	}
	req, err := s.tracker.add(to, into)
	if err != nil {
		return err
	}
	data, err := encode(IQ{Header: Header{ID: req.id, To: to, Type: kind}, Payload: payload})
	if err != nil {
		s.tracker.abandon(req)
		return err
	}
	req.still = terms.Still
	if l != pings {
		req.size = len(data)
		req.deadline, _ = ctx.Deadline()
	}
	if err := s.writer.queue.put(l, outgoing{data: data, req: req}); err != nil {
		s.tracker.abandon(req)
		return err
	}
	return s.wait(ctx, terms.Gone, req)
}

// wait waits for the end of a request that is queued, or gives it up.
func (s *Stream) wait(ctx context.Context, gone <-chan struct{}, req *request) error {
	limit := s.options.AnswerTimeout
	if deadline, ok := ctx.Deadline(); ok && req.size > 0 {
		limit = min(limit, time.Until(deadline)/2)
	}
	began, written := time.Now(), req.written
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for waiting := true; waiting; {
		select {
		case err := <-req.done:
			return err
		case <-written:
			limit, began, written = s.options.AnswerTimeout, time.Now(), nil
			timer.Reset(limit)
		case <-leaving(gone, written):
			gone = nil
			timer.Reset(min(GoneGrace, limit-time.Since(began)))
		case <-ctx.Done():
			waiting = false
		case <-timer.C:
			waiting = false
			s.Suspect()
		}
	}
	if !s.tracker.abandon(req) {
		return ErrNotSent
	}
	select {
	case err := <-req.done: // the answer came while we gave up
		return err
	default:
		return ErrNoAnswer
	}
}

// leaving returns gone once the request is written: before that nothing is to be
// answered.
func leaving(gone, unwritten <-chan struct{}) <-chan struct{} {
	if unwritten != nil {
		return nil
	}
	return gone
}
