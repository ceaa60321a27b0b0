package raidtest

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A roomState is what has to be as before after an eviction or an undo: the
// configuration, who has which affiliation, and the roles of those who stay.
type roomState struct {
	Fields       map[string][]string
	Affiliations map[string]xmpp.Affiliation
	Roles        map[string]string
}

// stateOf reads a room as its owner sees it. Of roles only those of nicks count that
// are no bots'.
func (s *scene) stateOf(t testing.TB, room string) roomState {
	t.Helper()
	state := roomState{
		Fields: make(map[string][]string), Affiliations: make(map[string]xmpp.Affiliation), Roles: make(map[string]string),
	}
	answer := s.owner.IQ(t, room, "get", "<query xmlns='http://jabber.org/protocol/muc#owner'/>")
	var form struct {
		Fields []struct {
			Var    string   `xml:"var,attr"`
			Values []string `xml:"value"`
		} `xml:"query>x>field"`
	}
	if err := xml.Unmarshal([]byte(answer.XML), &form); err != nil || len(form.Fields) == 0 {
		t.Fatalf("the form of %s: %d fields, error %v", room, len(form.Fields), err)
	}
	for _, field := range form.Fields {
		state.Fields[field.Var] = slices.Sorted(slices.Values(field.Values))
	}
	items := func(item string, each func(jid, nick, value string)) {
		answer := s.owner.IQ(t, room, "get", "<query xmlns='http://jabber.org/protocol/muc#admin'><item "+item+"/></query>")
		var list struct {
			Items []struct {
				JID         string `xml:"jid,attr"`
				Nick        string `xml:"nick,attr"`
				Role        string `xml:"role,attr"`
				Affiliation string `xml:"affiliation,attr"`
			} `xml:"query>item"`
		}
		if err := xml.Unmarshal([]byte(answer.XML), &list); err != nil || answer.Err != nil {
			t.Fatalf("the list %s of %s: %v, %v", item, room, err, answer.Err)
		}
		for _, entry := range list.Items {
			each(entry.JID, entry.Nick, entry.Role+"/"+entry.Affiliation)
		}
	}
	for _, affiliation := range []xmpp.Affiliation{xmpp.AffiliationOwner, xmpp.AffiliationAdmin, xmpp.AffiliationMember, xmpp.AffiliationOutcast} {
		items(fmt.Sprintf("affiliation='%s'", affiliation), func(jid, _, _ string) { state.Affiliations[jid] = affiliation })
	}
	for _, role := range []string{"moderator", "participant", "visitor"} {
		items(fmt.Sprintf("role='%s'", role), func(_, nick, value string) {
			if !strings.HasPrefix(nick, "spam") && !strings.HasPrefix(nick, "muckick") {
				state.Roles[nick] = value
			}
		})
	}
	return state
}

func (s *scene) states(t testing.TB) map[string]roomState {
	t.Helper()
	states := make(map[string]roomState)
	for _, room := range s.rooms {
		states[room] = s.stateOf(t, room)
	}
	return states
}

// regulars join all rooms without an affiliation.
func (s *scene) regulars(t testing.TB, users ...string) []*xmpptest.Peer {
	t.Helper()
	peers := s.peers.ConnectMany(t, users, "pw")
	s.peers.JoinMany(t, peers, s.rooms)
	return peers
}

// eachReleaseServer runs a test with every release of chat servers, on SQLite, and
// with the embedded one on Postgres too.
func eachReleaseServer(t *testing.T, run func(t *testing.T, s *xmpptest.Server, db *store.Store)) {
	t.Helper()
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		run(t, s, openStore(t, store.Options{URL: storetest.SQLite(t)}))
	})
	t.Run("postgres", func(t *testing.T) {
		run(t, xmpptest.Shared(t, xmpptest.Mucserver), openStore(t, store.Options{URL: storetest.Postgres(t)}))
	})
}

