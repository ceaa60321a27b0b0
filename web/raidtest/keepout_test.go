package raidtest

import (
	"errors"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Who was thrown out by a job and is kept out is thrown out again when they come
// back, but not for ever: neither in a fight, nor once they are let in.
func TestKeepOut(t *testing.T) {
	eachServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		s := newScene(t, server, 1, 3)
		room := s.rooms[0]
		r := newReplica(t, db, chatOptions(server))
		operator(t, db, "administrator", moderation.Everything())
		by, other := operator(t, db, "nurse", moderator(t, room)), operator(t, db, "doctor", moderator(t, room))
		r.work(t)
		id := r.start(t, by, r.plan(t, by, moderation.Wish{Kind: xmpp.ActionKick, Reason: "Raid", Selection: moderation.Selection{
			Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
		}}))
		r.awaitEnd(t, by, id)
		until := time.Now().Add(time.Hour)
		var forbidden *moderation.ForbiddenError
		if _, err := r.doors.KeepOut(t.Context(), other, "", id, xmpp.ActionKick, until); !errors.As(err, &forbidden) {
			t.Errorf("by who did not start the job: got %v, want a ForbiddenError", err)
		}
		// One is back before anybody is kept out.
		bots := s.bots
		bots[0].WaitGone(t, room)
		bots[0].Join(t, room, "another nick")
		count, err := r.doors.KeepOut(t.Context(), by, "192.0.2.7", id, xmpp.ActionKick, until)
		if err != nil || count != 3 {
			t.Fatalf("kept out: %d, error %v, want 3", count, err)
		}
		if end := bots[0].WaitGone(t, room); !end.Has(307) || end.Reason != "Raid" {
			t.Errorf("who was back already saw %+v, want a kick", end)
		}
		bots[1].WaitGone(t, room)
		comeBack(t, bots[1], room, "spam99")
		bar := func(bot *xmpptest.Peer) moderation.Bar {
			t.Helper()
			bars, err := r.doors.Bars(t.Context(), by, moderation.BarFilter{Job: id})
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range bars {
				if b.Account == bot.BareJID() {
					return b
				}
			}
			t.Fatalf("%s is not kept out", bot.User)
			return moderation.Bar{}
		}
		await(t, "the return is counted", func() bool { b := bar(bots[1]); return b.Returned == 1 && b.Acted == 1 })
		if !s.member.Ping(t, room) {
			t.Error("somebody else was thrown out")
		}

		// A client that comes back at once is not fought with.
		bots[2].WaitGone(t, room)
		for i := range 6 {
			comeBack(t, bots[2], room, "spam98")
			await(t, "they are thrown out", func() bool { return bar(bots[2]).Acted == i+1 })
		}
		comeBack(t, bots[2], room, "spam98")
		await(t, "the last return is counted", func() bool { b := bar(bots[2]); return b.Returned == 7 && b.Acted == 6 })
		if !isThere(t, bots[2], room, "spam98") {
			t.Error("who came back seven times in a moment was thrown out a seventh time")
		}

		if _, err := r.doors.LetIn(t.Context(), other, bar(bots[1]).ID); err != nil {
			t.Fatal(err)
		}
		bots[1].Join(t, room, "spam01")
		comeBack(t, s.peers.Connect(t, "spam02", "pw"), room, "witness")
		await(t, "a later return was seen", func() bool { return bar(bots[2]).Returned > 7 })
		if !bots[1].Ping(t, room) {
			t.Error("who was let in was thrown out")
		}
	})
}

// comeBack enters a room without waiting to be there: that may last a moment only.
func comeBack(t *testing.T, bot *xmpptest.Peer, room, nick string) {
	t.Helper()
	bot.Send(t, "<presence to='"+room+"/"+nick+"'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
}

// isThere asks the room whether somebody is in it (XEP-0410).
func isThere(t *testing.T, bot *xmpptest.Peer, room, nick string) bool {
	t.Helper()
	answer := bot.IQ(t, room+"/"+nick, "get", "<ping xmlns='urn:xmpp:ping'/>")
	return answer.Err == nil || answer.Err.Condition == "service-unavailable" || answer.Err.Condition == "feature-not-implemented"
}

// Who comes back can be banned instead, for the rest of the time.
func TestBanOnReturn(t *testing.T) {
	eachServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		s := newScene(t, server, 1, 2)
		room := s.rooms[0]
		r := newReplica(t, db, chatOptions(server))
		by := operator(t, db, "nurse", moderation.Everything())
		r.work(t)
		id := r.start(t, by, r.plan(t, by, moderation.Wish{Kind: xmpp.ActionKick, Reason: "Raid", Selection: moderation.Selection{
			Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
		}}))
		r.awaitEnd(t, by, id)
		until := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
		if count, err := r.doors.KeepOut(t.Context(), by, "", id, xmpp.ActionBan, until); err != nil || count != 2 {
			t.Fatalf("kept out: %d, error %v, want 2", count, err)
		}
		bot := s.bots[0]
		bot.WaitGone(t, room)
		comeBack(t, bot, room, "spam99")
		await(t, "the return is answered", func() bool {
			bars, err := r.doors.Bars(t.Context(), by, moderation.BarFilter{Account: bot.BareJID()})
			return err == nil && len(bars) == 1 && bars[0].Acted == 1
		})
		if _, refused := bot.TryJoin(t, room, bot.User); refused == nil {
			t.Error("they are in again")
		}
		bans, err := db.Effects(t.Context(), moderation.EffectFilter{Action: xmpp.ActionBan}, 10)
		if err != nil || len(bans) != 1 || bans[0].Account != bot.BareJID() || !bans[0].Until.Equal(until) || bans[0].State != moderation.EffectStanding {
			t.Errorf("got %+v, error %v, want one ban until %v", bans, err, until)
		}
		if list, err := r.chat.Affiliations(t.Context(), parse(t, room), xmpp.AffiliationOutcast); err != nil || len(list) != 1 {
			t.Errorf("the room has banned %+v, error %v, want one", list, err)
		}
	})
}
