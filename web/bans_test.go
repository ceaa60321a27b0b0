package web_test

import (
	"fmt"
	"strings"
	"testing"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// lastOf returns the newest entry of the trail, when that is not under way.
func lastOf(t *testing.T, here *site) store.Attempt {
	t.Helper()
	rows := wholeTrail(t, here)
	if len(rows) == 0 {
		t.Fatal("the trail is empty")
	}
	return rows[0]
}

// Who is banned and let in again from the panel is what the room says, and the
// trail.
func TestBansFromThePanel(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		room := roomOf(t, address)
		alice, bob, mia := peers.Connect(t, "alice", "pw"), peers.Connect(t, "bob", "pw"), peers.Connect(t, "mia", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		alice.SetAffiliation(t, address, mia.BareJID(), string(xmpp.AffiliationMember), "")
		bob.Join(t, address, "Bob")
		mia.Join(t, address, "Mia")
		here := newSite(t, s)
		b := signIn(t, here)
		steps := []struct {
			name, action, account string
			outcome               xmpp.Outcome
			affiliation           xmpp.Affiliation
			standing              int // effects in the room
		}{
			{"present", "ban", bob.BareJID(), xmpp.Done, xmpp.AffiliationOutcast, 1},
			{"twice", "ban", bob.BareJID(), xmpp.Already, xmpp.AffiliationOutcast, 1},
			{"twice, with a resource and in capitals", "ban", strings.ToUpper(bob.BareJID()) + "/Phone", xmpp.Already, xmpp.AffiliationOutcast, 1},
			{"absent", "ban", s.JID("zed"), xmpp.Done, xmpp.AffiliationOutcast, 2},
			{"an owner", "ban", alice.BareJID(), xmpp.Refused, xmpp.AffiliationOwner, 2},
			{"ourselves", "ban", s.JID(s.Kicker.User), xmpp.Refused, "", 2},
			{"a member", "ban", mia.BareJID(), xmpp.Done, xmpp.AffiliationOutcast, 3},
			{"a member and back", "unban", strings.ToUpper(mia.BareJID()), xmpp.Done, xmpp.AffiliationMember, 2},
			{"a member who is not banned", "unban", mia.BareJID(), xmpp.Already, xmpp.AffiliationMember, 2},
			{"back", "unban", bob.BareJID(), xmpp.Done, xmpp.AffiliationNone, 1},
			{"who was never there", "unban", s.JID("yan"), xmpp.Already, xmpp.AffiliationNone, 1},
		}
		for _, step := range steps {
			b.act(t, address, step.action, "jid", step.account, "reason", "Crumbs")
			if got := lastOf(t, here); got.Outcome != step.outcome || string(got.Action) != step.action {
				t.Errorf("%s: got %+v, want %s %s", step.name, got, step.action, step.outcome)
			}
			if step.affiliation != "" {
				if got := standing(t, here, room, step.account); got != step.affiliation {
					t.Errorf("%s: the room says %q, want %q", step.name, got, step.affiliation)
				}
			}
			stand := 0
			for _, e := range effects(t, here, room) {
				if e.Stands() {
					stand++
				}
			}
			if stand != step.standing {
				t.Errorf("%s: %d stand, want %d", step.name, stand, step.standing)
			}
		}
		for _, peer := range []*xmpptest.Peer{bob, mia} {
			if end := peer.WaitGone(t, address); !end.Has(xmpptest.StatusBanned) {
				t.Errorf("%s heard %+v, want 301", peer.User, end)
			}
			peer.Join(t, address, peer.User)
		}
	})
}

// A ban whose time comes while muckick is down is lifted at the next start, once,
// and gives back what was before, which another process had found.
func TestTimedBanEndsWhileDown(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		room, database := roomOf(t, address), storetest.SQLite(t)
		alice, mia := peers.Connect(t, "alice", "pw"), peers.Connect(t, "mia", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		alice.SetAffiliation(t, address, mia.BareJID(), string(xmpp.AffiliationMember), "")
		mia.Join(t, address, "Mia")
		t.Run("before", func(t *testing.T) {
			here := serveFrom(t, newChat(t, s), database)
			signIn(t, here).act(t, address, "ban", "jid", mia.BareJID(), "for", "1s")
			mia.WaitGone(t, address)
			if got := effects(t, here, room); len(got) != 1 || !got[0].Stands() {
				t.Fatalf("got %+v, want a ban that stands", got)
			}
		})
		here := serveFrom(t, newChat(t, s), database)
		if effect := untilEnded(t, here, room); effect.State != moderation.EffectLifted {
			t.Errorf("got %+v, want that it was lifted", effect)
		}
		if got := standing(t, here, room, mia.BareJID()); got != xmpp.AffiliationMember {
			t.Errorf("Mia is %q, want a member again", got)
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
	})
}

// A mute that ends by itself gives voice to who is there, also if they came back
// meanwhile without; and where coming back gives it, that is what is said.
func TestTimedMute(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		for _, moderated := range []string{"0", "1"} {
			for _, returns := range []bool{false, true} {
				t.Run(fmt.Sprintf("moderated %s, comes back %t", moderated, returns), func(t *testing.T) {
					t.Parallel() // each waits for its mute's end
					peers := xmpptest.NewPeers(t, s)
					address := s.NewRoom()
					room := roomOf(t, address)
					alice, bob := peers.Connect(t, "alice", "pw"), peers.Connect(t, "bob", "pw")
					alice.CreateRoom(t, address, "Alice", map[string]string{"moderatedroom": moderated})
					bob.Join(t, address, "Bob")
					if moderated == "1" {
						alice.SetRole(t, address, "Bob", string(xmpp.RoleParticipant), "")
					}
					awaitRole(t, alice, address, "Bob", xmpp.RoleParticipant)
					here := newSite(t, s)
					b := signIn(t, here)
					b.act(t, address, "mute", "nickname", "Bob", "jid", bob.JID(), "for", "4s")
					if got := lastOf(t, here); got.Outcome != xmpp.Done {
						t.Fatalf("got %+v, want a mute", got)
					}
					awaitRole(t, alice, address, "Bob", xmpp.RoleVisitor)
					want := moderation.EffectLifted
					if returns {
						bob.Leave(t, address)
						bob.Join(t, address, "Robert")
						if bob.Occupants(address)["Robert"].Role == string(xmpp.RoleParticipant) {
							want = moderation.EffectGone
						}
					}
					if got := untilEnded(t, here, room); got.State != want || want == moderation.EffectGone && got.Problem == "" {
						t.Errorf("got %+v, want that it is %s", got, want)
					}
					nick := map[bool]string{false: "Bob", true: "Robert"}[returns]
					awaitRole(t, alice, address, nick, xmpp.RoleParticipant)
				})
			}
		}
	})
}
