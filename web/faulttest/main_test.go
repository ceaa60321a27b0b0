// Package faulttest runs all of muckick below its command line (chat client,
// store and HTTP server) against real chat servers while something breaks:
// see faults_test.go for what, and verify_test.go for what has to hold.
//
// Two environment variables make more of it: MUCKICK_LONG=1 runs every fault on
// every server, and MUCKICK_LONG=30m lets the long run last so long.
package faulttest

import (
	"context"
	"os"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

func TestMain(m *testing.M) { xmpptest.Main(m) }

const (
	// header is the Authorization header of the machine interface.
	header = "Basic dXNlcm5hbWU6cGFzc3dvcmQ="

	// kickTimeout is what the site under test gives a kick.
	kickTimeout = 8 * time.Second

	// patience is how long a test waits for something that has to happen and
	// whose time is not what the test is about.
	patience = 30 * time.Second

	// pollEvery is how often a condition without a signal is looked at.
	pollEvery = 10 * time.Millisecond

	longEnv = "MUCKICK_LONG"
)

// long returns how long the long run shall last, and whether everything was
// asked for.
func long(t testing.TB) (duration time.Duration, everything bool) {
	t.Helper()
	value := os.Getenv(longEnv)
	if value == "" || value == "1" {
		return 0, value == "1"
	}
	duration, err := time.ParseDuration(value)
	if err != nil {
		t.Fatalf("%s=%q is neither 1 nor a duration: %v", longEnv, value, err)
	}
	return duration, true
}

// eventually waits until ok is true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !ok() {
		if !pause(ctx, pollEvery) {
			t.Fatalf("%s did not happen within %v", what, patience)
		}
	}
}

// pause waits and reports whether ctx lasted.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
