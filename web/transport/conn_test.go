package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"net/netip"
	"os"
	"testing"
	"time"
)

// accepted returns both ends of a connection over a listener that gives up slow readers.
func accepted(t *testing.T, encrypted bool) (server, client net.Conn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if encrypted {
		certified := httptest.NewUnstartedServer(nil)
		certified.StartTLS()
		defer certified.Close()
		inner = tls.NewListener(inner, certified.TLS)
	}
	l := NewListener(inner, Limits{
		Connections: 10, PerAddress: 10, Write: 50 * time.Millisecond,
		Exempt: func(netip.Addr) bool { return false }, Refused: func() {},
	})
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if encrypted {
		client = tls.Client(client, &tls.Config{InsecureSkipVerify: true})
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server, client
}

// flood writes until the client, which does not read, has been given up.
func flood(t *testing.T, server net.Conn) {
	t.Helper()
	for {
		if _, err := server.Write(make([]byte, 1<<20)); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("got %v, want a timeout", err)
			}
			return
		}
	}
}

// A client that does not read is given up; one that reads again in time is
// written to, whatever it did before.
func TestSlowReader(t *testing.T) {
	server, client := accepted(t, false)
	flood(t, server)
	go io.Copy(io.Discard, client) // ends with the connection
	giveUp := time.Now().Add(20 * time.Second)
	for {
		_, err := server.Write([]byte("x"))
		if err == nil {
			return
		}
		if time.Now().After(giveUp) {
			t.Fatalf("the connection is of no use any more: %v", err)
		}
	}
}

func TestSlowReaderEncrypted(t *testing.T) {
	server, client := accepted(t, true)
	shaken := make(chan error, 1)
	go func() { shaken <- client.(*tls.Conn).Handshake() }()
	state, ok := server.(interface {
		Handshake() error
		ConnectionState() tls.ConnectionState
	})
	if !ok {
		t.Fatal("the connection hides that it is encrypted")
	}
	if err := errors.Join(state.Handshake(), <-shaken); err != nil {
		t.Fatal(err)
	}
	flood(t, server)
}
