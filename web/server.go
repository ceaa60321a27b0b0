package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"muckick/static"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/transport"
)

const (
	// maxForm is the largest body of a form, in bytes. Strangers may send one.
	maxForm = 16 << 10

	// headerBuffer is how many bytes the head of a request may have.
	headerBuffer = 16 << 10

	// requestTimeout is how long anything but a kick may take to be answered.
	requestTimeout = 30 * time.Second

	idleTimeout = 2 * time.Minute

	// writeTimeout is how long a client may take to accept what is written to it
	// at once. Streams as a whole may take longer.
	writeTimeout = 20 * time.Second

	// maxConnections bounds the connections in all, and maxPerAddress those from
	// one address that is neither a trusted proxy nor this machine.
	maxConnections = 8192
	maxPerAddress  = 256

	// sessionCheck is how often what outlives its request asks whether its
	// operator is still signed in.
	sessionCheck = time.Second
)

// Options are what a [Server] works with. Chat, Store and AuthorizationHeader
// are required.
type Options struct {
	Chat  Chat
	Store *store.Store

	// AuthorizationHeader is the value that the Authorization header of the
	// machine interface has to have.
	AuthorizationHeader string

	// PublicHeader says that everybody may know AuthorizationHeader, as in a
	// demonstration.
	PublicHeader bool

	// TrustedProxies may say by X-Forwarded-For and X-Forwarded-Proto whom a
	// request comes from.
	TrustedProxies []netip.Prefix

	// SignOn is where operators sign in besides with passwords; nil for nowhere.
	SignOn *SignOn

	// NoPasswords says that nobody signs in with a password.
	NoPasswords bool

	// Reasons are offered for an action in the panel, and Durations for one that
	// ends by itself.
	Reasons   []string
	Durations []time.Duration

	// KickTimeout is how long a kick may take, all waiting included; 30 s by
	// default.
	KickTimeout time.Duration

	// HeadTimeout is how long the head of a request may take to come, and
	// BodyTimeout its body after that; 10 s and 30 s by default.
	HeadTimeout, BodyTimeout time.Duration

	// Rehearse starts a raid in a demonstration, which the page of arrivals offers
	// then to administrators. An error says why it does not. Nil for none.
	Rehearse func() error

	// Metrics is where the server's metrics are registered; nil for nowhere.
	Metrics prometheus.Registerer

	Logger *slog.Logger     // default: discard
	Now    func() time.Time // default: time.Now
}

// A Server answers HTTP requests.
type Server struct {
	options   Options
	chat      Chat
	store     *store.Store
	log       *slog.Logger
	now       func() time.Time
	assets    *static.Files
	app       *fiber.App
	api       *apiAuth
	desk      *moderation.Desk
	planner   *moderation.Planner
	jobs      *moderation.Jobs
	running   *runningJobs
	doors     *moderation.Doorkeeper
	signIns   *guesses
	strangers *rate.Limiter
	searches  *searches
	looks     *semaphore.Weighted // rooms that are looked into

	wrongHeaders *rate.Sometimes // for the log

	cookies *cookies
	hub     *hub
	streams *transport.Streams
	rooms   *directory
	tally   *tally
	joins   *joinTally
	waves   *waves

	epoch    string        // tells the numbers of this process's arrivals from another's
	grouping chan struct{} // has one while somebody groups arrivals

	metrics *metrics

	sessionCheck time.Duration // see the constant
	asked        sessionsAsked

	streaming  context.Context // ends when streams are to be cut off
	endStreams context.CancelFunc
	serving    context.Context // ends when all connections are to be cut off
	cutOff     context.CancelFunc
	finished   chan error // has one when the requests under way at Shutdown have ended
}

