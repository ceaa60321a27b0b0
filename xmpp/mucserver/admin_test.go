package mucserver

import (
	"fmt"
	"testing"
)

func TestKick(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{Name: "Snuggery", Subject: "Be nice"})
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	nurse := logIn(t, addr, "nurse@example.org/kitchen")

	got := romeo.join(testRoom, "Romeo")
	wantParts(t, got[0], "from='snuggery@chat.example.org/Romeo'", "<status code='110'/>", "role='participant'", "id='join'")
	wantParts(t, got[1], "<subject>Be nice</subject>")
	got = nurse.join(testRoom, "Nurse")
	wantParts(t, got[0], "/Romeo'", "jid='romeo@example.org/orchard'")
	wantParts(t, got[1], "/Nurse'", "affiliation='owner'", "role='moderator'", "<status code='110'/>")

	nurse.send("<iq type='set' id='kick' to='%s'>"+adminQuery+"</iq>", testRoom,
		"<item nick='Romeo' role='none'><reason>a &lt; b</reason></item>")
	wantParts(t, show(nurse.read()), "type='unavailable'", "<status code='307'/>", "role='none'", "<actor nick='Nurse'/>", "<reason>a &lt; b</reason>")
	wantParts(t, show(nurse.read()), "<iq", "id='kick'", "type='result'")
	kicked := romeo.await("type='unavailable'")
	wantParts(t, kicked, "<status code='110'/>", "<status code='307'/>", "<actor nick='Nurse'/>", "<reason>a &lt; b</reason>")
	if got := len(room.Occupants()); got != 1 {
		t.Errorf("%d occupants remain, want 1", got)
	}
}

func TestAdminErrors(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{})
	setAffiliation(t, room, "juliet@example.org", AffiliationAdmin)
	enter(t, room, "Owner", AffiliationOwner)
	resident := enter(t, room, "Paris", AffiliationNone)
	juliet := logIn(t, addr, "juliet@example.org/balcony")
	juliet.join(testRoom, "Juliet")
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	romeo.join(testRoom, "Romeo")
	nurse := logIn(t, addr, "nurse@example.org/kitchen")

	tests := []struct {
		name     string
		who      *client
		items    string
		typ, con string
	}{
		{"not an occupant, though service admin", nurse, "<item nick='Paris' role='none'/>", "cancel", "not-allowed"},
		{"not a moderator", romeo, "<item nick='Paris' role='none'/>", "auth", "forbidden"},
		{"outranked", juliet, "<item nick='Owner' role='none'/>", "cancel", "not-allowed"},
		{"absent nick", juliet, "<item nick='Rosaline' role='none'/>", "modify", "item-not-found"},
		{"impossible nick", juliet, "<item nick='&#x202e;' role='none'/>", "modify", "item-not-found"},
		{"all or nothing", juliet, "<item nick='Paris' role='none'/><item nick='Rosaline' role='none'/>", "modify", "item-not-found"},
		{"all or nothing, outranked", juliet, "<item nick='Paris' role='none'/><item nick='Owner' role='none'/>", "cancel", "not-allowed"},
		{"no such role", juliet, "<item nick='Paris' role='king'/>", "modify", "bad-request"},
		{"nobody named", juliet, "<item role='none'/>", "modify", "bad-request"},
		{"nothing asked", juliet, "", "modify", "bad-request"},
		{"both", juliet, "<item nick='Paris' role='none' affiliation='none'/>", "modify", "bad-request"},
		{"ban by a participant", romeo, "<item jid='paris@residents.example.org' affiliation='outcast'/>", "auth", "forbidden"},
		{"ban of an owner", juliet, "<item jid='owner@residents.example.org' affiliation='outcast'/>", "cancel", "not-allowed"},
		{"ban of a service admin", juliet, "<item jid='nurse@example.org' affiliation='outcast'/>", "cancel", "not-allowed"},
		{"ban of oneself", juliet, "<item jid='juliet@example.org' affiliation='outcast'/>", "cancel", "conflict"},
		{"last owner", nurse, "<item jid='owner@residents.example.org' affiliation='admin'/>", "cancel", "conflict"},
		{"no account", juliet, "<item jid='example.org' affiliation='member'/>", "modify", "jid-malformed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.who.admin(testRoom, tt.items)
			wantParts(t, got, "type='error'", "<error type='"+tt.typ+"'><"+tt.con+" ")
		})
	}
	select {
	case <-resident.Gone():
		t.Errorf("a request that failed has kicked somebody: %+v", resident.Departure())
	default:
	}
	wantParts(t, juliet.admin(testRoom, "<item nick='Paris' role='none'/><item nick='Romeo' role='none'/>"), "type='result'")
	if got := len(room.Occupants()); got != 2 {
		t.Errorf("%d occupants remain, want Owner and Juliet", got)
	}
}

