package raidtest

import (
	"os/exec"
	"slices"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// longEnv, set to anything, makes waves of full size, on every server.
const longEnv = "MUCKICK_LONG"

// waveSize returns how many bots come into how many rooms, and how long anything may
// take that is waited for.
func waveSize(t testing.TB) (bots, rooms int, limit time.Duration) {
	t.Helper()
	if !isLong() {
		return 20, 4, 2 * time.Minute
	}
	return 200, 20, 20 * time.Minute
}

// peopledRooms is how many rooms have all of the people who are no bots. The others
// have the owner and one of the regulars, since real clients are slow.
const peopledRooms = 5

// A wave is a raid on the rooms of a scene, and who clears them.
type wave struct {
	*scene
	before map[string]roomState // with nobody there who came with the bots

	bots  crowd // who raid
	early crowd // bots, as far as one sees, who were there before
	came  time.Time

	db            *store.Store
	r             *replica // that plans, and works unless other processes do
	administrator moderation.Principal
	by, other     moderation.Principal // moderators
	third         int                  // of the targets: after so many something happens

	url    string
	victim *exec.Cmd // the process that works, if another one does

	people []string // who is no bot, and is in the rooms
	seats  map[string]*xmpptest.Peer
	struck []struck
}

// struck is a job that hits bots.
type struck struct {
	id moderation.JobID
	by moderation.Principal
}

// Who is in the rooms beside bots. Those whose names begin as the bots' do are left
// alone for a reason each.
const (
	keeper   = "keeper" // owner
	regular  = "rosa"
	fan      = "spamfan" // was there before
	newcomer = "newcomer"
	member   = "spamhater"
	warden   = "spamwarden" // admin
	lord     = "spamlord"   // owner
	tester   = "spamtester" // on the exempt list
)

// newWave makes the rooms, with those in them who are there before the bots come.
// Where muckick's account is no admin of the server, it is made an owner.
func newWave(t testing.TB, server *xmpptest.Server, plain bool, o store.Options) *wave {
	t.Helper()
	bots, rooms, limit := waveSize(t)
	w := &wave{
		scene: &scene{server: server, peers: xmpptest.NewPeers(t, server)},
		url:   o.URL, seats: make(map[string]*xmpptest.Peer), third: bots * rooms / 3,
	}
	w.owner = w.peers.Connect(t, keeper, "pw")
	w.seats[keeper] = w.owner
	for range rooms {
		room := server.NewRoom()
		w.owner.CreateRoom(t, room, keeper, map[string]string{"persistentroom": "1"})
		for user, affiliation := range map[string]string{member: "member", warden: "admin", lord: "owner"} {
			w.owner.SetAffiliation(t, room, server.JID(user), affiliation, "")
		}
		if plain {
			w.owner.SetAffiliation(t, room, server.JID(server.Kicker.User), "owner", "")
		}
		w.rooms = append(w.rooms, room)
	}
	w.db = openStore(t, o)
	w.r = newReplica(t, w.db, chatOptions(server))
	w.r.patience = limit
	w.administrator = operator(t, w.db, "administrator", moderation.Everything())
	w.by, w.other = operator(t, w.db, "nurse", moderator(t, w.rooms...)), operator(t, w.db, "doctor", moderator(t, w.rooms...))
	account, err := moderation.ParseAccountGlob(tester + "@*")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.r.planner.Exempt(t.Context(), w.administrator, moderation.Exemption{Account: account, Scope: moderation.Everywhere, Why: "Tests the filter"}); err != nil {
		t.Fatal(err)
	}
	for _, room := range w.rooms {
		if _, err := w.r.chat.Enter(t.Context(), parse(t, room)); err != nil {
			t.Fatal(err)
		}
	}
	w.come(t, regular, fan)
	w.early = gather(t, server, "spamearly%d", 2, w.rooms)
	w.early.awaitInside(t)
	w.awaitSeen(t, w.early, fan)
	w.before = w.states(t)
	return w
}

// come lets people come into the rooms.
func (w *wave) come(t testing.TB, users ...string) {
	t.Helper()
	for i, peer := range w.peers.ConnectMany(t, users, "pw") {
		w.seats[users[i]] = peer
		w.peers.JoinMany(t, []*xmpptest.Peer{peer}, w.roomsOf(users[i]))
	}
	w.people = append(w.people, users...)
}

// comeBack lets everybody come back who lost the connection.
func (w *wave) comeBack(t testing.TB) {
	t.Helper()
	people := append([]string{keeper}, w.people...)
	w.people = nil
	w.come(t, people...)
	w.people, w.owner = w.people[1:], w.seats[keeper]
}

// roomsOf returns the rooms that somebody who is no bot is in.
func (w *wave) roomsOf(user string) []string {
	if user == keeper || user == regular {
		return w.rooms
	}
	return w.rooms[:min(len(w.rooms), peopledRooms)]
}

// flood lets the bots come, and with them some who are none.
func (w *wave) flood(t testing.TB) {
	t.Helper()
	bots, _, _ := waveSize(t)
	w.came = time.Now()
	w.bots = gather(t, w.server, "spam%03d", bots, w.rooms)
	w.come(t, member, warden, lord, tester)
	w.bots.awaitInside(t)
	w.awaitSeen(t, w.bots, tester)
	t.Logf("%d bots are in %d rooms after %s", bots, len(w.rooms), time.Since(w.came))
}

// awaitSeen waits until muckick knows which bots are in the rooms, and that somebody
// else is.
func (w *wave) awaitSeen(t testing.TB, bots crowd, user string) {
	t.Helper()
	_, _, limit := waveSize(t)
	for _, room := range w.rooms {
		awaitWithin(t, limit, "muckick sees who is in "+room, func() bool {
			roster, err := w.r.chat.Occupants(t.Context(), parse(t, room))
			if err != nil {
				return false // while it is not connected
			}
			seen := make(map[string]bool)
			for _, o := range roster.Occupants {
				seen[o.Nick] = true
			}
			return (seen[user] || !slices.Contains(w.roomsOf(user), room)) &&
				!slices.ContainsFunc(bots, func(b *bot) bool { return b.sees(room).inside != seen[b.user] })
		})
	}
}

// awaitSettled waits until the bots have come back or found that they are banned,
// and muckick knows it.
func (w *wave) awaitSettled(t testing.TB) {
	t.Helper()
	w.bots.await(t, "the bots are back, or banned", func(b *bot) bool {
		return !slices.ContainsFunc(b.rooms, func(room string) bool {
			v := b.sees(room)
			return !v.inside && v.refused == 0
		})
	})
	w.awaitSeen(t, w.bots, newcomer)
}

// wish selects the wave.
func (w *wave) wish(t testing.TB, kind xmpp.ActionKind, reason string) moderation.Wish {
	t.Helper()
	return moderation.Wish{Kind: kind, Reason: reason, Selection: moderation.Selection{
		Where: scopes(t, w.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*"), Since: w.came},
	}}
}
