package wire

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What was written last is followed by whitespace of its length, once.
func TestPadding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := newQuiet(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = s.writer.run(ctx) }()
		if err := s.Send(note{Text: "hello"}); err != nil {
			t.Fatal(err)
		}
		got := make(chan string, 1)
		go func() { text, _ := io.ReadAll(server); got <- string(text) }()
		time.Sleep(time.Minute) // of the bubble's clock
		cancel()
		<-ended
		s.writer.conn.Close()
		const stanza = `<note><text>hello</text></note>`
		if got, want := <-got, stanza+strings.Repeat(" ", len(stanza)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
