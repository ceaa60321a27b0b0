package mucserver

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

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
