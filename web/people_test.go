package web_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muckick/web"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

const secondRoom = "garden@chat.example.org"

// newPeopleSite is a site whose chat server has somebody in two rooms, both of
// which muckick is in.
func newPeopleSite(t *testing.T) (*site, map[string]*mucserver.Resident) {
	t.Helper()
	chat := newEmbedded(t)
	residents := chat.room(t, embeddedRoom, "Bob")
	garden, err := chat.CreateRoom(secondRoom, mucserver.RoomConfig{Name: "Garden", Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	if residents["Robert"], err = garden.Enter("Robert", "resident0@example.org", mucserver.AffiliationNone); err != nil {
		t.Fatal(err)
	}
	here := chat.site(t)
	signIn(t, here) // the administrator
	for _, room := range []string{embeddedRoom, secondRoom} {
		if status, text, _ := post(t, here, header, kickBody(t, room, "Nobody", "")); status != http.StatusBadRequest {
			t.Fatalf("got %d %s", status, text)
		}
	}
	return here, residents
}

// sendActOn sends the form of a person's page, and returns the answer to it.
func (b *browser) sendActOn(t *testing.T, account, action string, rooms ...string) page {
	t.Helper()
	form := url.Values{"action": {action}, "csrf": {b.csrf(t)}, "muc": rooms, "reason": {"crumbs"}}
	return b.do(t, http.MethodPost, "/people/"+url.PathEscape(account)+"/act", form)
}

// actOn is sendActOn, and goes where the answer leads.
func (b *browser) actOn(t *testing.T, account, action string, rooms ...string) page {
	t.Helper()
	got := b.sendActOn(t, account, action, rooms...)
	if got.status == http.StatusSeeOther {
		return b.get(t, got.location)
	}
	return got
}

func TestPerson(t *testing.T) {
	here, residents := newPeopleSite(t)
	b := signIn(t, here)
	for _, query := range []string{"ROBERT", "bob", "resident0", "resident0@example.org"} {
		if body := b.get(t, "/people?q="+url.QueryEscape(query)).body; !strings.Contains(body, `href="/people/resident0@example.org"`) {
			t.Errorf("%q does not find the account: %s", query, body)
		}
	}
	const account = "resident0@example.org"
	body := b.get(t, "/people/"+account).body
	for _, want := range []string{"Bob", "Robert", embeddedRoom, secondRoom} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	got := b.actOn(t, account, "kick", embeddedRoom, secondRoom)
	if n := strings.Count(got.body, `data-outcome="done"`); n != 2 {
		t.Errorf("kicked in %d rooms, want 2: %s", n, got.body)
	}
	<-residents["Bob"].Gone()
	<-residents["Robert"].Gone()
	if !strings.Contains(got.body, ", left ") {
		t.Errorf("the page does not say where they were: %s", got.body)
	}
	// Who has left can be banned.
	if got := b.actOn(t, account, "ban", embeddedRoom); !strings.Contains(got.body, `data-outcome="done"`) {
		t.Errorf("got %s", got.body)
	}
	if got := standing(t, here, roomOf(t, embeddedRoom), account); got != xmpp.AffiliationOutcast {
		t.Errorf("the account is %q, want outcast", got)
	}
	if body := b.get(t, "/people/"+account).body; !strings.Contains(body, "Unban") || strings.Count(body, "crumbs") < 4 {
		t.Errorf("the page lacks the ban, or what was done: %s", body)
	}
	for _, tt := range []struct {
		action string
		rooms  []string
	}{{"mute", []string{embeddedRoom}}, {"kick", nil}, {"kick", []string{"@"}}, {"hug", []string{embeddedRoom}}} {
		if got := b.actOn(t, account, tt.action, tt.rooms...); got.status != http.StatusBadRequest {
			t.Errorf("%s in %v: got %d, want 400", tt.action, tt.rooms, got.status)
		}
	}
	for path, want := range map[string]int{"/people/nobody": 400, "/people/a@b": 200, "/people/%00@b": 400} {
		if got := b.get(t, path); got.status != want {
			t.Errorf("%s: got %d, want %d", path, got.status, want)
		}
	}
}

// What became of a form is said once on the page that it leads to, and on no other,
// and to nobody else; reloading that page does nothing.
func TestPersonActLeadsBack(t *testing.T) {
	here, residents := newPeopleSite(t)
	b := signIn(t, here)
	const account = "resident0@example.org"
	const address = "/people/" + account
	got := b.sendActOn(t, account, "kick", embeddedRoom, secondRoom, foreignRoom)
	if got.status != http.StatusSeeOther || got.location != address {
		t.Fatalf("got %d to %q, want the person's page: %s", got.status, got.location, got.body)
	}
	<-residents["Bob"].Gone()
	<-residents["Robert"].Gone()
	for _, other := range []string{"/people/bob@example.org", "/rooms"} {
		if body := b.get(t, other).body; strings.Contains(body, "data-outcome=") {
			t.Errorf("%s tells what became of it: %s", other, body)
		}
	}
	shown := b.get(t, address).body
	for want, times := range map[string]int{`data-outcome="done"`: 2, `data-outcome="gone"`: 1, foreignRoom: 1} {
		if n := strings.Count(shown, want); n != times {
			t.Errorf("%s is there %d times, want %d: %s", want, n, times, shown)
		}
	}
	if again := b.get(t, address).body; strings.Contains(again, "data-outcome=") {
		t.Errorf("it is said again: %s", again)
	}
	if got := b.sendActOn(t, account, "ban", embeddedRoom); got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	got = b.do(t, http.MethodPost, "/login", url.Values{"username": {"matron"}, "password": {operatorPassword}})
	if got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	if body := b.get(t, address).body; strings.Contains(body, "data-outcome=") {
		t.Errorf("somebody else is told what became of it: %s", body)
	}
}

// However much there is to say, all of it is said: what a browser would not keep is
// the answer to the form itself.
func TestPersonActWithMuchToSay(t *testing.T) {
	here, _ := newPeopleSite(t)
	b := signIn(t, here)
	const account = "resident0@example.org"
	random := rand.NewChaCha8([32]byte{})
	var short, long []string
	for i := range 25 {
		name := make([]byte, 150)
		if _, err := random.Read(name); err != nil {
			t.Fatal(err)
		}
		short = append(short, fmt.Sprintf("room%d@chat.example.org", i))
		long = append(long, fmt.Sprintf("%x@chat.example.org", name))
	}
	for _, tt := range []struct {
		name   string
		rooms  []string
		status int
	}{{"short addresses", short, http.StatusSeeOther}, {"long addresses", long, http.StatusOK}} {
		t.Run(tt.name, func(t *testing.T) {
			got := b.sendActOn(t, account, "kick", tt.rooms...)
			if got.status != tt.status {
				t.Fatalf("got %d, want %d: %s", got.status, tt.status, got.body)
			}
			if got.status == http.StatusSeeOther {
				got = b.get(t, got.location)
			}
			if n := strings.Count(got.body, `data-outcome="gone"`); n != len(tt.rooms) {
				t.Errorf("%d results, want %d", n, len(tt.rooms))
			}
			for _, room := range tt.rooms {
				if local, _, _ := strings.Cut(room, "@"); !strings.Contains(got.body, local) {
					t.Errorf("nothing is said of %s", room)
				}
			}
		})
	}
}

// Of a person one sees what one sees of the rooms.
func TestPersonByGrants(t *testing.T) {
	here, residents := newPeopleSite(t)
	const account = "resident0@example.org"
	signIn(t, here).act(t, secondRoom, "ban", "jid", "vault@example.org", "reason", "garden only")
	b := signInAs(t, here, "moderator")
	if body := b.get(t, "/people?q=resident0").body; !strings.Contains(body, "Bob") || strings.Contains(body, "Robert") {
		t.Errorf("the search finds what it should not, or not what it should: %s", body)
	}
	if body := b.get(t, "/people/"+account).body; !strings.Contains(body, "Bob") || strings.Contains(body, "garden") {
		t.Errorf("the page shows what it should not, or not what it should: %s", body)
	}
	got := b.actOn(t, account, "kick", secondRoom, embeddedRoom)
	if n := strings.Count(got.body, `data-outcome="done"`); n != 1 {
		t.Errorf("kicked in %d rooms, want 1: %s", n, got.body)
	}
	<-residents["Bob"].Gone()
	select {
	case <-residents["Robert"].Gone():
		t.Error("somebody was kicked out of another room")
	default:
	}
	if body := b.get(t, "/people/vault@example.org").body; strings.Contains(body, "garden") {
		t.Errorf("the page tells of a ban elsewhere: %s", body)
	}
}

// An open page hears where the person is, and nothing of rooms that one does not
// know.
func TestPersonEvents(t *testing.T) {
	here, residents := newPeopleSite(t)
	const path = "/people/resident0@example.org/events"
	all := listen(t, signIn(t, here), path)
	all.until(t, "person", "Robert")
	one := listen(t, signInAs(t, here, "viewer"), path)
	one.until(t, "person", "Bob")
	residents["Bob"].Leave()
	one.until(t, "person", "In no room")
	residents["Robert"].Leave()
	all.until(t, "person", "In no room")
}

// Where muckick looked without going in, it kicks whom it saw there.
func TestKickAfterLook(t *testing.T) {
	const account = "resident0@example.org"
	chat := newEmbedded(t)
	residents := chat.room(t, embeddedRoom, "Bob")
	b := signIn(t, chat.site(t))
	if got := b.do(t, http.MethodPost, "/people/"+account+"/look", url.Values{"csrf": {b.csrf(t)}}); got.status != http.StatusSeeOther {
		t.Fatalf("got %d: %s", got.status, got.body)
	}
	if got := b.actOn(t, account, "kick", embeddedRoom); !strings.Contains(got.body, `data-outcome="done"`) {
		t.Fatalf("not kicked: %s", got.body)
	}
	<-residents["Bob"].Gone()
	for _, account := range []string{account, "stranger@example.org"} { // who left, and who never came
		if got := b.actOn(t, account, "kick", embeddedRoom); !strings.Contains(got.body, `data-outcome="gone"`) {
			t.Errorf("%s: got %s", account, got.body)
		}
	}
}

// What was done in some rooms is told, although there was no time for the others.
func TestPersonActOutOfTime(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	b := signIn(t, chat.site(t, func(o *web.Options) {
		o.KickTimeout = 300 * time.Millisecond
		o.Chat = &spy{Chat: o.Chat, kick: func(ctx context.Context) error {
			<-ctx.Done()
			return xmpp.ErrUnknown
		}}
	}))
	got := b.actOn(t, "resident0@example.org", "ban", embeddedRoom, secondRoom)
	for _, want := range []string{`data-outcome="unknown"`, `data-outcome="not sent"`, "There was no time left for it", "What stands"} {
		if got.status != http.StatusOK || !strings.Contains(strings.ToLower(got.body), strings.ToLower(want)) {
			t.Errorf("got %d without %s: %s", got.status, want, got.body)
		}
	}
}
