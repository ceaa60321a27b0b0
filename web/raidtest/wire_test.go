package raidtest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
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
	r = &replica{store: db, chat: chat, patience: patience, gate: &gate{Client: chat, open: make(chan struct{}), left: -1}}
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

	under atomic.Int64 // actions that were let through and have not ended

	// passed, if set, is told of every action that has ended, and of every record of
	// an eviction, as "record", and waited for. It is set before the replica works.
	passed func(what string, room xmpp.RoomJID)

	// coming is the same before an action.
	coming func(what string, room xmpp.RoomJID)

	// refuse, if set, says which actions the chat server refuses.
	refuse func(xmpp.Action) bool
}

func (g *gate) tell(what string, room xmpp.RoomJID) {
	if g.passed != nil {
		g.passed(what, room)
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
	r.gate.tell("record", e.Room)
	return err
}

// let lets so many actions through from now on, until it is opened.
func (g *gate) let(count int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.open = count, make(chan struct{})
}

// DoRecorded implements [moderation.Chat].
func (g *gate) DoRecorded(ctx context.Context, action xmpp.Action, record func(xmpp.Result) error) (xmpp.Result, error) {
	if g.coming != nil {
		g.coming(string(action.Kind), action.Room)
	}
	if g.refuse != nil && g.refuse(action) {
		return xmpp.Result{}, &xmpp.RefusedError{Err: &xmpp.StanzaError{Type: "cancel", Condition: "not-allowed"}}
	}
	g.mu.Lock()
	free, open := g.left != 0, g.open
	if g.left > 0 {
		g.left--
	}
	g.mu.Unlock()
	if !free {
		select {
		case <-open:
		case <-ctx.Done():
			return xmpp.Result{}, xmpp.ErrNotSent
		}
	}
	g.under.Add(1)
	defer g.under.Add(-1)
	defer g.tell(string(action.Kind), action.Room)
	return g.Client.DoRecorded(ctx, action, record)
}
