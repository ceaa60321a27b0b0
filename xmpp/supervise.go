package xmpp

import (
	"context"
	"time"

	"muckick/xmpp/wire"
)

// Run keeps the session alive until ctx ends: then it closes the session in
// good order and returns nil.
func (c *Client) Run(ctx context.Context) error {
	defer c.setStream(nil, errNotRunning)
	o := newOutage(c.options.Now, c.options.Logger)
	for ctx.Err() == nil {
		lasted, err := c.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		c.setStream(nil, err)
		if !sleep(ctx, o.next(lasted, err)) {
			return nil
		}
	}
	return nil
}

// connect runs one stream from dialling to its end. It returns how long we were
// logged in, and why that ended.
func (c *Client) connect(ctx context.Context) (lasted time.Duration, err error) {
	o := c.options.wire(c.account)
	conn, err := wire.Dial(ctx, o)
	if err != nil {
		return 0, err
	}
	began := c.options.Now()
	s := newStream(c, wire.New(conn, o))
	c.setStream(s, nil)
	c.options.Logger.Info("connected to the chat server", "jid", conn.Bound(), "address", conn.Address(),
		"tls", conn.TLS(), "mechanism", conn.Mechanism())
	err = s.serve(ctx)
	return c.options.Now().Sub(began), err
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
