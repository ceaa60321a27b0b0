package mucserver

import (
	"io"
	"net"
	"testing"
)

func TestOutboundWritesInOrder(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	o := newOutbound("romeo@example.org/a'b", here, 1<<20)
	want := ""
	for _, id := range []string{"1", "2", "3"} {
		o.send(newFrame(kindMessage, "x", "", id).with(kindMessage, nil))
		want += "<message from='x' id='" + id + "' to='romeo@example.org/a&#39;b'/>"
	}
	o.end("END")
	o.send(newFrame(kindMessage, "x", "", "late").with(kindMessage, nil))
	done := make(chan error, 1)
	go func() {
		err := o.run(here)
		here.Close()
		done <- err
	}()
	got, err := io.ReadAll(there)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if string(got) != want+"END" {
		t.Errorf("got %s\nwant %sEND", got, want)
	}
}

func TestOutboundIsBounded(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	const limit = 1000
	o := newOutbound("romeo@example.org", here, limit)
	f := newFrame(kindMessage, "x", "", "").with(kindMessage, nil)
	size := len(f.head) + len(o.to) + len(f.tail)
	for range limit / size {
		o.send(f)
	}
	if o.hasEnded() || o.overflowed() {
		t.Fatal("the queue is full too early")
	}
	o.send(f)
	if !o.hasEnded() || !o.overflowed() {
		t.Fatal("the queue takes more than its limit")
	}
	if _, err := here.Write([]byte("x")); err == nil {
		t.Error("the connection is still open")
	}
	if err := o.run(here); err != nil {
		t.Errorf("a writer that has nothing to write: %v", err)
	}
}