func TestServiceAdminKicksOwner(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{MembersOnly: true, Password: "secret", MaxOccupants: 1})
	owner := enter(t, room, "Owner", AffiliationOwner)
	nurse := logIn(t, addr, "nurse@example.org/kitchen")
	nurse.join(testRoom, "Nurse")
	wantParts(t, nurse.admin(testRoom, "<item nick='Owner' role='none'><reason>out</reason></item>"), "type='result'")
	select {
	case <-owner.Gone():
	default:
		t.Fatal("the owner is still there")
	}
	want := Departure{Kicked: true, Status: 307, Actor: "Nurse", Reason: "out"}
	if got := owner.Departure(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAffiliations(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{})
	nurse := logIn(t, addr, "nurse@example.org/kitchen")
	nurse.join(testRoom, "Nurse")
	romeo := logIn(t, addr, "romeo@example.org/orchard")

	t.Run("admin becomes moderator", func(t *testing.T) {
		romeo.join(testRoom, "Romeo")
		nurse.admin(testRoom, "<item jid='Romeo@example.org' affiliation='admin'/>")
		wantParts(t, romeo.await("affiliation='admin'"), "role='moderator'", "<status code='110'/>")
	})
	t.Run("and participant again", func(t *testing.T) {
		nurse.admin(testRoom, "<item nick='Romeo' affiliation='none'/>")
		wantParts(t, romeo.await("affiliation='none'"), "role='participant'")
	})
	t.Run("ban", func(t *testing.T) {
		nurse.admin(testRoom, "<item jid='romeo@example.org' affiliation='outcast'><reason>feud</reason></item>")
		wantParts(t, romeo.await("type='unavailable'"), "affiliation='outcast'", "<status code='301'/>", "<reason>feud</reason>", "<actor nick='Nurse'/>")
		wantParts(t, romeo.join(testRoom, "Romeo")[0], "type='error'", "<error type='auth'><forbidden")
	})
	t.Run("list", func(t *testing.T) {
		got := nurse.ask("get", testRoom, fmt.Sprintf(adminQuery, "<item affiliation='outcast'/>"))
		wantParts(t, got, "<item affiliation='outcast' jid='romeo@example.org'><reason>feud</reason></item>")
	})
	t.Run("lost in a room for members", func(t *testing.T) {
		nurse.admin(testRoom, "<item jid='romeo@example.org' affiliation='member'/>")
		romeo.join(testRoom, "Romeo")
		got := nurse.ask("set", testRoom, fmt.Sprintf(ownerQuery,
			"<x xmlns='jabber:x:data' type='submit'><field var='muc#roomconfig_membersonly'><value>1</value></field></x>"))
		wantParts(t, got, "type='result'")
		nurse.admin(testRoom, "<item jid='romeo@example.org' affiliation='none'/>")
		wantParts(t, romeo.await("type='unavailable'"), "<status code='321'/>")
	})
	if got := len(room.Occupants()); got != 1 {
		t.Errorf("%d occupants remain, want 1", got)
	}
}
