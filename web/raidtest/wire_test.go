package raidtest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

// wire puts a replica together. run connects it until the context ends.
func wire(output io.Writer, db *store.Store, o xmpp.Options) (r *replica, run func(context.Context)) {
	log := slog.New(slog.NewTextHandler(output, &slog.HandlerOptions{Level: slog.LevelInfo}))
	o.Logger = log
	chat, err := xmpp.New(o)
	if err != nil {
		panic(err)
	}
	r = &replica{store: db, chat: chat, gate: &gate{Client: chat, open: make(chan struct{}), left: -1}}
	panicked := func(value any, stack []byte) { panic(fmt.Sprintf("%v\n%s", value, stack)) }
	r.desk = moderation.NewDesk(moderation.Options{
		Chat: r.gate, Trail: db, Effects: db, Logger: log, Now: time.Now,
		Stored: func(string, time.Duration, error) {}, Panicked: panicked,
	})
	r.planner = moderation.NewPlanner(moderation.PlannerOptions{Crowd: chat, Plans: db, Exemptions: db, Jobs: db, Effects: db, Now: time.Now})
	r.jobs = moderation.NewJobs(moderation.JobsOptions{
		Store: records{db, r.gate}, Plans: db, Principals: db, Desk: r.desk, Chat: chat, Logger: log, Now: time.Now, Panicked: panicked,
	})
	r.doors = moderation.NewDoorkeeper(moderation.DoorkeeperOptions{
		Bars: db, Jobs: db, Exemptions: db, Principals: db, Desk: r.desk, Door: chat, Logger: log, Now: time.Now, Panicked: panicked,
	})
	return r, func(ctx context.Context) {
		var running sync.WaitGroup
		running.Go(func() { _ = chat.Run(ctx) }) // ends with the context
		running.Wait()
	}
}

// A gate lets only so many actions through until it is opened; any number if that
// is negative.
type gate struct {
	*xmpp.Client

	mu   sync.Mutex
	left int
	open chan struct{}

	// passed, if set, is told of every action that has ended, and of every record of
	// an eviction, as "record". It is set before the replica works.
	passed func(what string)
}

func (g *gate) tell(what string) {
	if g.passed != nil {
		g.passed(what)
	}
}

// records tells a gate of those of evictions.
type records struct {
	*store.Store
	gate *gate
}

// KeepEviction implements [moderation.JobStore].
func (r records) KeepEviction(ctx context.Context, id moderation.JobID, e moderation.Eviction) error {
	err := r.Store.KeepEviction(ctx, id, e)
	r.gate.tell("record")
	return err
}

// let lets so many actions through from now on.
func (g *gate) let(count int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = count
}

// DoRecorded implements [moderation.Chat].
func (g *gate) DoRecorded(ctx context.Context, action xmpp.Action, record func(xmpp.Result) error) (xmpp.Result, error) {
	g.mu.Lock()
	free := g.left != 0
	if g.left > 0 {
		g.left--
	}
	g.mu.Unlock()
	if !free {
		select {
		case <-g.open:
		case <-ctx.Done():
			return xmpp.Result{}, xmpp.ErrNotSent
		}
	}
	defer g.tell(string(action.Kind))
	return g.Client.DoRecorded(ctx, action, record)
}
