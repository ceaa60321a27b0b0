package raidtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Several rooms are locked, the bots in them banned, and both taken back: every
// outcome is what the bots saw, nobody else was hit, and affiliations, configuration
// and voices are as before.
func TestLockBanUndo(t *testing.T) {
	eachReleaseServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		const rooms, bots = 3, 5
		s := newScene(t, server, rooms, bots)
		regulars := s.regulars(t, "rosa", "ida")
		before := s.states(t)
		r := newReplica(t, db, chatOptions(server))
		by := operator(t, db, "nurse", moderation.Everything())
		r.work(t)
		ends := func(what string, plan moderation.Plan, want int) moderation.JobID {
			t.Helper()
			id := r.start(t, by, plan)
			if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: want}, r.awaitEnd(t, by, id).Outcomes); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", what, diff)
			}
			return id
		}
		undo := func(what string, id moderation.JobID, want int) {
			t.Helper()
			plan, err := r.planner.Undo(t.Context(), by, id)
			if err != nil {
				t.Fatal(err)
			}
			ends(what, plan, want)
		}
		locked := ends("locks", r.plan(t, by, moderation.Wish{
			Kind: xmpp.ActionLock, Selection: moderation.Selection{Where: scopes(t, s.rooms)},
		}), rooms)
		newcomer := s.peers.Connect(t, "newcomer", "pw")
		for _, room := range s.rooms {
			newcomer.Join(t, room, "newcomer")
		}
		banned := ends("bans", r.plan(t, by, moderation.Wish{Kind: xmpp.ActionBan, Reason: "Raid", Selection: moderation.Selection{
			Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
		}}), rooms*bots)
		for _, room := range s.rooms {
			for _, bot := range s.bots {
				if end := bot.WaitGone(t, room); !end.Has(xmpptest.StatusBanned) {
					t.Errorf("%s saw %+v, want a ban", bot.User, end)
				}
				if _, refused := bot.TryJoin(t, room, bot.User); refused == nil {
					t.Errorf("%s is back in %s", bot.User, room)
				}
			}
		}
		undo("unbans", banned, rooms*bots)
		undo("unlocks", locked, rooms)
		for _, room := range s.rooms {
			for _, peer := range append([]*xmpptest.Peer{newcomer, s.member, s.owner}, regulars...) {
				if !peer.Ping(t, room) {
					t.Errorf("%s was thrown out of %s", peer.User, room)
				}
				peer.Say(t, room, "Still here")
			}
		}
		after := s.states(t)
		for _, state := range after {
			delete(state.Roles, "newcomer")
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the rooms afterwards (-before +after):\n%s", diff)
		}
	})
}
