package xmpp

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
	melstream "mellium.im/xmpp/stream"

	"muckick/xmpp/wire"
)

const (
	// firstRetry is the average wait before the first new attempt.
	firstRetry = 250 * time.Millisecond

	// maxRetry keeps the time from a server's return to the next kick below 2 s,
	// logging in and entering the room included.
	maxRetry = 800 * time.Millisecond

	// maxRefusedRetry is for a server that is there and does not want us, such
	// as with a wrong password or when somebody else took our resource.
	maxRefusedRetry = 25 * time.Second

	// stable is how long a stream has to last for the waits to start anew.
	stable = 10 * time.Second
)

// Run keeps the session alive until ctx ends: then it closes the session in
// good order and returns nil.
func (c *Client) Run(ctx context.Context) error {
	defer c.setStream(nil, errNotRunning)
	retry, refused := newBackoff(maxRetry), newBackoff(maxRefusedRetry)
	for ctx.Err() == nil {
		began := c.options.Now()
		err := c.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		c.setStream(nil, err)
		if c.options.Now().Sub(began) > stable {
			retry.Reset()
			refused.Reset()
		}
		policy := retry
		if wasRefused(err) {
			policy = refused
		}
		wait := policy.NextBackOff()
		c.options.Logger.Warn("not connected to the chat server", "error", err, "retry_in", wait.Round(time.Millisecond))
		if !sleep(ctx, wait) {
			return nil
		}
	}
	return nil
}

// connect runs one stream from dialling to its end and says why it ended.
func (c *Client) connect(ctx context.Context) error {
	o := c.options.wire(c.account)
	conn, err := wire.Dial(ctx, o)
	if err != nil {
		return err
	}
	s := newStream(c, wire.New(conn, o))
	c.setStream(s, nil)
	c.options.Logger.Info("connected to the chat server", "jid", conn.Bound())
	return s.serve(ctx)
}

func newBackoff(most time.Duration) *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = firstRetry, most
	b.RandomizationFactor = 0.3
	b.Reset()
	return b
}

// wasRefused reports whether the server answered that it does not want us, so
// that trying again soon would be of no use.
func wasRefused(err error) bool {
	for _, condition := range []melstream.Error{melstream.Conflict, melstream.PolicyViolation, melstream.NotAuthorized} {
		if errors.Is(err, condition) {
			return true
		}
	}
	var ended *wire.StreamError
	if errors.As(err, &ended) {
		switch ended.Condition {
		case "conflict", "policy-violation", "not-authorized":
			return true
		}
	}
	var login *LoginError
	return errors.As(err, &login) && !login.Temporary || errors.Is(err, ErrPlaintext)
}

// sleep waits and reports whether ctx lasted.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
