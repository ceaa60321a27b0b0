package xmpp

import (
	"errors"
	"testing"
	"testing/synctest"

	"muckick/xmpp/mucserver"
)

// A room can end between our look and our join, which makes it anew then. Such a
// room is destroyed before the join ends and then left; one that may be
// somebody's is only left.
func TestRoomMadeByAccident(t *testing.T) {
	refused := "<iq type='error' id='%s' from='%s'><error type='auth'><forbidden xmlns='" + nsStanzas + "'/></error></iq>"
	for _, tt := range []struct {
		name, others, affiliation string
		answer                    string // to the destruction; empty if there must be none
	}{
		{"destroyed", "", "owner", "<iq type='result' id='%s' from='%s'/>"},
		{"refused", "", "owner", refused},
		{"not ours", "", "none", ""},
		{"others are there", "<presence from='late@chat.example.org/Bob'><x xmlns='" + nsMUCUser + "'><item role='participant' affiliation='none'/></x></presence>", "owner", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(t)
				jid := RoomJID{"late", "chat.example.org"}
				r := s.hold(jid)
				defer r.release()
				entered := make(chan error, 1)
				go func() { _, err := r.enter(t.Context()); entered <- err }()
				s.says("<iq type='result' id='%s' from='%s'><query xmlns='%s'><identity category='conference' type='text'/><feature var='%s'/></query></iq>",
					s.sent().id, jid, nsDiscoInfo, nsMUC)
				s.sent() // the join
				s.says("%s<presence from='%s/muckick'><x xmlns='%s'><item role='moderator' affiliation='%s'/><status code='110'/><status code='201'/></x></presence>",
					tt.others, jid, nsMUCUser, tt.affiliation)
				if tt.answer != "" {
					got := s.sent()
					if got.name != "iq" || got.kind != "set" || got.to != jid.String() {
						t.Fatalf("got %+v, want the room's destruction", got)
					}
					s.sentNothing()
					select {
					case err := <-entered:
						t.Fatalf("the join ended with %v while the room is there", err)
					default:
					}
					s.says(tt.answer, got.id, jid)
				}
				if got := s.sent(); got.name != "presence" || got.kind != "unavailable" || got.to != jid.occupant("muckick") {
					t.Errorf("got %+v, want that we leave", got)
				}
				if err := <-entered; !errors.As(err, new(*NoRoomError)) {
					t.Errorf("got %v, want no such room", err)
				}
				if r.present() != nil {
					t.Error("we are in the room")
				}
				s.sentNothing()
			})
		})
	}
}

// A server understands what we ask of it, and the room is gone when the join
// ends.
func TestRoomMadeByAccidentEnds(t *testing.T) {
	server, client := embedded(t)
	jid := RoomJID{"room", "chat.example.org"}
	if _, err := server.CreateRoom(jid.String(), mucserver.RoomConfig{Persistent: true}); err != nil {
		t.Fatal(err)
	}
	r := client.current().hold(jid)
	defer r.release()
	try := &attempt{nick: "muckick", done: make(chan joined, 1)}
	r.undo(try, Occupant{Nick: "muckick", Affiliation: AffiliationOwner}, true)
	if answer := <-try.done; !errors.As(answer.err, new(*NoRoomError)) {
		t.Errorf("got %v, want no such room", answer.err)
	}
	if server.Room(jid.String()) != nil {
		t.Error("the room is still there")
	}
}
