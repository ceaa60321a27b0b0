package wire

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mellium.im/xmpp/jid"
)

type note struct {
	XMLName xml.Name `xml:"note"`
	Text    string   `xml:"text"`
}

// newQuiet returns a stream whose server says nothing and reads nothing but what
// read takes.
func newQuiet(t *testing.T) (s *Stream, server net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	s = New(Negotiated(ours, "me@example.org/x"), Options{
		Account: jid.MustParse("me@example.org"), AnswerTimeout: 15 * time.Second,
		PingInterval: time.Hour, PingTimeout: time.Hour, MaxWaiting: 10_000,
	})
	return s, theirs
}

// serveQuiet runs the stream until the test ends.
func serveQuiet(t *testing.T, s *Stream, server net.Conn) {
	t.Helper()
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { defer close(ended); _ = s.Serve(ctx, func(*Element) {}) }()
	t.Cleanup(func() { cancel(); server.Close(); <-ended })
}

// Pings go first and replies last, whatever was queued before them.
func TestOrderOfLanes(t *testing.T) {
	s, server := newQuiet(t)
	defer server.Close()
	for _, put := range []func() error{
		func() error { return s.Reply(note{Text: "reply"}) },
		func() error { return s.Send(note{Text: "first"}) },
		func() error { return s.Send(note{Text: "second"}) },
		func() error { return s.writer.queue.put(pings, outgoing{data: []byte("<ping/>")}) },
	} {
		if err := put(); err != nil {
			t.Fatal(err)
		}
	}
	got := string(s.writer.fill(nil))
	at := 0
	for _, want := range []string{"ping", "first", "second", "reply"} {
		i := strings.Index(got[at:], want)
		if i < 0 {
			t.Fatalf("%q does not come in its turn: %s", want, got)
		}
		at += i
	}
}

// However many ask, replies stay below their rate, in number and in bytes.
func TestRepliesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := newQuiet(t)
		defer server.Close()
		if err := s.Reply(note{Text: strings.Repeat("x", replyBurst)}); !errors.Is(err, ErrOverloaded) {
			t.Errorf("a reply larger than the burst: got %v, want %v", err, ErrOverloaded)
		}
		const seconds = 10
		for range seconds {
			for range 5000 {
				if err := s.Reply(note{Text: "x"}); err != nil && !errors.Is(err, ErrOverloaded) {
					t.Fatal(err)
				}
			}
			if s.MayReply() {
				t.Error("after 5000 replies one more may go")
			}
			time.Sleep(time.Second)
		}
		sent := 0
		for batch := s.writer.fill(nil); len(batch) > 0; batch = s.writer.fill(nil) {
			sent += len(batch)
		}
		if most := replyBurst + seconds*replyRate; sent == 0 || sent > most {
			t.Errorf("%d bytes of replies, want some and at most %d", sent, most)
		}
		if !s.MayReply() {
			t.Error("a second later nothing may go")
		}
	})
}

// Requests beyond the window wait, are not sent when their time for waiting is
// over, and are not unknown then. What was sent has its whole time for the answer.
func TestWindowOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := newQuiet(t)
		go func() { _, _ = io.Copy(io.Discard, server) }()
		serveQuiet(t, s, server)
		const asked = 10
		payload := note{Text: strings.Repeat("x", window/4)} // three fit
		ends, began := make(chan error, asked), time.Now()
		for range asked {
			go func() { ends <- s.Ask(t.Context(), "chat.example.org", "set", payload, nil) }()
		}
		var unsent, unanswered int
		for range asked {
			switch err := <-ends; {
			case errors.Is(err, ErrNotSent):
				unsent++
			case errors.Is(err, ErrNoAnswer):
				unanswered++
			default:
				t.Errorf("got %v", err)
			}
			if got := time.Since(began); got < s.options.AnswerTimeout || got > 2*s.options.AnswerTimeout {
				t.Errorf("a request ended after %v", got)
			}
		}
		if unanswered < 3 || unsent == 0 {
			t.Errorf("%d were sent and %d not, want three or more and some", unanswered, unsent)
		}
	})
}

// A request uses at most half of its caller's time to wait for the window.
func TestHalfOfTheTimeToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := newQuiet(t)
		go func() { _, _ = io.Copy(io.Discard, server) }()
		serveQuiet(t, s, server)
		go func() {
			_ = s.Ask(t.Context(), "chat.example.org", "set", note{Text: strings.Repeat("x", 2*window)}, nil)
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		err := s.Ask(ctx, "chat.example.org", "set", note{}, nil)
		if got, want := time.Since(began), 5*time.Second; !errors.Is(err, ErrNotSent) || got != want {
			t.Errorf("got %v after %v, want %v after %v", err, got, ErrNotSent, want)
		}
		if underWay(s) < window {
			t.Error("what was sent does not count any more")
		}
		time.Sleep(s.options.AnswerTimeout)
		synctest.Wait()
		if got := underWay(s); got != 0 {
			t.Errorf("%d bytes count though nothing is under way", got)
		}
	})
}

// Where much is under way and answers take long, a request whose own would come
// too late is not sent. Where little is under way it is: then a slow answer was its
// entity's fault.
func TestTooLateToSend(t *testing.T) {
	tests := []struct {
		name     string
		underWay int // bytes
		lag      time.Duration
		left     time.Duration
		want     claim
	}{
		{"time for it", window - 1000, 4 * time.Second, 9 * time.Second, claimNow},
		{"too late", window - 1000, 4 * time.Second, 7 * time.Second, claimNever},
		{"too late while the window empties", window / 4, 4 * time.Second, 7 * time.Second, claimNever},
		{"a slow entity", 1000, 4 * time.Second, time.Second, claimNow},
		{"no deadline", window - 1000, 4 * time.Second, 0, claimNow},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tracker := newTracker(10, nil)
				add := func(size int, left time.Duration) *request {
					req, err := tracker.add("chat.example.org", nil)
					if err != nil {
						t.Fatal(err)
					}
					if req.size = size; left > 0 {
						req.deadline = time.Now().Add(left)
					}
					return req
				}
				slow := add(10, 0)
				tracker.claim(slow)
				tracker.claim(add(tt.underWay, 0))
				time.Sleep(tt.lag)
				if tracker.take(slow.id, slow.to) != slow {
					t.Fatal("the answer was not taken")
				}
				req := add(100, tt.left)
				if got := tracker.claim(req); got != tt.want {
					t.Errorf("got %v, want %v", got, tt.want)
				}
				if tt.want == claimNever {
					if err := <-req.done; !errors.Is(err, ErrNotSent) {
						t.Errorf("got %v, want %v", err, ErrNotSent)
					}
				}
			})
		})
	}
}

// underWay returns how many bytes of requests were sent and not answered.
func underWay(s *Stream) int {
	s.tracker.mu.Lock()
	defer s.tracker.mu.Unlock()
	return s.tracker.inFlight
}
