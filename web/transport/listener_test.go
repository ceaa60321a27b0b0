package transport

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

// bounded serves connections by holding them open, and returns where.
func bounded(t *testing.T, limits Limits) (address string, l *Listener) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = NewListener(inner, limits)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for {
					if _, err := c.Read(make([]byte, 1)); err != nil {
						return
					}
					if _, err := c.Write([]byte("x")); err != nil {
						return
					}
				}
			}()
		}
	}()
	t.Cleanup(func() { l.Close(); l.Abort(); <-ended })
	return inner.Addr().String(), l
}

// knock connects and reports whether it is served.
func knock(t *testing.T, address string) (net.Conn, bool) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _ = c.Write([]byte("?")) // a connection that was closed shows below
	_, err = c.Read(make([]byte, 1))
	return c, err == nil
}

func TestLimits(t *testing.T) {
	nobody := func(netip.Addr) bool { return false }
	tests := []struct {
		name   string
		limits Limits
		served int
	}{
		{"in all", Limits{Connections: 3, PerAddress: 9, Exempt: nobody}, 3},
		{"by address", Limits{Connections: 9, PerAddress: 2, Exempt: nobody}, 2},
		{"exempt from the limit by address", Limits{Connections: 4, PerAddress: 2, Exempt: netip.Addr.IsLoopback}, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var refused atomic.Int64
			tt.limits.Write = time.Second
			tt.limits.Refused = func() { refused.Add(1) }
			address, _ := bounded(t, tt.limits)
			var first net.Conn
			for i := range tt.served {
				c, ok := knock(t, address)
				if !ok {
					t.Fatalf("connection %d was refused", i)
				}
				first = c
			}
			if _, ok := knock(t, address); ok {
				t.Error("one more is served")
			}
			if got := refused.Load(); got != 1 {
				t.Errorf("got %d refused, want 1", got)
			}
			// A place becomes free.
			first.Close()
			giveUp := time.Now().Add(20 * time.Second)
			for {
				if _, ok := knock(t, address); ok {
					return
				}
				if time.Now().After(giveUp) {
					t.Fatal("the place of a connection that ended stays taken")
				}
			}
		})
	}
}

func TestNetwork(t *testing.T) {
	tests := []struct{ name, a, b string }{
		{"one address", "192.0.2.1", "192.0.2.1"},
		{"one network of IPv6", "2001:db8::1", "2001:db8::ffff:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := Network(netip.MustParseAddr(tt.a)), Network(netip.MustParseAddr(tt.b)); got != want {
				t.Errorf("got %v and %v, want one", got, want)
			}
		})
	}
	if Network(netip.MustParseAddr("192.0.2.1")) == Network(netip.MustParseAddr("192.0.2.2")) {
		t.Error("two addresses of IPv4 count as one")
	}
}
