package web

import (
	"bufio"
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/klauspost/compress/gzip"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/topic"
	"muckick/web/transport"
	"muckick/xmpp"
)

const (
	// beatEvery is how often a stream says that it is alive.
	beatEvery = 15 * time.Second

	// streamBuffer is how many bytes the kernel keeps for one panel that does
	// not read.
	streamBuffer = 128 << 10

	// gathered is how many bytes of small events are compressed together.
	gathered = 2 << 10
)

// handleEvents streams what every page wants to hear: how the chat server is.
func (s *Server) handleEvents(c *fiber.Ctx) error {
	return s.stream(c, nil, nil)
}

// handleRoomEvents streams what happens in a room as well.
func (s *Server) handleRoomEvents(c *fiber.Ctx) error {
	room, err := roomOf(c)
	if err != nil {
		return err
	}
	return s.stream(c, &room, nil)
}

// stream answers with Server-Sent Events until the client leaves, the session
// or the feed ends, or the server shuts down. Without a room it tells only how
// the chat server is, and what follow tells, which runs until its context ends.
func (s *Server) stream(c *fiber.Ctx, room *xmpp.RoomJID, follow func(ctx context.Context, tell func(wire []byte))) error {
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set("X-Accel-Buffering", "no") // nginx would hold events back
	// Its small buffer makes the connection unfit for other requests.
	c.Context().SetConnectionClose()
	transport.LimitSendBuffer(c.Context().Conn(), streamBuffer)
	secret, _ := s.cookies.get(c, sessionCookie(c))
	grants := principalOf(c).Grants
	out := &eventStream{
		server: s, last: lastEventID(c), may: mayOf(c).Words(), zip: acceptsGzip(c), grants: grants, dismissed: s.dismissedWaves(c),
	}
	c.Vary(fiber.HeaderAcceptEncoding)
	if out.zip {
		c.Set(fiber.HeaderContentEncoding, "gzip")
	}
	s.streams.Start(c.Context(), func(w *bufio.Writer, cut func(error)) error {
		ctx, stop := s.whileSignedIn(s.hub.ctx, secret, grants, cut)
		defer stop()
		if room != nil {
			out.feed = s.hub.follow(*room)
			defer s.hub.leave(out.feed)
		}
		if follow != nil {
			out.told = make(chan []byte)
			var following sync.WaitGroup
			defer following.Wait()
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			following.Go(func() {
				follow(ctx, func(wire []byte) {
					select {
					case out.told <- wire:
					case <-ctx.Done():
					}
				})
			})
		}
		s.metrics.streams.Inc()
		defer s.metrics.streams.Dec()
		out.run(ctx, w)
		return nil
	})
	return nil
}

// acceptsGzip reports whether the answer may be compressed. That is safe for
// events, since nothing in them is the reader's secret: no token, no cookie.
func acceptsGzip(c *fiber.Ctx) bool {
	return c.Get(fiber.HeaderAcceptEncoding) != "" && c.AcceptsEncodings("gzip") != ""
}

// lastEventID is the id of the last event that the page has heard; empty if it
// names none. It is repeated in the stream, so it has to be one of ours.
func lastEventID(c *fiber.Ctx) string {
	id := cmp.Or(c.Get("Last-Event-ID"), c.Query("last"))
	if !topic.IsID(id) {
		return ""
	}
	return id
}

// An eventStream is one page's stream.
type eventStream struct {
	server *Server
	feed   *feed       // nil for pages without a room
	told   chan []byte // what else the page is told; nil for nothing
	last   string
	may    string // what the page may offer
	zip    bool   // compress

	grants    moderation.Grants
	dismissed time.Time     // when waves were, last
	jobs      string        // that go on, as the page was told; empty for none
	out       *bufio.Writer // takes the events
	w         *bufio.Writer // what out leads to, or the same
}

// run writes events. That the client left shows as a failed write.
func (e *eventStream) run(ctx context.Context, w *bufio.Writer) {
	e.w, e.out = w, w
	if e.zip {
		// At this level a compressor keeps nothing between its writes, and holds
		// nothing back: it costs thousands of quiet streams no memory.
		zip, _ := gzip.NewWriterLevel(w, gzip.StatelessCompression) // fails for unknown levels only
		defer zip.Close()
		e.out = bufio.NewWriterSize(zip, gathered)
	}
	var events <-chan topic.Event
	var first []topic.Event
	if e.feed != nil {
		var l *topic.Listener
		l, first = e.feed.listen(e.last)
		defer l.Close()
		events = l.Events()
	}
	e.write(sse("may", e.id(), e.may))
	status, changed := e.server.chat.Status()
	e.write(sse("status", e.id(), renderText(views.ChatStatus(offlineModel(status)))))
	waved := e.writeWave()
	for _, event := range first {
		e.writeEvent(event)
	}
	if !e.beat() {
		return
	}
	ticker, looks := time.NewTicker(beatEvery), time.NewTicker(jobsFresh)
	defer ticker.Stop()
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-looks.C:
			if !e.writeJobs(ctx) {
				continue
			}
		case event, ok := <-events:
			if !ok {
				return
			}
			e.writeEvent(event)
			e.drain(events)
		case <-waved:
			waved = e.writeWave()
		case wire := <-e.told:
			e.write(wire)
		case <-changed:
			status, changed = e.server.chat.Status()
			e.write(sse("status", e.id(), renderText(views.ChatStatus(offlineModel(status)))))
		case <-ticker.C:
			if !e.beat() {
				return
			}
		}
		if !e.flush() {
			return
		}
	}
}

// writeWave writes which wave goes on, and returns what is closed when that changes.
func (e *eventStream) writeWave() (changed <-chan struct{}) {
	current, changed := e.server.waves.look()
	e.write(sse("wave", e.id(), renderText(views.WaveWords(waveModel(current, e.grants, e.dismissed)))))
	return changed
}

// writeJobs writes which jobs go on, if that is news.
func (e *eventStream) writeJobs(ctx context.Context) (news bool) {
	running := e.server.running.shownTo(ctx, e.grants)
	if len(running) == 0 && e.jobs == "" {
		return false
	}
	jobs := renderText(views.RunningJobs(running))
	if news = jobs != e.jobs; news {
		e.write(sse("jobs", e.id(), jobs))
	}
	if e.jobs = jobs; len(running) == 0 {
		e.jobs = ""
	}
	return news
}

// drain writes what else waits, so that it goes out together.
func (e *eventStream) drain(events <-chan topic.Event) {
	for {
		select {
		case event, ok := <-events:
			if !ok {
				return // seen again by run
			}
			e.writeEvent(event)
		default:
			return
		}
	}
}

func (e *eventStream) writeEvent(event topic.Event) {
	e.last = event.ID
	e.write(event.Wire)
}

// id is that of the last event written. Events that belong to the page and not
// to the room repeat it, so that a page that connects again loses nothing.
func (e *eventStream) id() string { return e.last }

// write adds to the buffer. An error shows in flush.
func (e *eventStream) write(wire []byte) { _, _ = e.out.Write(wire) }

func (e *eventStream) beat() bool {
	e.write(sse("beat", e.id(), "."))
	return e.flush()
}

// flush reports whether the client took what was written.
func (e *eventStream) flush() bool { return e.out.Flush() == nil && e.w.Flush() == nil }
