package transport

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/valyala/fasthttp"
)

// silent drops what fasthttp says of connections that end early.
type silent struct{}

func (silent) Printf(string, ...any) {}

// An answer whose writer fails or panics ends before its end, and nothing else
// does.
func TestStreams(t *testing.T) {
	tests := []struct {
		name  string
		write func(w *bufio.Writer, cut func(error)) error
		whole bool
		panic any
	}{
		{"whole", func(w *bufio.Writer, cut func(error)) error { _, err := w.WriteString("all"); return err }, true, nil},
		{"fails", func(w *bufio.Writer, cut func(error)) error { return errors.New("no more") }, false, nil},
		{"panics", func(w *bufio.Writer, cut func(error)) error { panic("of a test") }, false, "of a test"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			panicked := make(chan any, 1)
			streams := NewStreams(t.Context(), func(value any, stack []byte) { panicked <- value })
			server := &fasthttp.Server{Logger: silent{}, Handler: func(ctx *fasthttp.RequestCtx) { streams.Start(ctx, tt.write) }}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- server.Serve(l) }()
			response, err := http.Get("http://" + l.Addr().String())
			if err == nil {
				_, err = io.ReadAll(response.Body)
				response.Body.Close()
			}
			if got := err == nil; got != tt.whole {
				t.Errorf("got whole %v (%v), want %v", got, err, tt.whole)
			}
			if err := errors.Join(server.Shutdown(), <-ended); err != nil {
				t.Error(err)
			}
			streams.Wait()
			close(panicked)
			if got := <-panicked; got != tt.panic {
				t.Errorf("got %v told, want %v", got, tt.panic)
			}
		})
	}
}
