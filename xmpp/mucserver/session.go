package mucserver

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"mellium.im/xmlstream"
	mellium "mellium.im/xmpp"
	"mellium.im/xmpp/stream"
)

// session is one client that is logged in.
type session struct {
	srv    *Server
	jid    address
	stream *mellium.Session // once its negotiation is complete
	conn   *meteredConn
	raw    net.Conn
	out    *outbound

	mu    sync.Mutex
	rooms map[*Room]struct{}
}

// serveConn serves one connection until it is closed.
func (s *Server) serveConn(conn net.Conn) {
	raw := rawConn(conn)
	defer raw.Close()
	if !s.track(raw) {
		return
	}
	defer s.untrack(raw)
	log := s.opts.Logger.With("remote", conn.RemoteAddr())

	hung := time.AfterFunc(negotiationTimeout, func() { _ = raw.Close() })
	sess, err := s.negotiate(conn)
	if !hung.Stop() && err == nil {
		s.unregister(sess)
		err = errors.New("logging in took too long")
	}
	if err != nil {
		log.Info("no session", "error", err)
		return
	}
	log = log.With("jid", sess.jid.String())
	log.Debug("session begins")
	log.Info("session ended", "reason", sess.run())
}

func (s *Server) newSession(jid address, conn *meteredConn, raw net.Conn) *session {
	return &session{
		srv:   s,
		jid:   jid,
		conn:  conn,
		raw:   raw,
		out:   newOutbound(jid.String(), raw, s.opts.OutboundLimit),
		rooms: make(map[*Room]struct{}),
	}
}

// run serves the session and returns why it ended.
func (s *session) run() error {
	var writing sync.WaitGroup
	var writeErr error
	writing.Go(func() { writeErr = s.write() })

	err := s.read()
	s.srv.unregister(s)
	s.leaveAll()
	s.out.end(streamEnd(streamCondition(err)))
	writing.Wait()
	if writeErr == nil {
		// A connection that is closed with input unread is reset, and the client
		// would not see the end of the stream. The writer has set a deadline, and
		// how reading ends is of no interest.
		_, _ = io.Copy(io.Discard, s.raw)
	}
	if s.out.overflowed() {
		return errors.New("the client reads too slowly")
	}
	return errors.Join(err, writeErr)
}

// write writes what is queued until the session ends, and then makes the reader
// end too.
func (s *session) write() error {
	// The stream's own lock on its output keeps others from writing.
	w := s.stream.TokenWriter()
	defer w.Close()
	if err := s.out.run(s.conn); err != nil {
		s.out.abort()
		return fmt.Errorf("write: %w", err)
	}
	if err := s.conn.closeWrite(s.raw); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return s.raw.SetReadDeadline(time.Now().Add(closeGrace))
}

// read handles stanzas until the stream or the session ends. It returns nil when
// the client has ended the stream, properly or with a stream error.
func (s *session) read() error {
	r := s.stream.TokenReader()
	defer r.Close()
	for {
		s.conn.reset()
		stanza, err := s.readStanza(r)
		var gaveUp stream.Error
		switch {
		case errors.Is(err, io.EOF), errors.As(err, &gaveUp), s.out.hasEnded():
			return nil
		case err != nil:
			return err
		case stanza != nil:
			s.handle(stanza)
		}
	}
}

// readStanza reads what follows on the stream: a stanza, or nil for white space
// between stanzas.
func (s *session) readStanza(r xmlstream.TokenReadCloser) (*stanza, error) {
	tok, err := r.Token()
	if err != nil {
		return nil, err
	}
	switch tok := tok.(type) {
	case xml.StartElement:
		e, err := readElement(r, tok)
		if err != nil {
			return nil, err
		}
		return s.newStanza(e)
	case xml.CharData:
		return nil, nil
	}
	return nil, errMalformed
}

// end ends the session with a stream error.
func (s *session) end(condition string) { s.out.end(streamEnd(condition)) }

func (s *session) joined(r *Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rooms[r] = struct{}{}
}

func (s *session) left(r *Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rooms, r)
}

// leaveAll takes the session out of every room.
func (s *session) leaveAll() {
	s.mu.Lock()
	rooms := slices.Collect(maps.Keys(s.rooms))
	s.mu.Unlock()
	for _, r := range rooms {
		r.leave(s, nil)
	}
}
