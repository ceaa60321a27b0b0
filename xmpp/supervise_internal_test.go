package xmpp

import (
	"errors"
	"fmt"
	"testing"

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
		{errors.New("connection refused"), false},
	}
	for _, tt := range tests {
		if got := wasRefused(fmt.Errorf("read: %w", tt.err)); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.err, got, tt.want)
		}
	}
}
