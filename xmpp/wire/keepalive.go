package wire

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"time"
)

// errSilent means that the server did not answer a ping: it hangs, or the way
// to it is cut without either side having noticed.
var errSilent = errors.New("the chat server does not answer")

type ping struct {
	XMLName xml.Name `xml:"urn:xmpp:ping ping"`
}

// keepAlive pings the server when it was quiet for a while, or when somebody
// suspects that it is gone (XEP-0199), and ends the stream when no stanza at
// all comes within the time for an answer.
func (s *Stream) keepAlive(ctx context.Context) error {
	timer := time.NewTimer(s.options.PingInterval)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.heard:
			timer.Reset(s.options.PingInterval)
			continue
		case <-timer.C:
		case <-s.suspect:
		}
		if err := s.pingServer(ctx); err != nil {
			return err
		}
		timer.Reset(s.options.PingInterval)
	}
}

// pingServer returns an error if the server gives no sign of life. A busy
// server may answer the ping late, but then something else arrives.
func (s *Stream) pingServer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.PingTimeout)
	defer cancel()
	select { // only what arrives from now on counts
	case <-s.heard:
	default:
	}
	answered := make(chan error, 1)
	s.tasks.Go(func() { answered <- s.ask(ctx, Terms{}, pings, s.options.Account.Domainpart(), "get", ping{}, nil) })
	var refused *StanzaError
	select {
	case <-s.heard:
		return nil
	case err := <-answered:
		if err == nil || errors.As(err, &refused) || errors.Is(err, ErrOverloaded) || ctx.Err() == context.Canceled {
			return nil
		}
	case <-ctx.Done():
		if ctx.Err() == context.Canceled {
			return nil
		}
	}
	return fmt.Errorf("%w within %v", errSilent, s.options.PingTimeout)
}

// markHeard notes that something arrived.
func (s *Stream) markHeard() {
	select {
	case s.heard <- struct{}{}:
	default:
	}
}

// Suspect makes the keepalive look at once whether the server is there.
func (s *Stream) Suspect() {
	select {
	case s.suspect <- struct{}{}:
	default:
	}
}
