// Package probe is a plain session of the account beside the one of an
// [xmpp.Client]. It asks what a client never does, so that "muckick check" can
// say what the account may do, and it is the one that gets kicked then.
package probe

import (
	"context"
	"errors"
	"sync"

	"muckick/xmpp"
	"muckick/xmpp/wire"
)

// A Session is a plain session of the account.
type Session struct {
	stream    *wire.Stream
	presences chan roomPresence
	stop      context.CancelFunc
	serving   sync.WaitGroup
}

// Open logs in as the options say, under a resource of the server's choice.
func Open(ctx context.Context, o xmpp.Options) (*Session, error) {
	connection, err := o.Connection()
	if err != nil {
		return nil, err
	}
	connection.Resource = ""
	conn, err := wire.Dial(ctx, connection)
	if err != nil {
		return nil, err
	}
	s := &Session{stream: wire.New(conn, connection), presences: make(chan roomPresence, 64)}
	serve, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.serving.Go(func() { _ = s.stream.Serve(serve, s.handle) }) // an early end shows as missing answers
	return s, nil
}

// handle keeps the presences, and drops the oldest that nobody wanted.
func (s *Session) handle(el *wire.Element) {
	if el.Start.Name.Local != "presence" {
		return
	}
	p, err := readRoomPresence(el)
	if err != nil {
		return // not a presence that anything waits for
	}
	for {
		select {
		case s.presences <- p:
			return
		default:
		}
		select {
		case <-s.presences:
		default:
		}
	}
}

// Answered reports whether an error is the answer of the entity that was asked,
// and not the want of one.
func Answered(err error) bool { return errors.As(err, new(*wire.StanzaError)) }

// Close logs out, upon which the server takes the session out of all rooms.
func (s *Session) Close() {
	s.stop()
	s.serving.Wait()
}
