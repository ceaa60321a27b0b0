package raidtest

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// patience is how long a test waits for what has to happen.
const patience = 30 * time.Second

// cheap makes password hashes that cost next to nothing.
var cheap = store.Hashing{Memory: 64, Passes: 1, Lanes: 1, Concurrent: 4}

// A replica is the part of muckick that does jobs.
type replica struct {
	store   *store.Store
	chat    *xmpp.Client
	gate    *gate // before the chat side's actions
	desk    *moderation.Desk
	planner *moderation.Planner
	jobs    *moderation.Jobs
	doors   *moderation.Doorkeeper

	patience time.Duration // how long a job may take
}

// openStore opens a database until the test ends.
func openStore(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	o.Hashing = cheap
	o.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// newReplica connects to a chat server. Its jobs do not run before work.
func newReplica(t testing.TB, db *store.Store, o xmpp.Options) *replica {
	t.Helper()
	r, run := wire(t.Output(), db, o)
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { run(ctx) })
	t.Cleanup(func() { end(); running.Wait() })
	r.awaitOnline(t)
	return r
}

// chatOptions are those of muckick's account on a server.
func chatOptions(s *xmpptest.Server) xmpp.Options {
	return xmpp.Options{JID: s.JID(s.Kicker.User), Password: s.Kicker.Password, Server: s.Addr, Security: xmpp.Plaintext}
}

func (r *replica) awaitOnline(t testing.TB) {
	t.Helper()
	await(t, "muckick is online", func() bool {
		status, _ := r.chat.Status()
		return status.Online
	})
}

// awaitNick waits until the replica knows that an account has a nick in a room, or
// that nobody has it if the account is empty: others hear of that earlier.
func (r *replica) awaitNick(t testing.TB, room, nick, account string) {
	t.Helper()
	await(t, nick+" to be "+account, func() bool {
		roster, err := r.chat.Occupants(t.Context(), parse(t, room))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(roster.Occupants, func(o xmpp.Occupant) bool { return o.Nick == nick })
		if i < 0 {
			return account == ""
		}
		return roster.Occupants[i].Account() == account
	})
}

// work lets the replica do jobs until it is told to stop, or the test ends. wait
// waits for its end.
func (r *replica) work(t testing.TB) (stop, wait func()) {
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { r.jobs.Run(ctx) })
	running.Go(func() { r.doors.Run(ctx) })
	t.Cleanup(func() { end(); running.Wait() })
	return end, running.Wait
}

// await waits for a condition that something else brings about.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	awaitWithin(t, patience, what, holds)
}

// awaitWithin is await for what may take another time.
func awaitWithin(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(limit)
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("timed out: %s", what)
		case <-poll.C:
		}
	}
}

// operator adds an operator with grants and returns them as who asks.
func operator(t testing.TB, db *store.Store, name string, grants moderation.Grants) moderation.Principal {
	t.Helper()
	o, err := db.AddOperator(t.Context(), name, "a password that does", grants)
	if err != nil {
		t.Fatal(err)
	}
	return o.Principal()
}

// moderator grants what moderators may, in rooms or everywhere.
func moderator(t testing.TB, rooms ...string) moderation.Grants {
	t.Helper()
	capabilities, _ := moderation.Named("moderator")
	var grants moderation.Grants
	scopes := []moderation.Scope{moderation.Everywhere}
	if len(rooms) > 0 {
		scopes = nil
		for _, room := range rooms {
			scopes = append(scopes, moderation.InRoom(parse(t, room)))
		}
	}
	for _, scope := range scopes {
		var err error
		if grants, err = grants.Add(capabilities, scope); err != nil {
			t.Fatal(err)
		}
	}
	return grants
}

