package xmpptest

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// gatedPair returns both ends of a connection to a listener behind a gate.
func gatedPair(t *testing.T, g *gate) (server, client net.Conn) {
	t.Helper()
	l, err := g.listen("127.0.0.1:0", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server, client
}

func TestGatePauses(t *testing.T) {
	g := newGate()
	server, client := gatedPair(t, g)
	// A read that has begun before the pause must not let anything through.
	read := make(chan string, 1)
	go func() {
		buffer := make([]byte, 1)
		_, err := io.ReadFull(server, buffer)
		if err != nil {
			read <- err.Error()
			return
		}
		read <- string(buffer)
	}()
	g.pause()
	if _, err := io.WriteString(client, "a"); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(server, "b")
		written <- err
	}()
	if err := client.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the client got %d bytes and %v through the gate, want a timeout", n, err)
	}
	select {
	case got := <-read:
		t.Fatalf("the server read %q during the pause", got)
	default:
	}

	g.resume()

	if got := <-read; got != "a" {
		t.Errorf("the server read %q, want a", got)
	}
	if err := <-written; err != nil {
		t.Errorf("the server's write: %v", err)
	}
	if err := client.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1)
	if _, err := io.ReadFull(client, buffer); err != nil || string(buffer) != "b" {
		t.Errorf("the client read %q and %v, want b", buffer, err)
	}
}

func TestGateDropsWhilePaused(t *testing.T) {
	g := newGate()
	server, client := gatedPair(t, g)
	g.pause()
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(server, "farewell")
		written <- err
	}()

	g.drop()

	if err := <-written; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the server's write: got %v, want %v", err, net.ErrClosed)
	}
	if got, _ := io.ReadAll(client); len(got) != 0 {
		t.Errorf("the client read %q", got)
	}
}

func TestGateAdmitsNobodyAfterDrop(t *testing.T) {
	g := newGate()
	g.drop()
	l, err := g.listen("127.0.0.1:0", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want the connection closed", err)
	}
}
