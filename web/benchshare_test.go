package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"muckick/web"
	"muckick/xmpp"
)

// confirming is a chat side that confirms each action at once.
type confirming struct{ web.Chat }

func (confirming) DoRecorded(context.Context, xmpp.Action, func(xmpp.Result) error) (xmpp.Result, error) {
	return xmpp.Result{}, nil
}

// BenchmarkShare measures POST /muc_kick without a chat server: what is
// muckick's own, audit trail and caller included, one at a time and 16.
func BenchmarkShare(b *testing.B) {
	for _, inFlight := range []int{1, 16} {
		b.Run(fmt.Sprintf("in-flight=%d", inFlight), func(b *testing.B) { benchmarkShare(b, inFlight) })
	}
}

func benchmarkShare(b *testing.B, inFlight int) {
	client, err := xmpp.New(xmpp.Options{JID: "muckick@example.org"})
	if err != nil {
		b.Fatal(err)
	}
	here := serve(b, client, func(o *web.Options) {
		o.Chat = confirming{o.Chat}
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	})
	var left atomic.Int64
	left.Store(int64(b.N))
	var callers sync.WaitGroup
	b.ResetTimer()
	for range inFlight {
		callers.Go(func() {
			caller := &rawCaller{address: here.address}
			defer caller.close()
			for left.Add(-1) >= 0 {
				if err := caller.kick("room@conference.example.org"); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "kicks/s")
}
