package web_test

import (
	"net/http"
	"net/url"
	"slices"
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

// act sends a form of a room's page and returns where it leads.
func (b *browser) act(t *testing.T, room, action string, fields ...string) page {
	t.Helper()
	form := url.Values{"action": {action}, "csrf": {b.csrf(t)}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.do(t, http.MethodPost, roomURL(room)+"/act", form)
}

// effects returns the effects on an account in a room, those that have ended too.
func effects(t *testing.T, here *site, room xmpp.RoomJID) []store.Effect {
	t.Helper()
	all, err := here.store.Effects(t.Context(), store.EffectFilter{Room: room, Ended: true}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// untilEnded waits until no effect stands in the room, and returns the last one.
func untilEnded(t *testing.T, here *site, room xmpp.RoomJID) store.Effect {
	t.Helper()
	var got []store.Effect
	waitFor(t, "the effect to end", func() bool {
		got = effects(t, here, room)
		return len(got) > 0 && !got[0].Stands()
	})
	return got[0]
}

// wholeTrail returns the trail when nothing on it is under way any more.
func wholeTrail(t *testing.T, here *site) (rows []store.Attempt) {
	t.Helper()
	waitFor(t, "what is under way to be concluded", func() bool {
		rows = trail(t, here)
		return !slices.ContainsFunc(rows, func(a store.Attempt) bool { return a.Outcome == xmpp.Pending })
	})
	return rows
}

func roomOf(t *testing.T, address string) xmpp.RoomJID {
	t.Helper()
	room, err := xmpp.ParseRoom(address)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// standing is whether somebody is banned, and what a room says of them.
func standing(t *testing.T, here *site, room xmpp.RoomJID, account string) xmpp.Affiliation {
	t.Helper()
	got, err := here.chat.Affiliation(t.Context(), room, account)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A ban from the panel throws the person out, stands, and ends by itself: a member
// is a member again. The trail has both, with the same effect.
func TestTimedBan(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		room := roomOf(t, address)
		alice, bob := peers.Connect(t, "alice", "pw"), peers.Connect(t, "bob", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		alice.SetAffiliation(t, address, bob.BareJID(), string(xmpp.AffiliationMember), "")
		bob.Join(t, address, "Bob")
		here := newSite(t, s)
		b := signIn(t, here)
		got := b.act(t, address, "ban", "nickname", "Bob", "jid", bob.JID(), "reason", "Crumbs", "for", "3s")
		if got.status != http.StatusSeeOther {
			t.Fatalf("got %d %s", got.status, got.body)
		}
		if body := b.get(t, got.location).body; !strings.Contains(body, "Banned") || !strings.Contains(body, "It ends by itself") {
			t.Errorf("the page does not say that Bob is banned, and until when: %s", body)
		}
		if end := bob.WaitGone(t, address); !end.Has(xmpptest.StatusBanned) || end.Reason != "Crumbs" {
			t.Errorf("Bob heard %+v, want 301 with the reason", end)
		}
		if body := b.get(t, "/standing").body; !strings.Contains(body, "Crumbs") {
			t.Errorf("the ban is not on the page of what stands: %s", body)
		}
		bans := b.get(t, roomURL(address)+"/bans").body
		if !strings.Contains(bans, "Crumbs") || !strings.Contains(bans, "until") {
			t.Errorf("the ban is not among those of the room: %s", bans)
		}
		effect := untilEnded(t, here, room)
		if effect.State != moderation.EffectLifted || effect.EndedBy.Kind != moderation.ByItself || effect.Before != xmpp.AffiliationMember {
			t.Errorf("got %+v, want that it was lifted by itself, of a member", effect)
		}
		if got := standing(t, here, room, bob.BareJID()); got != xmpp.AffiliationMember {
			t.Errorf("Bob is %q, want a member again", got)
		}
		bob.Join(t, address, "Bob")
		waitFor(t, "the end of the ban to be on record", func() bool { return trail(t, here)[0].Outcome != xmpp.Pending })
		type entry struct {
			Action  xmpp.ActionKind
			Outcome xmpp.Outcome
			Actor   store.ActorKind
			Effect  store.EffectID
		}
		var rows []entry
		for _, a := range wholeTrail(t, here) {
			rows = append(rows, entry{a.Action, a.Outcome, a.Actor.Kind, a.Effect})
		}
		want := []entry{{xmpp.ActionUnban, xmpp.Done, moderation.ByItself, effect.ID}, {xmpp.ActionBan, xmpp.Done, store.ByOperator, effect.ID}}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("trail (-want +got):\n%s", diff)
		}
	})
}

// A ban whose time comes while muckick is down is lifted at the next start, once.
func TestBanEndsWhileDown(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	room, database := roomOf(t, embeddedRoom), storetest.SQLite(t)
	t.Run("before", func(t *testing.T) {
		here := serveFrom(t, chat.connect(t), database)
		signIn(t, here).act(t, embeddedRoom, "ban", "jid", "resident0@example.org", "for", "2s")
		if got := effects(t, here, room); len(got) != 1 || !got[0].Stands() {
			t.Fatalf("got %+v, want a ban that stands", got)
		}
	})
	here := serveFrom(t, chat.connect(t), database)
	if effect := untilEnded(t, here, room); effect.State != moderation.EffectLifted {
		t.Errorf("got %+v, want that it was lifted", effect)
	}
	if got := standing(t, here, room, "resident0@example.org"); got != xmpp.AffiliationNone {
		t.Errorf("Bob is %q, want nothing in particular", got)
	}
	lifted := 0
	for _, a := range wholeTrail(t, here) {
		if a.Action == xmpp.ActionUnban {
			lifted++
		}
	}
	if lifted != 1 {
		t.Errorf("lifted %d times, want once", lifted)
	}
}

// What somebody took back on the chat server is noticed, and said.
func TestBanLiftedByHand(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		room := roomOf(t, address)
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		here := newSite(t, s)
		b := signIn(t, here)
		for _, look := range []struct {
			name string
			do   func(account string)
		}{
			{"seen on the page of bans", func(string) { b.get(t, roomURL(address)+"/bans") }},
			{"unbanned here", func(account string) { b.act(t, address, "unban", "jid", account) }},
		} {
			account := s.JID("bob")
			b.act(t, address, "ban", "jid", account, "reason", "Crumbs")
			if got := effects(t, here, room); len(got) == 0 || !got[0].Stands() {
				t.Fatalf("%s: got %+v, want a ban that stands", look.name, got)
			}
			alice.SetAffiliation(t, address, account, string(xmpp.AffiliationNone), "")
			look.do(account)
			for _, effect := range effects(t, here, room) {
				if effect.State != moderation.EffectGone {
					t.Errorf("%s: got %+v, want that it is gone", look.name, effect)
				}
			}
		}
	})
}

// An effect is changed by who may do what made it, in the rooms that they know.
func TestLift(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	b.act(t, embeddedRoom, "ban", "jid", "resident0@example.org", "for", "1h")
	effect := effects(t, here, roomOf(t, embeddedRoom))[0]
	send := func(b *browser, path string, fields ...string) page {
		form := url.Values{"csrf": {b.csrf(t)}, "id": {string(effect.ID)}}
		for i := 0; i+1 < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		return b.do(t, http.MethodPost, path, form)
	}
	viewer := signInAs(t, here, "viewer")
	stranger := signInIn(t, here, "elsewhere@chat.example.org", "moderator")
	for _, path := range []string{"/standing/lift", "/standing/end"} {
		if got := send(stranger, path); got.status != http.StatusNotFound {
			t.Errorf("%s by who does not know the room: got %d, want 404", path, got.status)
		}
	}
	if got := send(viewer, "/standing/end"); got.status != http.StatusForbidden {
		t.Errorf("a viewer changes its end: got %d, want 403", got.status)
	}
	send(viewer, "/standing/lift")
	if got := effects(t, here, effect.Room)[0]; !got.Stands() || !got.Until.Equal(effect.Until) {
		t.Errorf("a viewer changed it: got %+v", got)
	}
	if strings.Contains(stranger.get(t, "/standing").body, "resident0@") || !strings.Contains(viewer.get(t, "/standing").body, "resident0@") {
		t.Error("the page shows what it should not, or not what it should")
	}
	for _, tt := range []struct{ field, value string }{{"for", "-1h"}, {"for", "soon"}, {"until", "2001-01-01T00:00"}, {"until", "tomorrow"}, {"for", "900000h"}} {
		if got := send(b, "/standing/end", tt.field, tt.value); got.status != http.StatusBadRequest {
			t.Errorf("%s %q: got %d, want 400", tt.field, tt.value, got.status)
		}
	}
	send(b, "/standing/end", "until", "2036-01-31T10:00")
	if got, want := effects(t, here, effect.Room)[0].Until, time.Date(2036, 1, 31, 10, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("until %v, want %v", got, want)
	}
	send(b, "/standing/end")
	if got := effects(t, here, effect.Room)[0].Until; !got.IsZero() {
		t.Errorf("until %v, want for ever", got)
	}
	send(b, "/standing/lift")
	if got := effects(t, here, effect.Room)[0]; got.State != moderation.EffectLifted || got.EndedBy.Name != "mod" {
		t.Errorf("got %+v, want that mod lifted it", got)
	}
	if got := standing(t, here, effect.Room, "resident0@example.org"); got != xmpp.AffiliationNone {
		t.Errorf("Bob is %q, want nothing in particular", got)
	}
}

// A page that is too old does not take back a ban that is not the one it shows.
func TestLiftOfWhatEnded(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b, room := signIn(t, here), roomOf(t, embeddedRoom)
	const account = "resident0@example.org"
	b.act(t, embeddedRoom, "ban", "jid", account)
	first := effects(t, here, room)[0]
	b.act(t, embeddedRoom, "unban", "jid", account)
	b.act(t, embeddedRoom, "ban", "jid", account)
	got := b.do(t, http.MethodPost, "/standing/lift", url.Values{"id": {string(first.ID)}, "csrf": {b.csrf(t)}})
	if got.status != http.StatusSeeOther {
		t.Fatalf("got %d: %s", got.status, got.body)
	}
	if got := standing(t, here, room, account); got != xmpp.AffiliationOutcast {
		t.Errorf("the account is %q, want that the second ban stands", got)
	}
}

// Who bans somebody for a while who is banned for longer does not shorten that.
func TestBanIsNotShortened(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b, room := signIn(t, here), roomOf(t, embeddedRoom)
	ends := func(lasting string) time.Time {
		t.Helper()
		b.act(t, embeddedRoom, "ban", "jid", "resident0@example.org", "for", lasting)
		all := effects(t, here, room)
		if len(all) != 1 || !all[0].Stands() {
			t.Fatalf("got %+v, want one ban that stands", all)
		}
		return all[0].Until
	}
	hour := ends("1h")
	if got := ends("1m"); !got.Equal(hour) {
		t.Errorf("a minute after an hour: ends %v, want %v", got, hour)
	}
	day := ends("24h")
	if !day.After(hour.Add(20 * time.Hour)) {
		t.Errorf("a day after an hour: ends %v", day)
	}
	if got := ends(""); !got.IsZero() {
		t.Errorf("for ever: ends %v", got)
	}
	if got := ends("1h"); !got.IsZero() {
		t.Errorf("an hour after for ever: ends %v, want never", got)
	}
	if body := b.get(t, roomURL(embeddedRoom)).body; !strings.Contains(body, "lasts longer") {
		t.Errorf("the page does not say why: %s", body)
	}
}
