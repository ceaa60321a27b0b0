package xmpp

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp/wire"
)

// A stream is one connection to the chat server with all that is true only as
// long as it lasts: the services that it knows and the rooms that we are in.
type stream struct {
	options Options
	client  *Client
	wire    *wire.Stream
	domain  string // of our account
	began   time.Time

	// alive ends with the stream. Joins run under it and not under their
	// callers' contexts, since they serve many callers.
	alive context.Context
	tasks sync.WaitGroup

	services  *services
	everyRoom *everyRoom

	mu       sync.Mutex
	rooms    map[RoomJID]*room
	results  map[string]bool     // services whose result of a kick was tried: whether it means nothing
	software map[string]Software // of services that were asked

	taskMu sync.Mutex
	ended  bool // no more tasks may begin
}

func newStream(client *Client, w *wire.Stream) *stream {
	s := &stream{
		options:  client.options,
		client:   client,
		wire:     w,
		domain:   client.account.Domainpart(),
		began:    client.options.Now(),
		alive:    w.Alive(),
		rooms:    make(map[RoomJID]*room),
		results:  make(map[string]bool),
		software: make(map[string]Software),
	}
	s.services = newServices(s, client.options.Services)
	s.everyRoom = newEveryRoom(s)
	return s
}

// serve runs the stream until ctx ends or the connection does, and returns why.
// When it returns every request has ended and every goroutine is gone.
func (s *stream) serve(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.wire.Serve(ctx, s.dispatch) })
	group.Go(func() error { return s.leaveIdleRooms(ctx) })
	group.Go(func() error { return s.everyRoom.run(ctx) })
	err := group.Wait()
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

// isOurs reports whether a real JID is of our account.
func (s *stream) isOurs(realJID string) bool {
	return realJID != "" && BareJID(realJID) == BareJID(s.wire.Bound())
}

// ask is [wire.Stream.Ask].
func (s *stream) ask(ctx context.Context, to, kind string, payload, into any) error {
	return s.askOn(ctx, wire.Terms{}, to, kind, payload, into)
}

// askOn is [wire.Stream.AskOn].
func (s *stream) askOn(ctx context.Context, terms wire.Terms, to, kind string, payload, into any) error {
	began := s.options.Now()
	err := s.wire.AskOn(ctx, terms, to, kind, payload, into)
	s.noteAnswer(to, kind, payload, began, err)
	return err
}
