package xmpp_test

import (
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A silent server is given up as soon as the ping has run out: a farewell that
// nobody answers must not hold up the way back.
func TestSilentServerIsLeftAtOnce(t *testing.T) {
	const interval, timeout, atOnce = 100 * time.Millisecond, 300 * time.Millisecond, time.Second
	s := xmpptest.Start(t, xmpptest.Mucserver)
	c := newClient(t, s, func(o *xmpp.Options) { o.PingInterval, o.PingTimeout = interval, timeout })
	online(t, c)
	s.Pause(t)
	paused := time.Now()
	offline(t, c)
	if got := time.Since(paused); got > interval+timeout+atOnce {
		t.Errorf("offline after %v, want at most %v more than %v", got, atOnce, interval+timeout)
	}
	s.Resume(t)
	online(t, c)
}