func parse(t testing.TB, address string) xmpp.RoomJID {
	t.Helper()
	room, err := xmpp.ParseRoom(address)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// scopes are those of rooms.
func scopes(t testing.TB, rooms []string) []moderation.Scope {
	t.Helper()
	var list []moderation.Scope
	for _, room := range rooms {
		list = append(list, moderation.InRoom(parse(t, room)))
	}
	return list
}

func nicks(t testing.TB, patterns ...string) []moderation.Glob {
	t.Helper()
	var globs []moderation.Glob
	for _, pattern := range patterns {
		glob, err := moderation.ParseNickGlob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		globs = append(globs, glob)
	}
	return globs
}

// make plans a wish.
func (r *replica) plan(t testing.TB, by moderation.Principal, wish moderation.Wish) moderation.Plan {
	t.Helper()
	plan, err := r.planner.Make(t.Context(), by, wish)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// start makes a job of a plan.
func (r *replica) start(t testing.TB, by moderation.Principal, plan moderation.Plan) moderation.JobID {
	t.Helper()
	id, err := r.jobs.Start(t.Context(), by, "192.0.2.7", plan.ID, plan.Hash, plan.Expect)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// awaitEnd follows a job to its end and returns it.
func (r *replica) awaitEnd(t testing.TB, by moderation.Principal, id moderation.JobID) moderation.Job {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), r.patience)
	defer cancel()
	watch, seen := r.jobs.Watch(by, id, 0), 0
	for {
		update, err := watch.Next(ctx)
		if err != nil {
			t.Fatalf("the job does not end: %v", err)
		}
		seen += len(update.Settled)
		if update.Job.State.Ended() && seen == update.Job.Total {
			return update.Job
		}
	}
}

// awaitSettled waits until some targets of a job have an outcome.
func (r *replica) awaitSettled(t testing.TB, by moderation.Principal, id moderation.JobID, count int) {
	t.Helper()
	awaitWithin(t, r.patience, "the job is under way", func() bool {
		job, err := r.jobs.Job(t.Context(), by, id)
		if err != nil {
			t.Fatal(err)
		}
		return job.Total-job.Outcomes[xmpp.Pending] >= count
	})
}

// targets returns all targets of a job.
func (r *replica) targets(t testing.TB, by moderation.Principal, id moderation.JobID) []moderation.JobTarget {
	t.Helper()
	targets, err := r.jobs.Targets(t.Context(), by, id, moderation.TargetFilter{}, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return targets
}

// A scene is a chat server with rooms, their owner, and bots in all of them.
type scene struct {
	server *xmpptest.Server
	peers  *xmpptest.Peers
	owner  *xmpptest.Peer
	member *xmpptest.Peer
	bots   []*xmpptest.Peer
	rooms  []string
}

// newScene fills rooms.
func newScene(t testing.TB, server *xmpptest.Server, rooms, bots int) *scene {
	t.Helper()
	s := &scene{server: server, peers: xmpptest.NewPeers(t, server)}
	s.owner = s.peers.Connect(t, "keeper", "pw")
	for range rooms {
		room := server.NewRoom()
		s.owner.CreateRoom(t, room, "Keeper", nil)
		s.owner.SetAffiliation(t, room, server.JID("spamhater"), "member", "")
		s.rooms = append(s.rooms, room)
	}
	s.member = s.peers.Connect(t, "spamhater", "pw")
	s.peers.JoinMany(t, []*xmpptest.Peer{s.member}, s.rooms)
	var users []string
	for i := range bots {
		users = append(users, fmt.Sprintf("spam%02d", i))
	}
	s.bots = s.peers.ConnectMany(t, users, "pw")
	s.peers.JoinMany(t, s.bots, s.rooms)
	return s
}

// eachServer runs a test with every kind of chat server, on SQLite, and with the
// embedded one on Postgres too.
func eachServer(t *testing.T, run func(t *testing.T, s *xmpptest.Server, db *store.Store)) {
	t.Helper()
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		run(t, s, openStore(t, store.Options{URL: storetest.SQLite(t)}))
	})
	t.Run("postgres", func(t *testing.T) {
		run(t, xmpptest.Shared(t, xmpptest.Mucserver), openStore(t, store.Options{URL: storetest.Postgres(t)}))
	})
}
