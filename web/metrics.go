package web

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"muckick/web/store"
	"muckick/xmpp"
)

// metrics counts what the server does. Labels have few values, all of them
// ours: never an address, a nick or anything else from the network.
type metrics struct {
	requests *prometheus.HistogramVec // seconds, by route, method and status
	kicks    *prometheus.HistogramVec // seconds, by actor's kind and outcome
	actions  *prometheus.CounterVec   // by kind, actor's kind and outcome
	store    *prometheus.HistogramVec // seconds, by operation and result
	streams  prometheus.Gauge         // open streams of events
	dropped  prometheus.Counter       // streams that read too slowly
	panics   prometheus.Counter       // of handlers
	waves    prometheus.Counter       // of new accounts, by room

	missedArrivals prometheus.Counter // that came faster than they were looked at

	refusedRequests    *prometheus.CounterVec // that reached no handler, by status
	refusedConnections prometheus.Counter     // beyond the limits
	unauthorized       prometheus.Counter     // programs
}

// newMetrics makes the metrics and registers them, unless registry is nil.
func newMetrics(registry prometheus.Registerer) *metrics {
	buckets := prometheus.ExponentialBuckets(0.0005, 2, 16) // 0.5 ms to 16 s
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muckick_http_request_seconds", Help: "Time until a request was answered.", Buckets: buckets,
		}, []string{"route", "method", "status"}),
		kicks: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muckick_kick_seconds", Help: "Time from a kick's intent to its outcome.", Buckets: buckets,
		}, []string{"actor", "outcome"}),
		actions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "muckick_actions_total", Help: "Actions that ended, kicks among them.",
		}, []string{"action", "actor", "outcome"}),
		store: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muckick_store_write_seconds", Help: "Time until the audit trail had taken an intent or an outcome.", Buckets: buckets,
		}, []string{"operation", "result"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "muckick_event_streams", Help: "Open streams of events.",
		}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "muckick_event_streams_dropped_total", Help: "Streams of events that were ended because they read too slowly.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "muckick_panics_total", Help: "Faults in the program that ended a request; the log has their stacks.",
		}),
		waves: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "muckick_waves_total", Help: "Waves of new accounts that began in a room.",
		}),
		missedArrivals: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "muckick_arrivals_missed_total", Help: "Arrivals that were not looked at for waves, because they came too fast.",
		}),
		refusedRequests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "muckick_http_requests_refused_total", Help: "Requests that are no valid HTTP, too large or too slow.",
		}, []string{"status"}),
		unauthorized: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "muckick_authorization_refused_total", Help: "Requests of programs whose Authorization header was missing or wrong.",
		}),
		refusedConnections: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "muckick_http_connections_refused_total", Help: "Connections that were closed because there were too many, in all or from one address.",
		}),
	}
	if registry != nil {
		registry.MustRegister(m.requests, m.kicks, m.actions, m.store, m.streams, m.dropped, m.panics, m.refusedRequests, m.refusedConnections, m.unauthorized, m.waves, m.missedArrivals)
	}
	return m
}

// registerStore registers whether the store takes entries, for an alert.
func registerStore(registry prometheus.Registerer, s *store.Store) {
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "muckick_store_writable",
		Help: "1 while the audit trail takes entries, as far as the last write knew, else 0.",
	}, func() float64 {
		if s.Writable() {
			return 1
		}
		return 0
	}))
}

// backlogTimeout is how long whoever reads the metrics waits for the store.
const backlogTimeout = 2 * time.Second

// registerModeration registers what goes on and what is still to be done. What the
// store does not say in time is no number.
func (s *Server) registerModeration(registry prometheus.Registerer) {
	gauge := func(name, help string, value func(store.Backlog) int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), backlogTimeout)
			defer cancel()
			backlog, err := s.store.Backlog(ctx)
			if err != nil {
				return math.NaN()
			}
			return float64(value(backlog))
		})
	}
	registry.MustRegister(
		gauge("muckick_jobs_running", "Jobs that have not ended, of all replicas.", func(b store.Backlog) int { return b.Jobs }),
		gauge("muckick_effects_overdue", "Bans, mutes and locks whose end is overdue by a minute or more, of all replicas.", func(b store.Backlog) int { return b.Overdue }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "muckick_waves", Help: "Waves of new accounts that go on in a room.",
		}, func() float64 {
			rooms := 0
			current, _ := s.waves.look()
			for _, wave := range current {
				if wave.Room != (xmpp.RoomJID{}) {
					rooms++
				}
			}
			return float64(rooms)
		}),
	)
}

// observeRequest measures a request. The route is the pattern that matched, so
// addresses of rooms do not show.
func (m *metrics) observeRequest(c *fiber.Ctx) error {
	began := time.Now()
	err := c.Next()
	status := statusOf(c, err)
	route := c.Route().Path
	if route == "/" && c.Path() != "/" || status == fiber.StatusMethodNotAllowed { // the last one was a middleware
		route = "other"
	}
	m.requests.WithLabelValues(route, knownMethod(c.Method()), strconv.Itoa(status)).Observe(time.Since(began).Seconds())
	return err
}

// knownMethod keeps made-up methods out of the labels.
func knownMethod(method string) string {
	switch method {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost:
		return method
	}
	return "other"
}

func (m *metrics) observeAction(actor store.ActorKind, action xmpp.ActionKind, outcome xmpp.Outcome, took time.Duration) {
	if action == xmpp.ActionKick {
		m.kicks.WithLabelValues(string(actor), string(outcome)).Observe(took.Seconds())
	}
	m.actions.WithLabelValues(string(action), string(actor), string(outcome)).Inc()
}

func (m *metrics) observeStore(operation string, took time.Duration, err error) {
	result := "ok"
	switch {
	case errors.Is(err, store.ErrMaybeStored):
		result = "unknown"
	case err != nil:
		result = "failed"
	}
	m.store.WithLabelValues(operation, result).Observe(took.Seconds())
}

func (m *metrics) observeRefused(status int) {
	m.refusedRequests.WithLabelValues(strconv.Itoa(status)).Inc()
}
