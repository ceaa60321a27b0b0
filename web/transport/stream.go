package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"

	"github.com/valyala/fasthttp"
)

// errStopped ends a streamed answer when no more are wanted.
var errStopped = errors.New("the server stops")

// errPanicked ends a streamed answer whose writer panicked.
var errPanicked = errors.New("the writer of the answer panicked")

// streamChunk is how many bytes of a stream go out together unless it is flushed.
const streamChunk = 8 << 10

// Streams are the answers that are written while they are sent. Its zero value
// is not usable.
type Streams struct {
	wanted   context.Context
	panicked func(value any, stack []byte)
	work     sync.WaitGroup
}

// NewStreams returns no streams yet. They are cut off when wanted ends. Of a
// writer that panics it calls panicked with what it panicked with, and its stack.
func NewStreams(wanted context.Context, panicked func(value any, stack []byte)) *Streams {
	return &Streams{wanted: wanted, panicked: panicked}
}

// Start answers with what write writes. It runs after the handler has returned,
// and must not use the request. When it fails, the connection ends before the
// answer does, so that nobody takes a part for the whole. It is not called where
// only the head of the answer is asked for. Whoever calls cut ends the answer at
// once, also while write waits for the client; its error must not be nil.
func (s *Streams) Start(ctx *fasthttp.RequestCtx, write func(w *bufio.Writer, cut func(error)) error) {
	if ctx.IsHead() {
		// With a stream, fasthttp would write the end of a body that it does not
		// send, and the next answer on the connection would begin with that.
		ctx.Response.Header.SetContentLength(-1)
		return
	}
	body, out := io.Pipe()
	s.work.Go(func() {
		cut := func(err error) { _ = out.CloseWithError(err) } // never fails
		defer context.AfterFunc(s.wanted, func() { cut(errStopped) })()
		cut(s.run(func() error {
			w := bufio.NewWriterSize(out, streamChunk)
			if err := write(w, cut); err != nil {
				return err
			}
			return w.Flush()
		}))
	})
	ctx.SetBodyStream(body, -1)
}

// Wait returns when all streams have ended.
func (s *Streams) Wait() { s.work.Wait() }

func (s *Streams) run(write func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			s.panicked(value, debug.Stack())
			err = fmt.Errorf("%w: %v", errPanicked, value)
		}
	}()
	return write()
}
