package raidtest

import (
	"strings"
	"testing"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Who comes in between the last look and the closing of a room is out too, and the
// job says who that was.
func TestEvictStray(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, server *xmpptest.Server) {
		db := openStore(t, store.Options{URL: storetest.SQLite(t)})
		s := newScene(t, server, 1, 3)
		room := s.rooms[0]
		regulars := s.regulars(t, "rosa")
		r := newReplica(t, db, chatOptions(server))
		by := operator(t, db, "nurse", moderation.Everything())
		newcomer := s.peers.Connect(t, "newcomer", "pw")
		closing, came := make(chan struct{}), make(chan struct{})
		records := 0
		r.gate.passed = func(what string, _ xmpp.RoomJID) {
			// The first one is of who becomes a member, the second of the closing.
			if what == "record" {
				if records++; records == 2 {
					close(closing)
					<-came
				}
			}
		}
		job := r.start(t, by, r.plan(t, by, evictSpam(t, s.rooms)))
		r.work(t)
		<-closing
		newcomer.Join(t, room, "Newcomer")
		close(came)
		ended := r.awaitEnd(t, by, job)
		if newcomer.Ping(t, room) {
			t.Fatal("the newcomer is still there: they came too late, or too early")
		}
		if !strings.Contains(ended.Note, "Newcomer in "+room) || strings.Contains(ended.Note, "spam") || strings.Contains(ended.Note, "rosa") {
			t.Errorf("the job says %q, want that the newcomer went too", ended.Note)
		}
		if !regulars[0].Ping(t, room) {
			t.Error("who stays is out")
		}
		newcomer.Join(t, room, "Newcomer")
	})
}
