package xmpp

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// errServerClosed means that the server ended the stream in good order.
var errServerClosed = errors.New("the chat server closed the connection")

// closeTimeout is how long the server has for its closing tag.
const closeTimeout = 2 * time.Second

// goneGrace is how long a room that is gone has for its last answers. Most
// servers answer all the same, in their order, but ejabberd may leave out what
// reaches a room while it ends.
const goneGrace = 3 * time.Second

// A stream is one connection to the chat server, from binding to its end, and
// all that is true only as long as it lasts: requests under way and rooms that
// we are in.
type stream struct {
	options Options
	client  *Client
	session *session
	tracker *tracker
	writer  *writer
	domain  string // of our account

	// alive ends with the stream. Joins run under it and not under their
	// callers' contexts, since they serve many callers.
	alive context.Context
	end   context.CancelFunc
	tasks sync.WaitGroup

	services *services
	suspect  chan struct{} // asks the keepalive for a ping at once
	heard    chan struct{} // tells the keepalive that the server is alive

	mu    sync.Mutex
	rooms map[RoomJID]*room

	taskMu sync.Mutex
	ended  bool // no more tasks may begin
}

func newStream(client *Client, s *session) *stream {
	o := client.options
	st := &stream{
		options: o,
		client:  client,
		session: s,
		tracker: newTracker(o.MaxWaiting),
		domain:  client.account.Domainpart(),
		suspect: make(chan struct{}, 1),
		heard:   make(chan struct{}, 1),
		rooms:   make(map[RoomJID]*room),
	}
	st.writer = newWriter(s.Session, st.tracker, 2*o.MaxWaiting)
	st.alive, st.end = context.WithCancel(context.Background())
	st.services = newServices(st, o.Services)
	return st
}

// serve runs the stream until ctx ends or the connection does, and returns why.
// When it returns every request has ended and every goroutine is gone.
func (s *stream) serve(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(s.read)
	group.Go(func() error { return s.writer.run(ctx) })
	group.Go(func() error { return s.keepAlive(ctx) })
	group.Go(func() error { return s.leaveIdleRooms(ctx) })
	<-ctx.Done()
	s.tracker.close()
	s.end()
	if errors.Is(context.Cause(ctx), errSilent) {
		s.session.conn.Close() // nobody would hear a farewell
	} else {
		s.sayGoodbye()
	}
	err := group.Wait()
	s.session.conn.Close()
	s.endTasks()
	s.forgetRooms()
	return err
}

// begin runs a task that serve waits for, unless the stream has ended.
func (s *stream) begin(task func()) bool {
	s.taskMu.Lock()
	defer s.taskMu.Unlock()
	if s.ended {
		return false
	}
	s.tasks.Go(task)
	return true
}

// endTasks lets no task begin any more and waits for those that run.
func (s *stream) endTasks() {
	s.taskMu.Lock()
	s.ended = true
	s.taskMu.Unlock()
	s.tasks.Wait()
}

// sayGoodbye closes our half of the stream, upon which the server takes us out
// of all rooms, and gives the server a moment to close its own. Neither a dead
// connection nor a silent server can hold it up, so errors change nothing.
func (s *stream) sayGoodbye() {
	_ = s.session.Conn().SetDeadline(time.Now().Add(closeTimeout))
	_ = s.session.Close()
}

// read hands every stanza to the dispatcher until the stream ends.
func (s *stream) read() error {
	tokens := s.session.TokenReader()
	defer tokens.Close()
	for {
		token, err := tokens.Token()
		switch {
		case errors.Is(err, io.EOF):
			return errServerClosed
		case err != nil:
			return fmt.Errorf("read from the chat server: %w", err)
		}
		s.markHeard()
		if start, ok := token.(xml.StartElement); ok {
			el := &element{tokens: tokens, start: start.Copy()}
			s.dispatch(el)
			el.skip()
		}
	}
}

// send queues a stanza that expects no answer.
func (s *stream) send(stanza any) error {
	data, err := encode(stanza)
	if err != nil {
		return err
	}
	return s.writer.put(outgoing{data: data})
}

// ask sends an IQ and waits for its answer. The payload of a result is decoded
// into into, unless that is nil. The error is a [*StanzaError] if the entity
// answered with one, [ErrNoAnswer] if it was sent and not answered,
// [ErrNotSent], [ErrOffline] or [ErrOverloaded] if nothing was sent.
func (s *stream) ask(ctx context.Context, to, kind string, payload, into any) error {
	return s.askWhile(ctx, nil, to, kind, payload, into)
}

// askWhile is ask for an answer that can hardly be expected any more once gone
// is closed: it has goneGrace left then.
func (s *stream) askWhile(ctx context.Context, gone <-chan struct{}, to, kind string, payload, into any) error {
	if ctx.Err() != nil {
		return ErrNotSent
	}
	req, err := s.tracker.add(to, into)
	if err != nil {
		return err
	}
	data, err := encode(iq{header: header{ID: req.id, To: to, Type: kind}, Payload: payload})
	if err != nil {
		s.tracker.abandon(req)
		return err
	}
	if err := s.writer.put(outgoing{data: data, req: req}); err != nil {
		s.tracker.abandon(req)
		return err
	}
	timer, began := time.NewTimer(s.options.AnswerTimeout), time.Now()
	defer timer.Stop()
	for waiting := true; waiting; {
		select {
		case err := <-req.done:
			return err
		case <-gone:
			gone = nil
			timer.Reset(min(goneGrace, s.options.AnswerTimeout-time.Since(began)))
		case <-ctx.Done():
			waiting = false
		case <-timer.C:
			waiting = false
			s.askForPing()
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
