package raidtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// breakPoints are where an eviction of one room with three regulars is interrupted:
// after so many of what is named.
func breakPoints() []string {
	return []string{"record 1", "member 2", "lock 1", "unlock 1", "unmember 1"}
}

// holdAt lets a replica that works wait where it is named, until goOn is closed.
// reached is closed once it is there.
func (r *replica) holdAt(t testing.TB, point string) (reached <-chan struct{}, goOn chan<- struct{}) {
	t.Helper()
	there, wait := make(chan struct{}), make(chan struct{})
	var what string
	var times int
	if _, err := fmt.Sscan(point, &what, &times); err != nil {
		t.Fatal(err)
	}
	counted := make(chan int, 1)
	counted <- 0
	r.gate.passed = func(done string, _ xmpp.RoomJID) {
		if done != what {
			return
		}
		count := <-counted + 1
		counted <- count
		if count == times {
			close(there)
		}
		if count < times {
			return
		}
		select {
		case <-wait:
		case <-t.Context().Done(): // the test has failed
		}
	}
	return there, wait
}

// An eviction that somebody stops, wherever it is, ends with the room as before. What
// is said of each bot is what became of it.
func TestEvictStopped(t *testing.T) {
	interrupt(t, func(t *testing.T, server *xmpptest.Server, s *scene, point string) (*replica, moderation.Principal, moderation.JobID) {
		t.Helper()
		r := newReplica(t, openStore(t, store.Options{URL: storetest.SQLite(t)}), chatOptions(server))
		by := operator(t, r.store, "nurse", moderation.Everything())
		id := r.start(t, by, r.plan(t, by, evictSpam(t, s.rooms)))
		reached, goOn := r.holdAt(t, point)
		r.work(t)
		receive(t, reached)
		if err := r.jobs.Stop(t.Context(), by, id); err != nil {
			t.Fatal(err)
		}
		close(goOn)
		if job := r.awaitEnd(t, by, id); job.State != moderation.JobStopped {
			t.Errorf("got %s, want it stopped", job.State)
		}
		return r, by, id
	})
}

// An eviction whose replica stops in good order, wherever it is, is gone on with by
// another one.
func TestEvictTakenOver(t *testing.T) {
	interrupt(t, func(t *testing.T, server *xmpptest.Server, s *scene, point string) (*replica, moderation.Principal, moderation.JobID) {
		t.Helper()
		url := storetest.Postgres(t)
		one := newReplica(t, openStore(t, store.Options{URL: url}), chatOptions(server))
		two := newReplica(t, openStore(t, store.Options{URL: url}), chatOptions(server))
		by := operator(t, one.store, "nurse", moderation.Everything())
		id := one.start(t, by, one.plan(t, by, evictSpam(t, s.rooms)))
		reached, goOn := one.holdAt(t, point)
		stop, wait := one.work(t)
		receive(t, reached)
		stop()
		close(goOn)
		wait()
		two.work(t)
		two.awaitEnd(t, by, id)
		return two, by, id
	})
}

// interrupt evicts bots from a room, interrupted at each point, and expects the room
// to be as before and the outcomes to be true.
func interrupt(t *testing.T, evict func(t *testing.T, server *xmpptest.Server, s *scene, point string) (*replica, moderation.Principal, moderation.JobID)) {
	t.Helper()
	for _, point := range breakPoints() {
		t.Run(point, func(t *testing.T) {
			servers := []string{xmpptest.Mucserver}
			if point == "lock 1" {
				servers = xmpptest.Releases()
			}
			xmpptest.OnShared(t, servers, func(t *testing.T, server *xmpptest.Server) {
				s := newScene(t, server, 1, 4)
				regulars := s.regulars(t, "rosa", "ida", "ole")
				s.owner.SetRole(t, s.rooms[0], "ole", "visitor", "")
				before := s.states(t)
				r, by, id := evict(t, server, s, point)
				for _, target := range r.targets(t, by, id) {
					for _, bot := range s.bots {
						if bot.User != target.Action.Target.Nick {
							continue
						}
						there := bot.Ping(t, s.rooms[0])
						switch {
						case there && target.Outcome == xmpp.Done, !there && target.Outcome != xmpp.Done && target.Outcome != xmpp.Unknown,
							target.Outcome == xmpp.Pending:
							t.Errorf("%s: %s (%s), and is there: %v", bot.User, target.Outcome, target.Detail, there)
						}
					}
				}
				for _, peer := range append(regulars, s.member, s.owner) {
					if !peer.Ping(t, s.rooms[0]) {
						t.Errorf("%s was thrown out", peer.User)
					}
				}
				regulars[0].Say(t, s.rooms[0], "Still here")
				if diff := cmp.Diff(before, s.states(t)); diff != "" {
					t.Errorf("the room afterwards (-before +after):\n%s", diff)
				}
				if left, err := r.store.Evictions(t.Context(), id); err != nil || len(left) > 0 {
					t.Errorf("%d records are left, error %v", len(left), err)
				}
			})
		})
	}
}

// receive returns what comes from a channel that something else sends on or closes.
func receive[T any](t testing.TB, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(patience):
		t.Fatal("timed out")
	}
	return value
}
