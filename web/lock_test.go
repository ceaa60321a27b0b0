package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// lock sends the form of a lock's page and returns where it leads.
func (b *browser) lock(t *testing.T, room string, fields ...string) page {
	t.Helper()
	form := url.Values{"csrf": {b.csrf(t)}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.do(t, http.MethodPost, roomURL(room)+"/lock", form)
}

// unlock lifts the first lock that the page of a room's locks shows.
func (b *browser) unlock(t *testing.T, room string) page {
	t.Helper()
	body := b.get(t, roomURL(room)+"/lock").body
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(body)
	if id == nil {
		t.Fatalf("the page offers no unlocking: %s", body)
	}
	return b.do(t, http.MethodPost, "/standing/lift", url.Values{"csrf": {b.csrf(t)}, "id": {id[1]}, "back": {roomURL(room)}})
}

// awaitRole waits until a room shows somebody in a role.
func awaitRole(t *testing.T, peer *xmpptest.Peer, room, nick string, role xmpp.Role) {
	t.Helper()
	waitFor(t, nick+" to be "+string(role), func() bool { return peer.Occupants(room)[nick].Role == string(role) })
}

// Newcomers cannot talk in a locked room, whose page says so. When it is unlocked,
// by hand or at its time, they can, and whoever was muted before cannot.
func TestLockFromThePanel(t *testing.T) {
	for _, way := range []string{"unlocked by hand", "ends by itself"} {
		t.Run(way, func(t *testing.T) {
			xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
				peers := xmpptest.NewPeers(t, s)
				address := s.NewRoom()
				room := roomOf(t, address)
				alice, bob, carol, dave := peers.Connect(t, "alice", "pw"), peers.Connect(t, "bob", "pw"), peers.Connect(t, "carol", "pw"), peers.Connect(t, "dave", "pw")
				alice.CreateRoom(t, address, "Alice", map[string]string{"moderatedroom": "0"})
				here := newSite(t, s)
				b := signIn(t, here)
				waitFor(t, "muckick to enter", func() bool { return strings.Contains(b.get(t, roomURL(address)).body, "can moderate here.") })
				bob.Join(t, address, "Bob")
				carol.Join(t, address, "Carol")
				alice.SetRole(t, address, "Carol", string(xmpp.RoleVisitor), "")

				fields := []string{"reason", "A wave"}
				if way == "ends by itself" {
					fields = append(fields, "for", "4s")
				}
				got := b.lock(t, address, fields...)
				if got.status != http.StatusSeeOther {
					t.Fatalf("got %d %s", got.status, got.body)
				}
				if body := b.get(t, got.location).body; !strings.Contains(body, "Locked: newcomers cannot talk") || !strings.Contains(body, "A wave") || !strings.Contains(body, "by mod") {
					t.Errorf("the room's page does not say that it is locked, by whom and why: %s", body)
				}
				dave.Join(t, address, "Dave")
				awaitRole(t, dave, address, "Dave", xmpp.RoleVisitor)
				awaitRole(t, dave, address, "Bob", xmpp.RoleParticipant)

				if way == "unlocked by hand" {
					waitFor(t, "the page to say who gets a voice", func() bool {
						return strings.Contains(b.get(t, roomURL(address)+"/lock").body, "1 person who came while it was locked gets their voice back.")
					})
					got := b.unlock(t, address)
					if body := b.get(t, got.location).body; !strings.Contains(body, "Unlocked") || strings.Contains(body, "Locked: ") {
						t.Errorf("the room's page does not say that it is open: %s", body)
					}
				}
				effect := untilEnded(t, here, room)
				if effect.State != moderation.EffectLifted {
					t.Errorf("got %+v, want that it was lifted", effect)
				}
				awaitRole(t, alice, address, "Dave", xmpp.RoleParticipant)
				dave.Say(t, address, "Hello")
				bob.Say(t, address, "Hello")
				if got := alice.Occupants(address)["Carol"].Role; got != string(xmpp.RoleVisitor) {
					t.Errorf("Carol, who was muted before, is %q", got)
				}
				type entry struct {
					Action  xmpp.ActionKind
					Outcome xmpp.Outcome
					Nick    string
				}
				var rows []entry
				waitFor(t, "all outcomes to be on record", func() bool {
					rows = nil
					for _, a := range trail(t, here) {
						rows = append(rows, entry{a.Action, a.Outcome, a.Nick})
					}
					return !slices.ContainsFunc(rows, func(e entry) bool { return e.Outcome == xmpp.Pending })
				})
				want := []entry{{xmpp.ActionUnmute, xmpp.Done, "Dave"}, {xmpp.ActionUnlock, xmpp.Done, ""}, {xmpp.ActionLock, xmpp.Done, ""}}
				if diff := cmp.Diff(want, rows); diff != "" {
					t.Errorf("trail (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Members only throws out who is no member. The page says before who that is, and
// both ways of locking end each by itself.
func TestLockMembersOnlyFromThePanel(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		alice, bob, mia := peers.Connect(t, "alice", "pw"), peers.Connect(t, "bob", "pw"), peers.Connect(t, "mia", "pw")
		alice.CreateRoom(t, address, "Alice", map[string]string{"moderatedroom": "0"})
		alice.SetAffiliation(t, address, mia.BareJID(), string(xmpp.AffiliationMember), "")
		bob.Join(t, address, "Bob")
		mia.Join(t, address, "Mia")
		here := newSite(t, s)
		b := signIn(t, here)
		var body string
		waitFor(t, "the page to say who would be thrown out", func() bool {
			body = b.get(t, roomURL(address)+"/lock").body
			return strings.Contains(body, "1 of 4 occupants")
		})
		if !strings.Contains(body, "Bob") || strings.Contains(body, "Mia") {
			t.Errorf("the page does not say that it would be Bob alone: %s", body)
		}
		b.lock(t, address)
		b.lock(t, address, "membersonly", "yes", "for", "1h")
		bob.WaitGone(t, address)
		if _, refused := bob.TryJoin(t, address, "Bob"); refused == nil {
			t.Error("Bob came in again")
		}
		body = b.get(t, roomURL(address)).body
		if !strings.Contains(body, "Locked: newcomers cannot talk") || !strings.Contains(body, "Locked: members only") {
			t.Errorf("the room's page lacks a lock: %s", body)
		}
		b.unlock(t, address)
		b.unlock(t, address)
		bob.Join(t, address, "Bob")
		awaitRole(t, alice, address, "Bob", xmpp.RoleParticipant)
		for _, effect := range effects(t, here, roomOf(t, address)) {
			if effect.State != moderation.EffectLifted {
				t.Errorf("got %+v, want that it was lifted", effect)
			}
		}
	})
}

// Who may not lock a room is refused, and so is what no lock can be.
func TestLockRights(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	viewer, stranger := signInAs(t, here, "viewer"), signInIn(t, here, "elsewhere@chat.example.org", "moderator")
	for _, tt := range []struct {
		name   string
		b      *browser
		status int
	}{{"a viewer", viewer, http.StatusForbidden}, {"who does not know the room", stranger, http.StatusNotFound}} {
		if got := tt.b.get(t, roomURL(embeddedRoom)+"/lock"); got.status != tt.status {
			t.Errorf("%s: got %d for the page, want %d", tt.name, got.status, tt.status)
		}
		tt.b.lock(t, embeddedRoom)
	}
	locks, err := here.store.Effects(t.Context(), store.EffectFilter{Action: xmpp.ActionLock, Ended: true}, 10)
	if err != nil || len(locks) > 0 {
		t.Errorf("got %v, %v, want no lock", locks, err)
	}
	for _, tt := range []struct{ field, value string }{{"for", "soon"}, {"until", "2001-01-01T00:00"}, {"reason", strings.Repeat("x", 200_000)}} {
		if got := b.lock(t, embeddedRoom, tt.field, tt.value); got.status < 400 || got.status > 499 {
			t.Errorf("%s: got %d, want that it is refused", tt.field, got.status)
		}
	}
}
