package xmpptest

import (
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
)

// A gate does to the connections of a server in this process what signals do
// to those of a process of its own: it holds them up, or drops them all.
type gate struct {
	mu    sync.Mutex
	open  chan struct{} // closed while traffic may pass
	shut  bool          // open is not closed
	down  bool          // nothing passes any more
	conns map[*gatedConn]struct{}
}

func newGate() *gate {
	g := &gate{open: make(chan struct{}), conns: make(map[*gatedConn]struct{})}
	close(g.open)
	return g
}

// pause holds all traffic up until resume.
func (g *gate) pause() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut {
		g.shut, g.open = true, make(chan struct{})
	}
}

func (g *gate) resume() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		g.shut = false
		close(g.open)
	}
}

// drop closes all connections, without a word from the server, and lets no
// more in.
func (g *gate) drop() {
	g.mu.Lock()
	g.down = true
	conns := slices.Collect(maps.Keys(g.conns))
	g.mu.Unlock()
	for _, c := range conns {
		// An error means that the server has closed it already.
		_ = c.Close()
	}
}

// wait returns when traffic may pass. It reports false if done comes first.
func (g *gate) wait(done <-chan struct{}) bool {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		return true
	case <-done:
		return false
	}
}

// admit puts a connection under the control of the gate. It reports false if
// the gate lets nothing in any more.
func (g *gate) admit(conn net.Conn) (*gatedConn, bool) {
	c := &gatedConn{Conn: conn, gate: g, closed: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns[c] = struct{}{}
	return c, !g.down
}

func (g *gate) forget(c *gatedConn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
}

// A gatedConn passes traffic only while its gate is open.
type gatedConn struct {
	net.Conn
	gate   *gate
	once   sync.Once
	closed chan struct{}
}

// Read waits after it has read, since a read that began before the pause would
// otherwise pass what came during it.
func (c *gatedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if !c.gate.wait(c.closed) {
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *gatedConn) Write(b []byte) (int, error) {
	if !c.gate.wait(c.closed) {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b)
}

// CloseWrite tells the other side that nothing follows.
func (c *gatedConn) CloseWrite() error {
	if !c.gate.wait(c.closed) {
		return net.ErrClosed
	}
	if conn, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return conn.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Close closes the connection, paused or not.
func (c *gatedConn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		close(c.closed)
		c.gate.forget(c)
		err = c.Conn.Close()
	})
	return err
}
