package xmpp

import (
	"context"
	"sync"
)

// A sharedRead reads something for all who want to know it at about the same
// time. Nobody gets an answer to a question that was asked before they wanted to
// know, so what somebody did before is in it.
type sharedRead[T any] struct {
	mu      sync.Mutex
	running bool
	next    *reading[T] // that was not begun yet; nil if nobody waits
}

type reading[T any] struct {
	done  chan struct{}
	value T // set before done is closed, as err is; nobody changes it
	err   error
}

// get returns what read, which runs as long as the stream does, finds. It gives
// [ErrNotSent] if the caller gives up before.
func (b *sharedRead[T]) get(ctx context.Context, s *stream, read func(context.Context) (T, error)) (T, error) {
	var none T
	b.mu.Lock()
	f := b.next
	if f == nil {
		f = &reading[T]{done: make(chan struct{})}
		b.next = f
	}
	if !b.running {
		if b.running = s.begin(func() { b.run(s.alive, read) }); !b.running {
			b.next = nil
			b.mu.Unlock()
			return none, ErrOffline
		}
	}
	b.mu.Unlock()
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return none, ErrNotSent
	}
}

// run reads until nobody waits any more.
func (b *sharedRead[T]) run(ctx context.Context, read func(context.Context) (T, error)) {
	for {
		b.mu.Lock()
		f := b.next
		b.next, b.running = nil, f != nil
		b.mu.Unlock()
		if f == nil {
			return
		}
		f.value, f.err = read(ctx)
		close(f.done)
	}
}
