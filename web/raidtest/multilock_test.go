package raidtest

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// closing is the wish to make rooms members-only for an hour, which keeps whom a rule
// means.
func closing(t testing.TB, rooms []string, stay moderation.StayRule) moderation.Wish {
	t.Helper()
	return moderation.Wish{
		Kind: xmpp.ActionLock, MembersOnly: true, Stay: stay, Reason: "Raid", Until: time.Now().Add(time.Hour),
		Selection: moderation.Selection{Where: scopes(t, rooms)},
	}
}

// exempt puts accounts on the exempt list.
func exempt(t testing.TB, db *store.Store, accounts ...string) {
	t.Helper()
	for _, account := range accounts {
		glob, err := moderation.ParseAccountGlob(account)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.AddExemption(t.Context(), moderation.Exemption{Account: glob, Scope: moderation.Everywhere, Why: "a regular", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
}

// Three rooms become members-only in one go. Who was there before the bots stays, with
// the voice that they have, and who is exempt; the bots go, and who came after the
// plan. The undo leaves all as it was.
func TestLockSeveral(t *testing.T) {
	eachReleaseServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		const rooms, bots = 3, 3
		s := newScene(t, server, rooms, 0)
		r := newReplica(t, db, chatOptions(server))
		for _, room := range s.rooms { // so that it knows who came when
			if _, err := r.chat.Enter(t.Context(), parse(t, room)); err != nil {
				t.Fatal(err)
			}
		}
		regulars := s.regulars(t, "rosa", "ida", "ole")
		for _, room := range s.rooms {
			s.owner.SetRole(t, room, "ole", "visitor", "") // muted
			r.awaitNick(t, room, "ole", regulars[2].BareJID())
			r.awaitNick(t, room, "rosa", regulars[0].BareJID())
			r.awaitNick(t, room, "ida", regulars[1].BareJID())
		}
		before := s.states(t)
		raid := time.Now()
		exempt(t, db, server.JID("late"))
		late := s.peers.Connect(t, "late", "pw")
		late.Join(t, s.rooms[0], "late")
		s.bots = s.peers.ConnectMany(t, []string{"spam00", "spam01", "spam02"}, "pw")
		s.peers.JoinMany(t, s.bots, s.rooms)
		for _, room := range s.rooms {
			for _, bot := range s.bots {
				r.awaitNick(t, room, bot.User, bot.BareJID())
			}
		}
		r.awaitNick(t, s.rooms[0], "late", late.BareJID())

		by := operator(t, db, "nurse", moderation.Everything())
		plan := r.plan(t, by, closing(t, s.rooms, moderation.StayRule{Before: raid}))
		stays, goes := 0, 0
		for _, room := range plan.Rooms {
			stays, goes = stays+room.Admitted, goes+room.Evicted
		}
		if got, want := []int{plan.WillDo(), stays, goes, plan.Expect}, []int{rooms, 3*rooms + 1, bots * rooms, 0}; !cmp.Equal(got, want) {
			t.Fatalf("will do, stay, go, to be typed: got %d, want %d", got, want)
		}
		unplanned := s.peers.Connect(t, "unplanned", "pw")
		unplanned.Join(t, s.rooms[0], "unplanned")

		r.work(t)
		id := r.start(t, by, plan)
		if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: rooms}, r.awaitEnd(t, by, id).Outcomes); diff != "" {
			t.Fatalf("locks (-want +got):\n%s\n%+v", diff, r.targets(t, by, id))
		}
		await(t, "who came after the plan is out", func() bool { return !unplanned.Ping(t, s.rooms[0]) })
		if !late.Ping(t, s.rooms[0]) {
			t.Error("who is exempt was thrown out")
		}
		for _, room := range s.rooms {
			for _, bot := range s.bots {
				await(t, bot.User+" is out", func() bool { return !bot.Ping(t, room) })
				if _, refused := bot.TryJoin(t, room, bot.User); refused == nil {
					t.Errorf("%s is back in %s", bot.User, room)
				}
			}
			locked := s.stateOf(t, room)
			for _, peer := range regulars {
				if !peer.Ping(t, room) {
					t.Errorf("%s was thrown out of %s", peer.User, room)
				}
				role, _, _ := strings.Cut(before[room].Roles[peer.User], "/")
				if got, want := locked.Roles[peer.User], role+"/member"; got != want {
					t.Errorf("%s is %s in %s, want %s", peer.User, got, room, want)
				}
			}
			regulars[1].Say(t, room, "Still here")
		}

		undo, err := r.planner.Undo(t.Context(), by, id)
		if err != nil {
			t.Fatal(err)
		}
		undone := r.start(t, by, undo)
		if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: rooms}, r.awaitEnd(t, by, undone).Outcomes); diff != "" {
			t.Fatalf("unlocks (-want +got):\n%s\n%+v", diff, r.targets(t, by, undone))
		}
		after := s.states(t)
		delete(after[s.rooms[0]].Roles, "late") // who came since
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the rooms afterwards (-before +after):\n%s", diff)
		}
		for _, room := range s.rooms {
			regulars[1].Say(t, room, "Still here")
		}
	})
}

