package xmpp

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	melstream "mellium.im/xmpp/stream"

	"muckick/xmpp/wire"
)

// A server that does not want us is not asked again soon, whether it says so
// while we log in or later.
func TestWasRefused(t *testing.T) {
	tests := []struct {
		err  error
		want bool
	}{
		{&wire.StreamError{Condition: "conflict"}, true},
		{&wire.StreamError{Condition: "policy-violation"}, true},
		{&wire.StreamError{Condition: "system-shutdown"}, false},
		{melstream.Conflict, true},
		{&LoginError{Err: errors.New("no")}, true},
		{&LoginError{Err: errors.New("later"), Temporary: true}, false},
		{ErrPlaintext, true},
		{&tls.CertificateVerificationError{Err: errors.New("expired")}, true},
		{errors.New("connection refused"), false},
	}
	for _, tt := range tests {
		if got := wasRefused(fmt.Errorf("read: %w", tt.err)); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.err, got, tt.want)
		}
	}
}

// A login that fails, however late, is retried ever more slowly; a session that
// lasted makes the waits short again.
func TestWaitsGrow(t *testing.T) {
	o := newOutage(time.Now, slog.New(slog.DiscardHandler))
	refused := &LoginError{Err: errors.New("not-authorized")}
	var wait time.Duration
	for range 20 {
		wait = o.next(0, refused)
	}
	if least := maxRefusedRetry / 2; wait < least {
		t.Errorf("the 20th wait is %v, want %v at least", wait, least)
	}
	if wait = o.next(stable+time.Second, errors.New("connection reset")); wait > 2*firstRetry {
		t.Errorf("after a session the first wait is %v, want about %v", wait, firstRetry)
	}
	if wait = o.next(stable+time.Second, refused); wait > 2*firstRetry {
		t.Errorf("after a session the first wait is %v, want about %v", wait, firstRetry)
	}
}

// What lasts is said once in a while, with what to do; what is new, at once.
func TestOutageIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	now := time.Unix(0, 0)
	o := newOutage(func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, nil)))
	refused := &LoginError{Err: errors.New("not-authorized")}
	told := func(want int, what string) {
		t.Helper()
		if got := strings.Count(log.String(), "level=WARN"); got != want {
			t.Errorf("%s: got %d warnings, want %d:\n%s", what, got, want, log.String())
		}
	}
	for range 50 {
		o.next(0, refused)
	}
	told(1, "a refused login")
	if !strings.Contains(log.String(), "check the account and its password") {
		t.Errorf("the log does not say what to do: %s", log.String())
	}
	o.next(0, errors.New("dial tcp: connection refused"))
	told(2, "another failure")
	o.next(0, refused)
	told(3, "the first one again")
	now = now.Add(tellAgain)
	o.next(0, refused)
	told(4, "after a while")
	o.next(time.Minute, refused)
	told(5, "after a session")
}
