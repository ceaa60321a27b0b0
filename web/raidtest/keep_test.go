package raidtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// keeping returns the order that makes a room members-only for an hour, and keeps all
// who are no bots.
func (r *replica) keeping(ctx context.Context, by moderation.Principal, address string) (moderation.Order, error) {
	room, err := xmpp.ParseRoom(address)
	if err != nil {
		return moderation.Order{}, err
	}
	roster, err := r.chat.Census(ctx, room)
	if err != nil {
		return moderation.Order{}, err
	}
	order := moderation.Order{
		Principal: by, Until: time.Now().Add(time.Hour), Action: xmpp.Action{Kind: xmpp.ActionLock, Room: room, MembersOnly: true, Reason: "Raid"},
	}
	for _, o := range roster.Occupants {
		if o.Affiliation == xmpp.AffiliationNone && !strings.HasPrefix(o.Nick, "spam") && !o.Self {
			account := o.Account()
			order.Keep = append(order.Keep, moderation.Stayer{Account: account, Nick: o.Nick, Role: o.Role})
		}
	}
	return order, nil
}

// lift takes back the lock of a room.
func (r *replica) lift(ctx context.Context, by moderation.Principal, room xmpp.RoomJID) (moderation.Conclusion, error) {
	locks, err := r.store.Effects(ctx, moderation.EffectFilter{Room: room, Action: xmpp.ActionLock}, 2)
	if err != nil || len(locks) != 1 {
		return moderation.Conclusion{}, fmt.Errorf("%d locks, error %v", len(locks), err)
	}
	return r.desk.Lift(ctx, r.desk.Lifting(by, "", locks[0]), locks[0])
}

// keepAndUnlock is what a process does that is killed amid it.
func (r *replica) keepAndUnlock(room string) {
	ctx, by := context.Background(), moderation.Principal{Actor: moderation.Actor{Kind: moderation.ByOperator, Name: "nurse"}, Grants: moderation.Everything()}
	for {
		if status, changed := r.chat.Status(); status.Online {
			break
		} else {
			<-changed
		}
	}
	order, err := r.keeping(ctx, by, room)
	if err == nil {
		_, err = r.desk.Do(ctx, order)
	}
	if err == nil {
		_, err = r.lift(ctx, by, order.Action.Room)
	}
	fmt.Println("ended without dying:", err)
}

// A room becomes members-only: who is to stay does, with the voice that they have,
// the others go, and with the end of the lock all is as before.
func TestLockKeeps(t *testing.T) {
	for _, moderated := range []string{"0", "1"} {
		t.Run("moderated "+moderated, func(t *testing.T) {
			eachReleaseServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
				s := newScene(t, server, 1, 3)
				room := s.rooms[0]
				regulars := s.regulars(t, "rosa", "ida", "ole")
				s.owner.Configure(t, room, map[string]string{"moderatedroom": moderated})
				s.owner.SetRole(t, room, "ole", "visitor", "") // muted
				s.owner.SetRole(t, room, "ida", "participant", "")
				before := s.states(t)
				r := newReplica(t, db, chatOptions(server))
				by := operator(t, db, "nurse", moderation.Everything())
				order, err := r.keeping(t.Context(), by, room)
				if err != nil || len(order.Keep) != 3 {
					t.Fatalf("keeps %+v, error %v", order.Keep, err)
				}
				if got, err := r.desk.Do(t.Context(), order); err != nil || got.Outcome != xmpp.Done || got.Detail != "" {
					t.Fatalf("the lock: %+v, %v", got, err)
				}
				for _, bot := range s.bots {
					await(t, bot.User+" is out", func() bool { return !bot.Ping(t, room) })
					if _, refused := bot.TryJoin(t, room, bot.User); refused == nil {
						t.Errorf("%s is back", bot.User)
					}
				}
				locked := s.stateOf(t, room)
				for _, peer := range regulars {
					if !peer.Ping(t, room) {
						t.Errorf("%s was thrown out", peer.User)
					}
					role, _, _ := strings.Cut(before[room].Roles[peer.User], "/")
					if got, want := locked.Roles[peer.User], role+"/member"; got != want {
						t.Errorf("%s is %s, want %s", peer.User, got, want)
					}
				}
				regulars[1].Say(t, room, "Still here")
				if got, err := r.lift(t.Context(), by, order.Action.Room); err != nil || got.Outcome != xmpp.Done || got.Detail != "" {
					t.Fatalf("its end: %+v, %v", got, err)
				}
				for _, peer := range regulars {
					if !peer.Ping(t, room) {
						t.Errorf("%s was thrown out by the end of the lock", peer.User)
					}
				}
				if diff := cmp.Diff(before, s.states(t)); diff != "" {
					t.Errorf("the room afterwards (-before +after):\n%s", diff)
				}
				regulars[1].Say(t, room, "Still here")
			})
		})
	}
}

// A process is killed while it locks a room and keeps some, or unlocks it. The next
// one leaves the room as it was, and nobody who was to stay is thrown out.
func TestKilledWhileKeeping(t *testing.T) {
	tests := []struct {
		death   string
		servers []string
	}{
		{"member 1", []string{xmpptest.Mucserver}},
		{"member 2", xmpptest.Releases()},
		{"lock 1", xmpptest.Releases()},
		{"unlock 1", []string{xmpptest.Mucserver}},
		{"unmember 2", xmpptest.Releases()},
	}
	for _, tt := range tests {
		t.Run(tt.death, func(t *testing.T) {
			xmpptest.OnShared(t, tt.servers, func(t *testing.T, server *xmpptest.Server) {
				s := newScene(t, server, 1, 2)
				room := s.rooms[0]
				regulars := s.regulars(t, "rosa", "ida", "ole")
				s.owner.SetRole(t, room, "ole", "visitor", "")
				before := s.states(t)
				url := storetest.SQLite(t)
				v := victim(t, url, server, tt.death, victimKeeps+"="+room)
				if err := v.Wait(); err == nil || v.ProcessState.Exited() {
					t.Fatalf("the process was not killed: %v", err)
				}
				// Two hours later, when the lock has ended too.
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
				for _, peer := range append(regulars, s.member, s.owner) {
					if !peer.Ping(t, room) {
						t.Errorf("%s was thrown out", peer.User)
					}
				}
				if diff := cmp.Diff(before, s.states(t)); diff != "" {
					t.Errorf("the room afterwards (-before +after):\n%s", diff)
				}
			})
		})
	}
}