// Where somebody cannot be made a member, that room is not locked, nobody in it is
// thrown out, and the others are. Tried again, the same people stay.
func TestLockSeveralRefused(t *testing.T) {
	server := xmpptest.Shared(t, xmpptest.Mucserver)
	db := openStore(t, store.Options{URL: storetest.SQLite(t)})
	s := newScene(t, server, 2, 2)
	regulars := s.regulars(t, "rosa", "ida")
	r := newReplica(t, db, chatOptions(server))
	var refusing atomic.Bool
	refusing.Store(true)
	r.gate.refuse = func(action xmpp.Action) bool {
		return refusing.Load() && action.Kind == xmpp.ActionMember && action.Room.String() == s.rooms[1] && action.Target.Nick == "rosa"
	}
	by := operator(t, db, "nurse", moderation.Everything())
	exempt(t, db, regulars[0].BareJID(), regulars[1].BareJID())
	before := s.states(t)
	r.work(t)
	id := r.start(t, by, r.plan(t, by, closing(t, s.rooms, moderation.StayRule{Nobody: true})))
	job := r.awaitEnd(t, by, id)
	if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: 1, xmpp.Refused: 1}, job.Outcomes); diff != "" {
		t.Fatalf("locks (-want +got):\n%s", diff)
	}
	for _, target := range r.targets(t, by, id) {
		if refused := target.Outcome == xmpp.Refused; refused != strings.Contains(target.Detail, regulars[0].BareJID()) || refused != (target.Action.Room.String() == s.rooms[1]) {
			t.Errorf("%s: %s (%s)", target.Action.Room, target.Outcome, target.Detail)
		}
	}
	if diff := cmp.Diff(before[s.rooms[1]], s.stateOf(t, s.rooms[1])); diff != "" {
		t.Errorf("the room that was not locked (-before +after):\n%s", diff)
	}

	refusing.Store(false)
	regulars[1].Leave(t, s.rooms[1])
	r.awaitNick(t, s.rooms[1], "ida", "")
	retry, err := r.planner.Retry(t.Context(), by, id)
	if err != nil {
		t.Fatal(err)
	}
	if len(retry.Targets) != 1 || retry.Rooms[0].Admitted != 2 || retry.Rooms[0].Evicted != 2 {
		t.Fatalf("got %+v, want that two stay and two go", retry.Rooms)
	}
	r.awaitEnd(t, by, r.start(t, by, retry))
	for _, bot := range s.bots {
		await(t, bot.User+" is out", func() bool { return !bot.Ping(t, s.rooms[1]) })
	}
	if !regulars[0].Ping(t, s.rooms[1]) {
		t.Error("rosa was thrown out")
	}
	regulars[1].Join(t, s.rooms[1], "ida") // as a member
}

