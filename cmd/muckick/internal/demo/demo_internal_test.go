package demo

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muckick/xmpp/mucserver"
)

// nicks returns the nicks in a stage's room.
func (s *stage) nicks() map[string]bool {
	nicks := make(map[string]bool)
	for _, o := range s.room.Occupants() {
		nicks[o.Nick] = true
	}
	return nicks
}

func newStages(t *testing.T) []*stage {
	t.Helper()
	theatre, err := openTheatre("secret", 0)
	if err != nil {
		t.Fatal(err)
	}
	return theatre.stages
}

func TestStagesAreLively(t *testing.T) {
	stages, again := newStages(t), newStages(t)
	now := time.Unix(0, 0)
	var came, went int
	for i, s := range stages {
		for range 300 {
			before := s.nicks()
			now = now.Add(5 * time.Second)
			s.beat(now)
			after := s.nicks()
			again[i].beat(now)
			switch {
			case len(after) > len(before):
				came++
			case len(after) < len(before):
				went++
			}
			if s.room.Address() == "snuggery@chat.example.org" && !after["Bob"] {
				t.Fatal("Bob has left by himself")
			}
		}
		if len(s.nicks()) == 0 {
			t.Errorf("%s is empty", s.room.Address())
		}
		for nick := range s.nicks() {
			if !again[i].nicks()[nick] {
				t.Errorf("%s: %s is in one performance only", s.room.Address(), nick)
			}
		}
	}
	if came < 50 || went < 50 {
		t.Errorf("%d came and %d went, want more of a bustle", came, went)
	}
}

func TestCrowdIsComplete(t *testing.T) {
	const crowd = 300
	theatre, err := openTheatre("secret", crowd)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	for _, s := range theatre.stages {
		got[s.room.Address()] = len(s.nicks())
	}
	if got[stadium+"@"+service] != crowd {
		t.Errorf("got %v, want %d in the stadium", got, crowd)
	}
}

func TestBannedStayAway(t *testing.T) {
	s := newStages(t)[0]
	if err := s.room.SetAffiliation("teapot@example.org", mucserver.AffiliationOutcast, ""); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(0, 0)
	for range 500 {
		now = now.Add(time.Minute)
		s.beat(now)
		if s.nicks()["teapot"] {
			t.Fatal("teapot was banned and is back")
		}
	}
}

// TestDemoEndsWhenServingFails gives a demo a listener that does not work.
func TestDemoEndsWhenServingFails(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		goleak.VerifyNone(t, before, // the cleaner of fasthttp's worker pool ends when it looks next
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"))
	})
	for _, broken := range []string{"panel", "xmpp"} {
		t.Run(broken, func(t *testing.T) {
			d := &demo{out: io.Discard, log: slog.New(slog.DiscardHandler)}
			for _, l := range []*net.Listener{&d.panel, &d.xmpp} {
				var err error
				if *l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
					t.Fatal(err)
				}
			}
			if broken == "panel" {
				d.panel.Close()
			} else {
				d.xmpp.Close()
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := d.run(ctx); err == nil || ctx.Err() != nil {
				t.Errorf("got %v and %v, want an error in time", err, ctx.Err())
			}
		})
	}
}
