package mucserver

import (
	"testing"
)

const testRoom = "snuggery@chat.example.org"

func TestKick(t *testing.T) {
	s, addr := serve(t, nil)
	room, err := s.CreateRoom(testRoom, RoomConfig{Name: "Snuggery", Subject: "Be nice", Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	nurse := logIn(t, addr, "nurse@example.org/kitchen")

	got := romeo.join(testRoom, "Romeo")
	wantParts(t, got[0], "from='snuggery@chat.example.org/Romeo'", "<status code='110'/>", "role='participant'", "id='join'")
	wantParts(t, got[1], "<subject>Be nice</subject>")
	got = nurse.join(testRoom, "Nurse")
	wantParts(t, got[0], "/Romeo'", "jid='romeo@example.org/orchard'")
	wantParts(t, got[1], "/Nurse'", "affiliation='owner'", "role='moderator'", "<status code='110'/>")

	nurse.send("<iq type='set' id='kick' to='%s'><query xmlns='http://jabber.org/protocol/muc#admin'>"+
		"<item nick='Romeo' role='none'><reason>a &lt; b</reason></item></query></iq>", testRoom)
	wantParts(t, show(nurse.read()), "type='unavailable'", "<status code='307'/>", "role='none'", "<actor nick='Nurse'/>", "<reason>a &lt; b</reason>")
	wantParts(t, show(nurse.read()), "<iq", "id='kick'", "type='result'")
	kicked := romeo.await("type='unavailable'")
	wantParts(t, kicked, "<status code='110'/>", "<status code='307'/>", "<actor nick='Nurse'/>", "<reason>a &lt; b</reason>")
	if got := len(room.Occupants()); got != 1 {
		t.Errorf("%d occupants remain, want 1", got)
	}
}
