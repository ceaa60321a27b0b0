package mucserver

import (
	"fmt"
	"strings"
	"testing"
)

func TestRename(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{})
	enter(t, room, "Paris", AffiliationNone)
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	romeo.join(testRoom, "Romeo")
	juliet := logIn(t, addr, "juliet@example.org/balcony")
	juliet.join(testRoom, "Juliet")

	romeo.send("<presence to='%s/Montague' id='n1'><show>away</show></presence>", testRoom)
	wantParts(t, romeo.await("type='unavailable'"), "/Romeo'", "nick='Montague'", "<status code='110'/><status code='303'/>")
	wantParts(t, romeo.await("<presence"), "/Montague'", "id='n1'", "<status code='110'/>", "<show>away</show>")
	wantParts(t, juliet.await("type='unavailable'"), "/Romeo'", "nick='Montague'", "<status code='303'/>")
	wantParts(t, juliet.await("<presence"), "/Montague'", "<show>away</show>")

	romeo.send("<presence to='%s/Paris' id='n2'/>", testRoom)
	wantParts(t, romeo.await("id='n2'"), "<error type='cancel'><conflict")
	romeo.send("<presence to='%s/Montague' id='n3'/>", testRoom)
	wantParts(t, romeo.await("id='n3'"), "/Montague'", "<status code='110'/>")
}

func TestSharedNickname(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{})
	nurse := logIn(t, addr, "nurse@example.org/kitchen")
	nurse.join(testRoom, "Nurse")
	orchard := logIn(t, addr, "romeo@example.org/orchard")
	street := logIn(t, addr, "romeo@example.org/street")
	mantua := logIn(t, addr, "romeo@example.org/mantua")
	for _, c := range []*client{orchard, street, mantua} {
		got := c.join(testRoom, "Romeo")
		wantParts(t, got[len(got)-2], "/Romeo'", "<status code='110'/>")
	}
	if got := room.Occupants(); len(got) != 2 || got[1].Sessions != 3 {
		t.Fatalf("got %+v, want Romeo with three sessions", got)
	}
	orchard.send("<presence type='unavailable' to='%s/Romeo'/>", testRoom)
	wantParts(t, orchard.await("type='unavailable'"), "<status code='110'/>")
	wantParts(t, nurse.admin(testRoom, "<item nick='Romeo' role='none'/>"), "type='result'")
	for _, c := range []*client{street, mantua} {
		wantParts(t, c.await("type='unavailable'"), "<status code='110'/><status code='307'/>")
	}
	for _, text := range orchard.sync() {
		if strings.Contains(text, "'307'") {
			t.Errorf("a session that had left is told of the kick: %s", text)
		}
	}
}

func TestHostileNicknames(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{})
	nurse := logIn(t, addr, "nurse@example.org/kitchen")
	nurse.join(testRoom, "Nurse")
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	nicks := []string{"ㅋㅋㅋ", "\u115f", strings.Repeat("x", 1000), "👩\u200d🚀🌹", "<script>alert('&\"')</script>", "a/b@c", "]]>"}
	for _, nick := range nicks {
		t.Run(nick, func(t *testing.T) {
			escaped := string(appendText(nil, nick))
			stored, ok := normalizeNick(nick)
			if !ok {
				t.Fatal("refused")
			}
			stored = string(appendText(nil, stored))
			got := romeo.join(testRoom, escaped)
			wantParts(t, got[1], "/"+stored+"'", "<status code='110'/>")
			wantParts(t, nurse.ask("get", testRoom, "<query xmlns='"+nsDiscoItems+"'/>"), "name='"+stored+"'")
			wantParts(t, nurse.ask("get", testRoom, fmt.Sprintf(adminQuery, "<item role='participant'/>")), "nick='"+stored+"'")
			wantParts(t, nurse.admin(testRoom, "<item nick='"+escaped+"' role='none'/>"), "type='result'")
			wantParts(t, romeo.await("type='unavailable'"), "<status code='307'/>")

			resident, err := room.Enter(nick, "bot@example.org", AffiliationNone)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(appendText(nil, resident.Nick())); got != stored {
				t.Errorf("the resident is called %q, want %q", got, stored)
			}
			wantParts(t, nurse.admin(testRoom, "<item nick='"+stored+"' role='none'/>"), "type='result'")
			<-resident.Gone()
		})
	}
}
