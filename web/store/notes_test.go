package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

func parseRoom(t *testing.T, address string) xmpp.RoomJID {
	t.Helper()
	room, err := xmpp.ParseRoom(address)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

func TestKickedFrom(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		clock := newClock()
		s := open(t, store.Options{URL: url, Now: clock.Now})
		attempt := func(action xmpp.ActionKind, room, nick, jid string, outcome xmpp.Outcome) {
			t.Helper()
			id, err := s.Intend(t.Context(), store.Intent{Action: action, Room: room, Nick: nick})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: outcome, RealJID: jid}); err != nil {
				t.Fatal(err)
			}
		}
		attempt(xmpp.ActionKick, "a@x", "Bob", "bob@y/1", xmpp.Done)
		clock.advance(time.Hour)
		since := clock.Now()
		attempt(xmpp.ActionKick, "a@x", "Bob", "bob@y/1", xmpp.Done)
		attempt(xmpp.ActionKick, "a@x", "Robert", "bob@y/2", xmpp.Done)
		attempt(xmpp.ActionKick, "a@x", "Hidden", "", xmpp.Done)
		attempt(xmpp.ActionKick, "b@x", "Bob", "bob@y/1", xmpp.Done)
		attempt(xmpp.ActionKick, "a@x", "Bob", "bob@y/1", xmpp.Refused)
		attempt(xmpp.ActionMute, "a@x", "Bob", "bob@y/1", xmpp.Done)
		want := []store.Kicked{{Account: "bob@y", Times: 2}, {Nick: "Hidden", Times: 1}}
		for limit := 1; limit <= 3; limit++ {
			got, err := s.KickedFrom(t.Context(), parseRoom(t, "a@x"), since, limit)
			if diff := cmp.Diff(want[:min(limit, len(want))], got); diff != "" || err != nil {
				t.Errorf("error %v, kicks (-want +got):\n%s", err, diff)
			}
		}
	})
}

func TestBansElsewhere(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		begin := func(action xmpp.ActionKind, room, account string, state moderation.EffectState) {
			t.Helper()
			e := store.Effect{Action: action, Room: parseRoom(t, room), Account: account, State: moderation.EffectPending, Since: time.Now()}
			e.ID = s.NewEffectID(e.Since)
			if err := s.BeginEffect(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			var err error
			if e.State = state; state == moderation.EffectStanding {
				err = s.SettleEffect(t.Context(), e, false)
			} else {
				e.Ended = time.Now()
				err = s.EndEffect(t.Context(), e)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		begin(xmpp.ActionBan, "a@x", "bob@y", moderation.EffectStanding)
		begin(xmpp.ActionBan, "b@x", "bob@y", moderation.EffectStanding)
		begin(xmpp.ActionBan, "c@x", "bob@y", moderation.EffectLifted)
		begin(xmpp.ActionMute, "d@x", "bob@y", moderation.EffectStanding)
		begin(xmpp.ActionBan, "e@x", "", moderation.EffectStanding)
		got, err := s.BansElsewhere(t.Context(), parseRoom(t, "a@x"), 10)
		want := []store.StandingBan{{Account: "bob@y", Room: parseRoom(t, "b@x")}}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b xmpp.RoomJID) bool { return a == b })); diff != "" || err != nil {
			t.Errorf("error %v, bans (-want +got):\n%s", err, diff)
		}
	})
}
