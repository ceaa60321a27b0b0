package mucserver

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
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

func TestJoinErrors(t *testing.T) {
	const room = testRoom
	tests := []struct {
		name   string
		config RoomConfig
		to     string
		x      string
		want   []string
	}{
		{"no nickname", RoomConfig{}, room, "", []string{"<error type='modify'><jid-malformed"}},
		{"impossible nickname", RoomConfig{}, room + "/&#x202e;x", "", []string{"<error type='modify'><jid-malformed"}},
		{"nickname in use", RoomConfig{}, room + "/Paris", "", []string{"<error type='cancel'><conflict"}},
		{"members only", RoomConfig{MembersOnly: true}, room + "/Romeo", "", []string{"<error type='auth'><registration-required"}},
		{"no password", RoomConfig{Password: "secret"}, room + "/Romeo", "", []string{"<error type='auth'><not-authorized"}},
		{"wrong password", RoomConfig{Password: "secret"}, room + "/Romeo", "<password>x</password>", []string{"<error type='auth'><not-authorized"}},
		{"right password", RoomConfig{Password: "secret"}, room + "/Romeo", "<password>secret</password>", []string{"<status code='110'/>"}},
		{"full", RoomConfig{MaxOccupants: 1}, room + "/Romeo", "", []string{"<error type='wait'><service-unavailable"}},
		{"no service", RoomConfig{}, "snuggery@elsewhere.example/Romeo", "", []string{"<error type='cancel'><remote-server-not-found"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, addr := serve(t, nil)
			enter(t, createRoom(t, s, tt.config), "Paris", AffiliationNone)
			romeo := logIn(t, addr, "romeo@example.org/orchard")
			romeo.send("<presence to='%s' id='j1'><x xmlns='http://jabber.org/protocol/muc'>%s</x></presence>", tt.to, tt.x)
			wantParts(t, romeo.await("id='j1'"), tt.want...)
		})
	}
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

func TestMessages(t *testing.T) {
	s, addr := serve(t, nil)
	room := createRoom(t, s, RoomConfig{Moderated: true})
	setAffiliation(t, room, "juliet@example.org", AffiliationMember)
	paris := enter(t, room, "Paris", AffiliationNone)
	juliet := logIn(t, addr, "juliet@example.org/balcony")
	juliet.join(testRoom, "Juliet")
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	wantParts(t, romeo.join(testRoom, "Romeo")[2], "/Romeo'", "role='visitor'")
	nurse := logIn(t, addr, "nurse@example.org/kitchen")

	t.Run("to everybody", func(t *testing.T) {
		juliet.send("<message to='%s' type='groupchat' id='m1'><body>O Romeo</body>"+
			"<delay xmlns='urn:xmpp:delay' stamp='1999-01-01T00:00:00Z'/><x:y xmlns:x='urn:z'>1</x:y></message>", testRoom)
		for _, c := range []*client{juliet, romeo} {
			wantParts(t, c.await("<body>"),
				"<message from='snuggery@chat.example.org/Juliet' type='groupchat' id='m1' to='"+c.jid+"'><body>O Romeo</body><y xmlns='urn:z'>1</y></message>")
		}
	})
	t.Run("a visitor is not heard", func(t *testing.T) {
		romeo.send("<message to='%s' type='groupchat' id='m2'><body>Juliet!</body></message>", testRoom)
		wantParts(t, romeo.await("id='m2'"), "<error type='auth'><forbidden")
		if err := paris.Say("me too"); condition(t, err) != "auth/forbidden" {
			t.Errorf("a visiting resident gets %v", err)
		}
	})
	t.Run("nobody from outside is heard", func(t *testing.T) {
		nurse.send("<message to='%s' type='groupchat' id='m3'><body>Madam!</body></message>", testRoom)
		wantParts(t, nurse.await("id='m3'"), "<error type='modify'><not-acceptable")
	})
	t.Run("to one occupant", func(t *testing.T) {
		romeo.send("<message to='%s/Juliet' type='chat' id='m4'><body>psst</body></message>", testRoom)
		wantParts(t, juliet.await("psst"), "from='snuggery@chat.example.org/Romeo'", "type='chat'")
		romeo.send("<message to='%s/Nobody' type='chat' id='m5'><body>psst</body></message>", testRoom)
		wantParts(t, romeo.await("id='m5'"), "<error type='cancel'><item-not-found")
		romeo.send("<message to='%s/Juliet' type='groupchat' id='m6'><body>psst</body></message>", testRoom)
		wantParts(t, romeo.await("id='m6'"), "<error type='modify'><bad-request")
	})
	t.Run("subject", func(t *testing.T) {
		juliet.send("<message to='%s' type='groupchat' id='m7'><subject>Love</subject></message>", testRoom)
		wantParts(t, juliet.await("id='m7'"), "<error type='auth'><forbidden")
		nurse.join(testRoom, "Nurse")
		nurse.send("<message to='%s' type='groupchat' id='m8'><subject>Supper</subject></message>", testRoom)
		wantParts(t, juliet.await("Supper"), "<message from='snuggery@chat.example.org/Nurse' type='groupchat' id='m8'")
		if got := room.Subject(); got != "Supper" {
			t.Errorf("the subject is %q", got)
		}
	})
	t.Run("voice", func(t *testing.T) {
		wantParts(t, nurse.admin(testRoom, "<item nick='Romeo' role='participant'/>"), "type='result'")
		wantParts(t, romeo.await("role='participant'"), "<status code='110'/>")
		romeo.send("<message to='%s' type='groupchat' id='m9'><body>I am heard</body></message>", testRoom)
		juliet.await("I am heard")
	})
}

func TestHistory(t *testing.T) {
	now := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	s, addr := serve(t, func(o *Options) { o.Now = func() time.Time { return now } })
	room := createRoom(t, s, RoomConfig{})
	paris := enter(t, room, "Paris", AffiliationNone)
	for i := range historySize + 5 {
		now = now.Add(time.Minute)
		if err := paris.Say(fmt.Sprintf("line %d.", i)); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		limits string
		want   int
	}{
		{"", historySize},
		{"<history/>", historySize},
		{"<history maxstanzas='0'/>", 0},
		{"<history maxchars='0'/>", 0},
		{"<history maxstanzas='3'/>", 3},
		{"<history maxstanzas='300'/>", historySize},
		{"<history seconds='150'/>", 3},
		{"<history since='2024-02-29T12:24:00Z'/>", 2},
		{"<history since='2024-03-01T00:00:00Z'/>", 0},
		{"<history maxstanzas='x'/>", historySize},
	}
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	for _, tt := range tests {
		t.Run(tt.limits, func(t *testing.T) {
			romeo.send("<presence to='%s/Romeo'><x xmlns='http://jabber.org/protocol/muc'>%s</x></presence>", testRoom, tt.limits)
			got := 0
			last := ""
			for _, text := range romeo.sync() {
				if strings.Contains(text, "<body>") {
					got++
					last = text
				}
			}
			if got != tt.want {
				t.Errorf("got %d messages, want %d", got, tt.want)
			}
			if got > 0 {
				wantParts(t, last, "line 24.", "<delay xmlns='urn:xmpp:delay' from='snuggery@chat.example.org' stamp='2024-02-29T12:25:00.000Z'/>")
			}
		})
	}
}

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

func TestRealJIDs(t *testing.T) {
	tests := []struct {
		name   string
		config RoomConfig
		shown  bool
	}{
		{"semi-anonymous", RoomConfig{}, false},
		{"non-anonymous", RoomConfig{NonAnonymous: true}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, addr := serve(t, nil)
			enter(t, createRoom(t, s, tt.config), "Paris", AffiliationNone)
			romeo := logIn(t, addr, "romeo@example.org/orchard")
			got := romeo.join(testRoom, "Romeo")
			if shown := strings.Contains(got[0], "jid='paris@residents.example.org/here'"); shown != tt.shown {
				t.Errorf("real JID shown to a participant: %v, want %v: %s", shown, tt.shown, got[0])
			}
			if warned := strings.Contains(got[1], "<status code='100'/>"); warned != tt.shown {
				t.Errorf("status 100: %v, want %v: %s", warned, tt.shown, got[1])
			}
		})
	}
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

func TestServiceAdminIsNoOutcast(t *testing.T) {
	s, addr := serve(t, nil)
	setAffiliation(t, createRoom(t, s, RoomConfig{}), "nurse@example.org", AffiliationOutcast)
	nurse := logIn(t, addr, "nurse@example.org/kitchen")
	wantParts(t, nurse.join(testRoom, "Nurse")[0], "affiliation='owner'", "role='moderator'")
}
