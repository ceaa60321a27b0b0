package web

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

const (
	// wavesEvery is how often arrivals are looked at for waves, and wavesGrow how
	// often pages are told that a wave has grown.
	wavesEvery = 250 * time.Millisecond
	wavesGrow  = 3 * time.Second

	// wavesQuiet is how often it is looked whether a wave is over while nobody comes.
	wavesQuiet = 2 * time.Second

	// waveRooms is how many rooms of a wave a banner names.
	waveRooms = 3

	// sameAlarm is how long after a wave was dismissed others that begin count as
	// part of it: a raid does not reach all rooms at once.
	sameAlarm = time.Minute

	// dismissalTime is how long a browser remembers which waves were dismissed.
	dismissalTime = 24 * time.Hour
)

// arriving tells who comes into rooms.
type arriving interface {
	Arrivals(limit int, wanted func(xmpp.Arrival) bool) []xmpp.Arrival
	FollowArrivals(wanted func(xmpp.Arrival) bool) *xmpp.ArrivalFeed
	FollowArrivalsAfter(number uint64, wanted func(xmpp.Arrival) bool) *xmpp.ArrivalFeed
	Coverage() xmpp.Coverage
}

// waves knows the waves that go on.
type waves struct {
	chat    arriving
	now     func() time.Time
	metrics *metrics

	mu      sync.Mutex
	current []moderation.Wave
	told    time.Time     // when current was set
	changed chan struct{} // closed when current changes
}

func newWaves(chat arriving, now func() time.Time, m *metrics) *waves {
	return &waves{chat: chat, now: now, metrics: m, changed: make(chan struct{})}
}

// run looks for waves until ctx ends.
func (w *waves) run(ctx context.Context) {
	feed := w.chat.FollowArrivals(func(xmpp.Arrival) bool { return true })
	found := moderation.NewWaves(moderation.DefaultWaveRule())
	for {
		next, cancel := context.WithTimeout(ctx, wavesQuiet)
		arrivals, missed, err := feed.Next(next)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return
		}
		w.metrics.missedArrivals.Add(float64(missed))
		for _, a := range arrivals {
			for _, wave := range found.Add(a) {
				if wave.Room != (xmpp.RoomJID{}) {
					w.metrics.waves.Inc()
				}
			}
		}
		w.set(found.Current(w.now()))
		select {
		case <-ctx.Done():
			return
		case <-time.After(wavesEvery):
		}
	}
}

// set takes over what goes on. A wave that only grew is told of now and then.
func (w *waves) set(current []moderation.Wave) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sameRoom := func(a, b moderation.Wave) bool { return a.Room == b.Room && a.Began.Equal(b.Began) }
	now := w.now()
	if slices.EqualFunc(w.current, current, sameRoom) && now.Sub(w.told) < wavesGrow || slices.Equal(w.current, current) {
		return
	}
	w.current, w.told = current, now
	close(w.changed)
	w.changed = make(chan struct{})
}

// look returns the waves that go on, and what is closed when they change.
func (w *waves) look() (current []moderation.Wave, changed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current, w.changed
}

// waveModel says what of the waves somebody with the grants is to see, who dismissed
// those that had begun by a time. It is nil if that is nothing.
func waveModel(current []moderation.Wave, grants moderation.Grants, dismissed time.Time) *views.Wave {
	var m *views.Wave
	var rooms []views.WaveRoom
	for _, wave := range current {
		overall := wave.Room == (xmpp.RoomJID{})
		if overall && !grants.MayEverywhere(moderation.See) || !overall && !grants.May(moderation.See, wave.Room) {
			continue
		}
		if !dismissed.IsZero() && wave.Began.Before(dismissed.Add(sameAlarm)) {
			continue
		}
		if m == nil {
			m = &views.Wave{Since: wave.Began, Newest: wave.Began}
		}
		if wave.Began.Before(m.Since) {
			m.Since = wave.Began
		}
		if wave.Began.After(m.Newest) {
			m.Newest = wave.Began
		}
		if overall {
			m.People = wave.People
			continue
		}
		rooms = append(rooms, views.WaveRoom{Room: wave.Room.String(), People: wave.People})
	}
	if m == nil {
		return nil
	}
	slices.SortFunc(rooms, func(a, b views.WaveRoom) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Room, b.Room))
	})
	m.Rooms = rooms[:min(len(rooms), waveRooms)]
	m.MoreRooms = len(rooms) - len(m.Rooms)
	return m
}

func waveCookie(c *fiber.Ctx) string { return cookieName(c, "muckick-wave") }

// dismissedWaves returns when the browser dismissed waves last; zero for never.
func (s *Server) dismissedWaves(c *fiber.Ctx) time.Time {
	text, ok := s.cookies.get(c, waveCookie(c))
	if !ok {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{} // an older version of us wrote something else
	}
	return at
}

// handleDismissWave takes the banner of the waves that go on away from the browser.
func (s *Server) handleDismissWave(c *fiber.Ctx) error {
	if err := s.cookies.set(c, waveCookie(c), s.now().UTC().Format(time.RFC3339Nano), dismissalTime); err != nil {
		return err
	}
	return c.Redirect(s.backTo(c, "/arrivals"), fiber.StatusSeeOther)
}
