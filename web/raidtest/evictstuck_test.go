package raidtest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// Rooms that cannot be put back after an eviction, for hours perhaps, keep neither
// other jobs nor other rooms waiting. When they can be, they are.
func TestEvictStuck(t *testing.T) {
	tests := []struct {
		name string
		plan func(rooms []string) [][]string // the rooms of each job
		rest func(t *testing.T, r *replica, by moderation.Principal, room string, jobs []moderation.JobID)
	}{
		{"jobs", func(rooms []string) (each [][]string) {
			for _, room := range rooms[:len(rooms)-1] {
				each = append(each, []string{room})
			}
			return each
		}, func(t *testing.T, r *replica, by moderation.Principal, room string, _ []moderation.JobID) {
			t.Helper()
			kick := evictSpam(t, []string{room})
			kick.Way = moderation.OneByOne
			job := r.awaitEnd(t, by, r.start(t, by, r.plan(t, by, kick)))
			if diff := cmp.Diff(map[xmpp.Outcome]int{xmpp.Done: 1}, job.Outcomes); diff != "" {
				t.Errorf("another job (-want +got):\n%s", diff)
			}
		}},
		{"rooms of one job", func(rooms []string) [][]string { return [][]string{rooms} },
			func(t *testing.T, r *replica, by moderation.Principal, _ string, jobs []moderation.JobID) {
				t.Helper()
				await(t, "the last room is cleared", func() bool {
					return !slices.ContainsFunc(r.targets(t, by, jobs[0]), func(target moderation.JobTarget) bool { return target.Outcome != xmpp.Done })
				})
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			xmpptest.Each(t, func(t *testing.T, server *xmpptest.Server) {
				const stuck = 8 // as many as there are places
				s := newScene(t, server, stuck+1, 1)
				s.regulars(t, "rosa")
				affiliate := func(affiliation string, rooms ...string) {
					for _, room := range rooms {
						s.owner.SetAffiliation(t, room, server.JID(server.Kicker.User), affiliation, "")
					}
				}
				affiliate("owner", s.rooms...)
				before := s.states(t)
				r := newReplica(t, openStore(t, store.Options{URL: storetest.SQLite(t)}), chatOptions(server))
				by := operator(t, r.store, "nurse", moderation.Everything())
				var jobs []moderation.JobID
				for _, rooms := range tt.plan(s.rooms) {
					jobs = append(jobs, r.start(t, by, r.plan(t, by, evictSpam(t, rooms))))
				}
				type clearing struct {
					room string
					goOn chan struct{}
				}
				cleared, enough := make(chan clearing), make(chan struct{})
				r.gate.coming = func(what string, room xmpp.RoomJID) {
					if what != string(xmpp.ActionUnlock) {
						return
					}
					c := clearing{room.String(), make(chan struct{})}
					select {
					case cleared <- c:
						select {
						case <-c.goOn:
						case <-t.Context().Done():
						}
					case <-enough:
					case <-t.Context().Done(): // the test has failed
					}
				}
				r.work(t)
				var closed []string
				for len(closed) < stuck {
					c := receive(t, cleared)
					if !slices.Contains(closed, c.room) { // else it is tried again
						affiliate("none", c.room)
						closed = append(closed, c.room)
					}
					close(c.goOn)
				}
				close(enough)
				others := slices.DeleteFunc(slices.Clone(s.rooms), func(room string) bool { return slices.Contains(closed, room) })
				tt.rest(t, r, by, others[0], jobs)
				for _, id := range jobs {
					if job, err := r.jobs.Job(t.Context(), by, id); err != nil || job.State.Ended() {
						t.Errorf("a job whose room is not put back: got %s, error %v", job.State, err)
					}
				}

				affiliate("owner", closed...)
				for _, id := range jobs {
					if job := r.awaitEnd(t, by, id); job.Outcomes[xmpp.Done] != job.Total {
						t.Errorf("outcomes: got %v", job.Outcomes)
					}
				}
				if diff := cmp.Diff(before, s.states(t)); diff != "" {
					t.Errorf("the rooms afterwards (-before +after):\n%s", diff)
				}
			}, xmpptest.WithPlainKicker())
		})
	}
}
