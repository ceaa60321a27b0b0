package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// A bidi is a session of the WebDriver BiDi protocol
// (https://www.w3.org/TR/webdriver-bidi/): commands that are answered by their
// id, and events.
type bidi struct {
	conn *websocket.Conn
	done chan struct{} // closed when nothing more is read

	mu      sync.Mutex
	last    int64
	waiting map[int64]chan<- bidiMessage
	hear    map[string]func(method string, params json.RawMessage) // by browsing context
}

// A bidiMessage is an answer or an event.
type bidiMessage struct {
	ID      int64           `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

var errBidiClosed = errors.New("the browser has closed the session")

func dialBidi(ctx context.Context, url string) (*bidi, error) {
	conn, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1) // screenshots are large
	b := &bidi{
		conn: conn, done: make(chan struct{}), waiting: make(map[int64]chan<- bidiMessage),
		hear: make(map[string]func(string, json.RawMessage)),
	}
	go b.read()
	return b, nil
}

// read hands out what comes until the connection ends.
func (b *bidi) read() {
	defer close(b.done)
	for {
		var m bidiMessage
		if err := wsjson.Read(context.Background(), b.conn, &m); err != nil {
			return
		}
		b.mu.Lock()
		answered, heard := b.waiting[m.ID], b.hear[contextOf(m.Params)]
		delete(b.waiting, m.ID)
		b.mu.Unlock()
		switch {
		case answered != nil:
			answered <- m
		case m.Method != "" && heard != nil:
			heard(m.Method, m.Params)
		}
	}
}

// contextOf is the browsing context that an event is about.
func contextOf(params json.RawMessage) string {
	var event struct {
		Context string
		Source  struct{ Context string }
	}
	_ = json.Unmarshal(params, &event) // an answer has none
	return event.Context + event.Source.Context
}

// bidiCall runs a command and returns its result.
func bidiCall[R any](ctx context.Context, b *bidi, method string, params any) (result R, err error) {
	answer := make(chan bidiMessage, 1)
	b.mu.Lock()
	b.last++
	id := b.last
	b.waiting[id] = answer
	b.mu.Unlock()
	if err := wsjson.Write(ctx, b.conn, map[string]any{"id": id, "method": method, "params": params}); err != nil {
		return result, fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m := <-answer:
		if m.Error != "" {
			return result, fmt.Errorf("%s: %s: %s", method, m.Error, m.Message)
		}
		return result, json.Unmarshal(m.Result, &result)
	case <-b.done:
		return result, fmt.Errorf("%s: %w", method, errBidiClosed)
	case <-ctx.Done():
		return result, fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// listen calls heard for every event of a browsing context.
func (b *bidi) listen(browsingContext string, heard func(method string, params json.RawMessage)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hear[browsingContext] = heard
}

// close ends the connection, and waits until nothing more is read.
func (b *bidi) close() error {
	err := b.conn.CloseNow()
	<-b.done
	return err
}
