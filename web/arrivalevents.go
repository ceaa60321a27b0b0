package web

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

const (
	// arrivedEvery is how often a page is told of arrivals at most, and arrivedRows
	// of how many at once.
	arrivedEvery = time.Second
	arrivedRows  = 200

	// groupingShare is what part of a core a page with groups may take: it waits
	// that many times as long as grouping took.
	groupingShare = 10
)

// handleArrivalEvents streams the arrivals of a filter. A page that was away for so
// long that rows would be missing is told to look again.
func (s *Server) handleArrivalEvents(c *fiber.Ctx) error {
	filter, err := arrivalsFilter(c.Query)
	if err != nil {
		return err
	}
	after, err := strconv.ParseUint(c.Query("after", "0"), 10, 64)
	if err != nil {
		return fieldError{"after", "is no number"}
	}
	stale := c.Query("epoch") != s.epoch
	grants := principalOf(c).Grants
	return s.stream(c, nil, func(ctx context.Context, tell func([]byte)) {
		if filter.By == views.ArrivalsInTime {
			s.tellArrivals(ctx, filter, grants, after, stale, tell)
		} else {
			s.tellGroups(ctx, filter, grants, tell)
		}
	})
}

// tellArrivals tells of each arrival after the one with a number.
func (s *Server) tellArrivals(ctx context.Context, filter views.ArrivalsFilter, grants moderation.Grants, after uint64, stale bool, tell func([]byte)) {
	wanted := wantedBy(filter, grants)
	behind, last := 0, uint64(0)
	waiting := s.chat.Arrivals(arrivedRows, func(a xmpp.Arrival) bool {
		last = a.Number
		if a.Number <= after || !wanted(a) {
			return false
		}
		behind++
		return true
	})
	switch {
	case stale || behind > arrivedRows:
		tell(sse("stale", "", "."))
	case behind > 0:
		tell(arrivedEvent(waiting, 0, 0, grants))
	}
	feed := s.chat.FollowArrivalsAfter(last, wanted)
	for {
		arrivals, missed, err := feed.Next(ctx)
		if err != nil {
			return
		}
		slices.Reverse(arrivals)
		tell(arrivedEvent(arrivals[:min(len(arrivals), arrivedRows)], len(arrivals)-min(len(arrivals), arrivedRows), missed, grants))
		if !pause(ctx, arrivedEvery) {
			return
		}
	}
}

func arrivedEvent(newest []xmpp.Arrival, skipped int, missed uint64, grants moderation.Grants) []byte {
	return sse("arrived", "", renderText(views.ArrivedRows(views.NewArrivals{Rows: arrivalRows(newest, grants), Skipped: skipped, Missed: missed})))
}

// tellGroups tells of all groups, now and whenever somebody came.
func (s *Server) tellGroups(ctx context.Context, filter views.ArrivalsFilter, grants moderation.Grants, tell func([]byte)) {
	feed := s.chat.FollowArrivals(wantedBy(filter, grants))
	for {
		began := time.Now()
		list, err := s.arrivalsList(ctx, filter, grants)
		if err != nil {
			return
		}
		took := time.Since(began)
		tell(sse("arrivals", "", renderText(views.ArrivalsMoving(list))))
		if !pause(ctx, max(arrivedEvery, groupingShare*took)) {
			return
		}
		if _, _, err := feed.Next(ctx); err != nil {
			return
		}
	}
}

// pause waits, and reports false if ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