// A process that locks two rooms is killed in the middle. The next one goes on; when
// the locks have ended both rooms are as before, and nobody who was to stay was thrown
// out.
func TestKilledWhileLockingSeveral(t *testing.T) {
	for _, tt := range []struct {
		death   string
		servers []string
	}{
		{"member 2", xmpptest.Releases()},
		{"member 5", []string{xmpptest.Mucserver}},
		{"lock 1", xmpptest.Releases()},
		{"lock 2", []string{xmpptest.Mucserver}},
	} {
		t.Run(tt.death, func(t *testing.T) {
			xmpptest.OnShared(t, tt.servers, func(t *testing.T, server *xmpptest.Server) {
				s := newScene(t, server, 2, 2)
				regulars := s.regulars(t, "rosa", "ida", "ole")
				for _, room := range s.rooms {
					s.owner.SetRole(t, room, "ole", "visitor", "")
				}
				before := s.states(t)
				url := storetest.SQLite(t)
				reader, by, id := plannedLock(t, server, url, s.rooms, regulars)
				first := victim(t, url, server, tt.death)
				if err := first.Wait(); err == nil || first.ProcessState.Exited() {
					t.Fatalf("the process was not killed: %v", err)
				}
				next := victim(t, url, server, "")
				job := reader.awaitEnd(t, by, id)
				t.Log(job.Outcomes)
				for _, target := range reader.targets(t, by, id) {
					if target.Outcome != xmpp.Done && target.Outcome != xmpp.Unknown {
						t.Errorf("%s: %s (%s)", target.Action.Room, target.Outcome, target.Detail)
					}
				}
				_ = next.Process.Kill() // it has nothing left to do
				_ = next.Wait()
				for _, peer := range append(regulars, s.member, s.owner) {
					for _, room := range s.rooms {
						if !peer.Ping(t, room) {
							t.Errorf("%s was thrown out of %s", peer.User, room)
						}
					}
				}
				// Two hours later, when the locks have ended.
				expireLeases(t, url)
				db := openStore(t, store.Options{URL: url, Now: func() time.Time { return time.Now().Add(2 * time.Hour) }})
				r := newReplica(t, db, chatOptions(server))
				ctx, end := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { defer close(ended); r.desk.KeepEffects(ctx) }()
				defer func() { end(); <-ended }()
				await(t, "nothing stands", func() bool {
					all, err := db.Effects(t.Context(), moderation.EffectFilter{}, 10)
					return err == nil && len(all) == 0
				})
				after := s.states(t)
				for _, room := range s.rooms {
					for _, bot := range s.bots { // in, or thrown out
						delete(before[room].Roles, bot.User)
						delete(after[room].Roles, bot.User)
					}
				}
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("the rooms afterwards (-before +after):\n%s", diff)
				}
			})
		})
	}
}

// plannedLock makes a job that locks rooms and keeps regulars, which nobody works on.
func plannedLock(t *testing.T, server *xmpptest.Server, url string, rooms []string, regulars []*xmpptest.Peer) (*replica, moderation.Principal, moderation.JobID) {
	t.Helper()
	db := openStore(t, store.Options{URL: url, NoAudit: true, Create: true})
	reader, run := wire(t.Output(), db, chatOptions(server))
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); run(ctx) }()
	defer func() { end(); <-ended }()
	reader.awaitOnline(t)
	for _, peer := range regulars {
		exempt(t, db, peer.BareJID())
	}
	by := operator(t, db, "nurse", moderation.Everything())
	return reader, by, reader.start(t, by, reader.plan(t, by, closing(t, rooms, moderation.StayRule{Nobody: true})))
}

// Who stops a job while people are made members for a lock finds all as it was.
func TestStoppedWhileLockingSeveral(t *testing.T) {
	server := xmpptest.Shared(t, xmpptest.Mucserver)
	db := openStore(t, store.Options{URL: storetest.SQLite(t)})
	s := newScene(t, server, 2, 2)
	s.regulars(t, "rosa", "ida", "ole")
	before := s.states(t)
	r := newReplica(t, db, chatOptions(server))
	by := operator(t, db, "nurse", moderation.Everything())
	r.gate.let(3)
	var given atomic.Int64
	takingBack := make(chan struct{})
	var once sync.Once
	r.gate.passed = func(string, xmpp.RoomJID) { given.Add(1) }
	r.gate.coming = func(what string, _ xmpp.RoomJID) {
		if what == "unmember" {
			once.Do(func() { close(takingBack) })
		}
	}
	r.work(t)
	id := r.start(t, by, r.plan(t, by, closing(t, s.rooms, moderation.StayRule{Everybody: true})))
	await(t, "three to be members", func() bool { return given.Load() == 3 })
	if err := r.jobs.Stop(t.Context(), by, id); err != nil {
		t.Fatal(err)
	}
	<-takingBack
	close(r.gate.open)
	job := r.awaitEnd(t, by, id)
	if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Cancelled: 2}, job.Outcomes); diff != "" || job.State != moderation.JobStopped {
		t.Errorf("it is %s (-want +got):\n%s\n%+v", job.State, diff, r.targets(t, by, id))
	}
	if diff := cmp.Diff(before, s.states(t)); diff != "" {
		t.Errorf("the rooms afterwards (-before +after):\n%s", diff)
	}
	if effects, err := db.Effects(t.Context(), moderation.EffectFilter{Ended: true}, 10); err != nil || len(effects) > 0 {
		t.Errorf("got %+v, %v, want nothing on record", effects, err)
	}
}
