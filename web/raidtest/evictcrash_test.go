package raidtest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A process is killed in the middle of an eviction, wherever that is. The next one
// puts the rooms back, nobody who stays is thrown out, and nothing is reported that
// did not happen.
func TestKilledWhileEvicting(t *testing.T) {
	tests := []struct {
		death   string
		servers []string
	}{
		{"record 1", []string{xmpptest.Mucserver}},
		{"member 2", xmpptest.Releases()},
		{"record 2", []string{xmpptest.Mucserver}},
		{"lock 1", xmpptest.Releases()},
		{"unlock 1", []string{xmpptest.Mucserver}},
		{"unmember 1", xmpptest.Releases()},
		{"unmember 3", []string{xmpptest.Mucserver}},
	}
	for _, tt := range tests {
		t.Run(tt.death, func(t *testing.T) {
			xmpptest.OnShared(t, tt.servers, func(t *testing.T, server *xmpptest.Server) {
				s := newScene(t, server, 1, 4)
				regulars := s.regulars(t, "rosa", "ida", "ole")
				s.owner.SetRole(t, s.rooms[0], "ole", "visitor", "")
				before := s.states(t)
				url := storetest.SQLite(t)
				reader, by, id := planned(t, server, url, s.rooms)

				first := victim(t, url, server, tt.death)
				if err := first.Wait(); err == nil || first.ProcessState.Exited() {
					t.Fatalf("the process was not killed: %v", err)
				}
				victim(t, url, server, "")
				job := reader.awaitEnd(t, by, id)
				for _, target := range reader.targets(t, by, id) {
					for _, bot := range s.bots {
						if bot.User != target.Action.Target.Nick {
							continue
						}
						there := bot.Ping(t, s.rooms[0])
						if there && target.Outcome == xmpp.Done || target.Outcome != xmpp.Done && target.Outcome != xmpp.Unknown {
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
				t.Log(job.Outcomes)
			})
		})
	}
}

// planned makes a job of the wish to evict all bots, which nobody works on. The
// database is read beside the process that does.
func planned(t *testing.T, server *xmpptest.Server, url string, rooms []string) (*replica, moderation.Principal, moderation.JobID) {
	t.Helper()
	db := openStore(t, store.Options{URL: url, NoAudit: true, Create: true})
	reader, run := wire(t.Output(), db, chatOptions(server))
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); run(ctx) }()
	defer func() { end(); <-ended }()
	reader.awaitOnline(t)
	by := operator(t, db, "nurse", moderation.Everything())
	return reader, by, reader.start(t, by, reader.plan(t, by, evictSpam(t, rooms)))
}
