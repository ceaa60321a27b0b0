package mucserver

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	testRoom = "snuggery@chat.example.org"

	adminQuery = "<query xmlns='http://jabber.org/protocol/muc#admin'>%s</query>"
	ownerQuery = "<query xmlns='http://jabber.org/protocol/muc#owner'>%s</query>"
)

func createRoom(t testing.TB, s *Server, config RoomConfig) *Room {
	t.Helper()
	config.Persistent = true
	r, err := s.CreateRoom(testRoom, config)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func setAffiliation(t *testing.T, r *Room, jid string, affiliation Affiliation) {
	t.Helper()
	if err := r.SetAffiliation(jid, affiliation, ""); err != nil {
		t.Fatal(err)
	}
}

func enter(t testing.TB, r *Room, nick string, affiliation Affiliation) *Resident {
	t.Helper()
	res, err := r.Enter(nick, strings.ToLower(nick)+"@residents.example.org/here", affiliation)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestRoomIsCreatedByJoining(t *testing.T) {
	s, addr := serve(t, nil)
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	got := romeo.join("New@chat.example.org", "Romeo")
	wantParts(t, got[0], "from='new@chat.example.org/Romeo'", "affiliation='owner'", "role='moderator'", "<status code='110'/><status code='201'/>")
	wantParts(t, got[1], "<subject/>")
	wantParts(t, romeo.ask("set", "new@chat.example.org", fmt.Sprintf(ownerQuery, "<x xmlns='jabber:x:data' type='submit'/>")), "type='result'")
	if got := s.Counts(); got.RoomsCreated != 1 || got.Joins != 1 {
		t.Errorf("got %+v, want one room created and one join", got)
	}
	if got := s.Room("new@chat.example.org").Joins(); got != 1 {
		t.Errorf("the room counts %d joins, want 1", got)
	}

	romeo.send("<presence type='unavailable' to='new@chat.example.org/Romeo' id='bye'><status>late</status></presence>")
	wantParts(t, romeo.await("type='unavailable'"), "<status code='110'/>", "<status>late</status>", "id='bye'")
	romeo.sync()
	if s.Room("new@chat.example.org") != nil {
		t.Error("the room still exists after the last occupant left")
	}
	wantParts(t, romeo.ask("get", "new@chat.example.org", "<query xmlns='"+nsDiscoInfo+"'/>"), "<error type='cancel'><item-not-found")
}

func TestDestroy(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{})
	paris := enter(t, room, "Paris", AffiliationNone)
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	romeo.join(testRoom, "Romeo")
	nurse := logIn(t, addr, "nurse@example.org/kitchen")
	destroy := fmt.Sprintf(ownerQuery, "<destroy><reason>Dawn</reason></destroy>")

	wantParts(t, romeo.ask("set", testRoom, destroy), "<error type='auth'><forbidden")
	wantParts(t, nurse.ask("set", testRoom, destroy), "type='result'")
	wantParts(t, romeo.await("/Romeo'", "type='unavailable'"), "affiliation='none'", "role='none'", "<destroy><reason>Dawn</reason></destroy>", "<status code='110'/>")
	<-paris.Gone()
	if want, got := (Departure{Destroyed: true, Reason: "Dawn"}), paris.Departure(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	wantParts(t, nurse.ask("set", testRoom, destroy), "<error type='cancel'><item-not-found")
	if s.Room(testRoom) != nil {
		t.Error("the room still exists")
	}
	if _, err := room.Enter("Tybalt", "tybalt@example.org", AffiliationNone); !errors.Is(err, ErrGone) {
		t.Errorf("entering it: got %v, want ErrGone", err)
	}
	if err := paris.Say("hello?"); !errors.Is(err, ErrGone) {
		t.Errorf("speaking in it: got %v, want ErrGone", err)
	}
}

func TestResidents(t *testing.T) {
	s := testServer(t, nil)
	room := createRoom(t, s, RoomConfig{})
	tybalt, err := room.Enter("Tybalt", "Tybalt@Residents.example.org/here", AffiliationNone)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, nick, jid string
		affiliation     Affiliation
		want            string
	}{
		{"nickname in use", "Tybalt", "x@example.org", AffiliationNone, "cancel/conflict"},
		{"no nickname", "", "x@example.org", AffiliationNone, "modify/jid-malformed"},
		{"no JID", "X", "", AffiliationNone, "modify/jid-malformed"},
		{"no account", "X", "example.org", AffiliationNone, "modify/jid-malformed"},
		{"outcast", "X", "x@example.org", AffiliationOutcast, "auth/forbidden"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := room.Enter(tt.nick, tt.jid, tt.affiliation)
			if got := condition(t, err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	setAffiliation(t, room, "tybalt@residents.example.org", AffiliationOutcast)
	<-tybalt.Gone()
	if got := tybalt.Departure(); !got.Banned || got.Status != 301 {
		t.Errorf("got %+v, want a ban", got)
	}
	tybalt.Leave() // already gone: nothing happens
	if got := room.Occupants(); len(got) != 0 {
		t.Errorf("still there: %+v", got)
	}
}