// New returns a server that is ready for [Server.Serve]. An error names what is
// missing.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.AuthorizationHeader == "" {
		return nil, errors.New("web: no authorization header is set, so anybody could kick")
	}
	assets, err := static.New()
	if err != nil {
		return nil, err
	}
	keys, err := o.Store.CookieKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("web: cookie keys: %w", err)
	}
	o.KickTimeout = cmp.Or(o.KickTimeout, 30*time.Second)
	o.HeadTimeout = cmp.Or(o.HeadTimeout, 10*time.Second)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, 30*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		options: o, chat: o.Chat, store: o.Store, log: o.Logger, now: o.Now, assets: assets,
		api:          newAPIAuth(o.AuthorizationHeader, o.Store, o.Now),
		sessionCheck: sessionCheck,
		wrongHeaders: &rate.Sometimes{First: 3, Interval: time.Minute},
		signIns:      newGuesses(time.Second, 20, o.Now),
		strangers:    newStrangers(),
		searches:     newSearches(),
		looks:        semaphore.NewWeighted(looksAtOnce),
		cookies:      newCookies(keys),
		rooms:        newDirectory(o.Chat, o.Now),
		tally:        newTally(o.Store, o.Now),
		joins:        &joinTally{chat: o.Chat, now: o.Now},
		metrics:      newMetrics(o.Metrics),
		finished:     make(chan error, 1),
		epoch:        rand.Text()[:8],
		grouping:     make(chan struct{}, 1),
	}
	s.streaming, s.endStreams = context.WithCancel(context.Background())
	s.serving, s.cutOff = context.WithCancel(context.Background())
	s.streams = transport.NewStreams(s.streaming, s.logPanic)
	s.desk = moderation.NewDesk(moderation.Options{
		Chat: o.Chat, Trail: o.Store, Effects: o.Store, Logger: o.Logger, Now: o.Now,
		Stored: s.metrics.observeStore, Panicked: s.logPanic,
	})
	s.planner = moderation.NewPlanner(moderation.PlannerOptions{Crowd: o.Chat, Plans: o.Store, Exemptions: o.Store, Jobs: o.Store, Effects: o.Store, Now: o.Now})
	s.jobs = moderation.NewJobs(moderation.JobsOptions{
		Store: o.Store, Plans: o.Store, Principals: o.Store, Desk: s.desk, Chat: o.Chat,
		Logger: o.Logger, Now: o.Now, Panicked: s.logPanic,
	})
	s.doors = moderation.NewDoorkeeper(moderation.DoorkeeperOptions{
		Bars: o.Store, Jobs: o.Store, Exemptions: o.Store, Principals: o.Store, Desk: s.desk, Door: o.Chat,
		Logger: o.Logger, Now: o.Now, Panicked: s.logPanic,
	})
	s.running = &runningJobs{jobs: s.jobs, now: o.Now}
	if o.Metrics != nil {
		registerStore(o.Metrics, o.Store)
	}
	s.waves = newWaves(o.Chat, o.Now, s.metrics)
	if o.Metrics != nil {
		s.registerModeration(o.Metrics)
	}
	s.hub = newHub(o.Chat, s, o.Now, s.metrics.dropped)
	s.app = fiber.New(fiber.Config{
		AppName:                   "muckick",
		DisableStartupMessage:     true,
		DisableDefaultContentType: true, // a kick is answered with no type at all, as the reference does
		Immutable:                 true, // what a handler took from the request goes into the audit trail
		ReadBufferSize:            headerBuffer,
		IdleTimeout:               idleTimeout,
		ErrorHandler:              s.handleError,

		// Whoever allows or logs one address must know that no other one kicks.
		StrictRouting: true,
		CaseSensitive: true,
	})
	s.route()
	transport.Harden(s.app.Server(), transport.Options{
		Head: o.HeadTimeout, Body: o.BodyTimeout,
		Unread:  s.isUnread,
		Methods: fiber.DefaultMethods, Unknown: fiber.MethodPatch,
		Refused: s.noteRefused, Panicked: s.logPanic,
	})
	return s, nil
}

// Serve answers requests that come over the listener until Shutdown.
//
// It refuses a listener that other machines reach when the Authorization header
// is no secret (see CheckHeader).
func (s *Server) Serve(l net.Listener) error {
	if err := CheckHeader(s.options.AuthorizationHeader); err != nil && !s.options.PublicHeader && !isLoopback(l) {
		return fmt.Errorf("authorization_header %w: other machines reach %s", err, l.Addr())
	}
	bounded := transport.NewListener(l, transport.Limits{
		Connections: maxConnections, PerAddress: maxPerAddress, Write: writeTimeout,
		Exempt:  func(a netip.Addr) bool { return a.IsLoopback() || s.trusts(a) },
		Refused: s.metrics.refusedConnections.Inc,
	})
	// Also when Shutdown came before there was anything to shut down.
	context.AfterFunc(s.streaming, func() {
		_ = bounded.Close() // fails when it was closed already, which is what is wanted
	})
	context.AfterFunc(s.serving, bounded.Abort)
	return s.app.Listener(bounded)
}

// Moderate does what nobody waits for, such as jobs, ending bans on time, and looking
// for waves of new accounts, until ctx ends. It returns when nothing of it is under way.
func (s *Server) Moderate(ctx context.Context) {
	var working sync.WaitGroup
	working.Go(func() { s.desk.KeepEffects(ctx) })
	working.Go(func() { s.jobs.Run(ctx) })
	working.Go(func() { s.doors.Run(ctx) })
	working.Go(func() { s.waves.run(ctx) })
	working.Wait()
}

// Shutdown ends the open event streams and Serve, and lets the requests under
// way finish. When ctx ends first, exports are cut off and its error is
// returned; the other requests go on until Close, so that a kick can still say
// what became of it. Shutdown is called once.
func (s *Server) Shutdown(ctx context.Context) error {
	s.hub.close()
	go func() { s.finished <- s.app.ShutdownWithContext(s.serving) }()
	var err error
	select {
	case err = <-s.finished:
		s.finished <- nil // for Close
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.endStreams()
	s.streams.Wait()
	return err
}

// Close waits, until ctx ends, for the answers that Shutdown left under way, and
// cuts off what is still open. It follows Shutdown, and what those answers wait
// for has ended before it is called.
func (s *Server) Close(ctx context.Context) error {
	var err error
	select {
	case err = <-s.finished:
		s.cutOff()
	case <-ctx.Done():
		s.cutOff()
		<-s.finished
		err = ctx.Err()
	}
	return err
}
