package store

import (
	"context"
	"time"
)

const (
	// restFactor is how many times as long as a statement of a search took its
	// connection rests, if kicks came meanwhile. So a connection is at work for one
	// kick in 25 at most, which is what the 99th percentile of kicks beside searches
	// without end stands: with less rest it rises (BenchmarkTrail).
	restFactor = 24
	// maxRest bounds the rest after one slow statement.
	maxRest = 100 * time.Millisecond
)

// A pace lets the statements of searches and exports rest while kicks come: a search
// and a kick want the same cores and the same disk, and who searches waits more easily.
type pace struct {
	// turns has one element for each connection, which is when its rest ends.
	turns chan time.Time
	// kicks counts the commits that kicks waited for.
	kicks func() int64
}

func newPace(connections int, kicks func() int64) *pace {
	p := &pace{turns: make(chan time.Time, connections), kicks: kicks}
	for range connections {
		p.turns <- time.Time{}
	}
	return p
}

// run runs a statement, and reads what it returns, when its turn comes. The error is
// that of the statement, or of ctx when ctx ends first.
func (p *pace) run(ctx context.Context, statement func() error) error {
	var rested time.Time
	select {
	case rested = <-p.turns:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { p.turns <- rested }()
	if rest := time.Until(rested); rest > 0 {
		timer := time.NewTimer(rest)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	kicks, began := p.kicks(), time.Now()
	err := statement()
	if p.kicks() != kicks {
		ended := time.Now()
		rested = ended.Add(min(restFactor*ended.Sub(began), maxRest))
	}
	return err
}

// searchAll reads rows for a search or an export, when kicks leave time for it.
func searchAll[T any](ctx context.Context, s *Store, scan func(row) (T, error), query string, args ...any) (all []T, err error) {
	err = s.searches.run(ctx, func() (err error) {
		all, err = queryAll(ctx, s.backend.searcher(), scan, query, args...)
		return err
	})
	return all, err
}

// searchOne is as searchAll for a query that gives one value.
func searchOne[T any](ctx context.Context, s *Store, query string, args ...any) (one T, err error) {
	err = s.searches.run(ctx, func() error {
		return s.backend.searcher().QueryRowContext(ctx, query, args...).Scan(&one)
	})
	return one, err
}