// evictSpam is the wish that all bots are evicted.
func evictSpam(t testing.TB, rooms []string) moderation.Wish {
	t.Helper()
	return moderation.Wish{Kind: xmpp.ActionKick, Way: moderation.Evict, Reason: "Raid", Selection: moderation.Selection{
		Where: scopes(t, rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
	}}
}

// Bots are evicted from several rooms. Who stays notices little: affiliations,
// configuration and voice are as before, and who came between plan and step is in
// too.
func TestEvict(t *testing.T) {
	eachReleaseServer(t, func(t *testing.T, server *xmpptest.Server, db *store.Store) {
		const rooms, bots = 3, 8
		s := newScene(t, server, rooms, bots)
		regulars := s.regulars(t, "rosa", "ida", "ole")
		s.owner.Configure(t, s.rooms[1], map[string]string{"moderatedroom": "1"})
		for _, room := range s.rooms {
			s.owner.SetRole(t, room, "ole", "visitor", "") // muted
			s.owner.SetRole(t, room, "ida", "participant", "")
		}
		before := s.states(t)
		r := newReplica(t, db, chatOptions(server))
		by := operator(t, db, "nurse", moderation.Everything())
		plan := r.plan(t, by, evictSpam(t, s.rooms))
		for _, room := range plan.Rooms {
			if room.Admitted != 3 || room.Evicted != bots {
				t.Errorf("%s: %d become members and %d are evicted, want 3 and %d", room.Room, room.Admitted, room.Evicted, bots)
			}
		}
		newcomer := s.peers.Connect(t, "newcomer", "pw")
		newcomer.Join(t, s.rooms[0], "newcomer")
		job := r.start(t, by, plan)
		r.work(t)
		ended := r.awaitEnd(t, by, job)
		if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: rooms * bots}, ended.Outcomes); diff != "" {
			for _, target := range r.targets(t, by, job) {
				t.Logf("%s in %s: %s %s", target.Action.Target.Nick, target.Action.Room, target.Outcome, target.Detail)
			}
			t.Fatalf("outcomes (-want +got):\n%s", diff)
		}
		for _, room := range s.rooms {
			for _, bot := range s.bots {
				if bot.Ping(t, room) {
					t.Errorf("%s is in %s", bot.User, room)
				}
			}
			for _, peer := range append([]*xmpptest.Peer{s.owner, s.member}, regulars...) {
				if !peer.Ping(t, room) || !peer.Joined(room) {
					t.Errorf("%s was thrown out of %s", peer.User, room)
				}
			}
			regulars[1].Say(t, room, "Still here")
		}
		newcomer.Say(t, s.rooms[0], "Good evening")
		after := s.states(t)
		delete(after[s.rooms[0]].Roles, "newcomer")
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the rooms afterwards (-before +after):\n%s", diff)
		}
		expectEvictionTrail(t, r, job, map[string]int{
			"kick done": rooms * bots, "lock done": rooms, "unlock done": rooms, "member done": 3*rooms + 1, "unmember done": 3*rooms + 1,
		})
		if left, err := db.Evictions(t.Context(), job); err != nil || len(left) > 0 {
			t.Errorf("%d records are left, error %v", len(left), err)
		}
	})
}

// expectEvictionTrail expects so many entries of a job. Roles that are put back need
// not be on it.
func expectEvictionTrail(t *testing.T, r *replica, id moderation.JobID, want map[string]int) {
	t.Helper()
	got := make(map[string]int)
	for attempt, err := range r.store.EachAttempt(t.Context(), store.Filter{Job: id}) {
		if err != nil {
			t.Fatal(err)
		}
		if attempt.Action != xmpp.ActionMute && attempt.Action != xmpp.ActionUnmute {
			got[string(attempt.Action)+" "+string(attempt.Outcome)]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the audit trail (-want +got):\n%s", diff)
	}
}

// Where somebody would be hit who stays, or where muckick is no owner, nobody is
// evicted.
func TestEvictRefused(t *testing.T) {
	tests := []struct {
		name  string
		plain bool // muckick is no admin of the server
		want  string
		setUp func(t *testing.T, s *scene)
	}{
		{"members-only already", false, "members-only already", func(t *testing.T, s *scene) {
			for _, bot := range s.bots {
				s.owner.SetAffiliation(t, s.rooms[0], bot.BareJID(), "member", "")
			}
			s.owner.Configure(t, s.rooms[0], map[string]string{"membersonly": "1"})
		}},
		{"a moderator without affiliation", false, "moderator without an affiliation", func(t *testing.T, s *scene) {
			s.regulars(t, "rosa")
			s.owner.SetRole(t, s.rooms[0], "rosa", "moderator", "")
		}},
		{"muckick is no owner", true, "", func(t *testing.T, s *scene) {
			s.owner.SetAffiliation(t, s.rooms[0], s.server.JID(s.server.Kicker.User), "admin", "")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			test := func(t *testing.T, server *xmpptest.Server) {
				s := newScene(t, server, 1, 2)
				tt.setUp(t, s)
				db := openStore(t, store.Options{URL: storetest.SQLite(t)})
				r := newReplica(t, db, chatOptions(server))
				by := operator(t, db, "nurse", moderation.Everything())
				wish := evictSpam(t, s.rooms)
				wish.Selection.Members = true
				plan := r.plan(t, by, wish)
				if plan.WillDo() != 0 || len(plan.Targets) == 0 {
					t.Fatalf("got %+v, want targets of whom nothing can be done", plan.Targets)
				}
				if got := plan.Targets[0]; got.Verdict != moderation.CannotDo || got.Note == "" || !strings.Contains(got.Note, tt.want) {
					t.Errorf("got %q because of %q, want that it cannot be done because of %q", got.Verdict, got.Note, tt.want)
				}
			}
			if tt.plain {
				xmpptest.EachRelease(t, test, xmpptest.WithPlainKicker())
			} else {
				xmpptest.EachReleaseShared(t, test)
			}
		})
	}
}
