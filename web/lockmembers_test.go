package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"muckick/web"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

var memberField = regexp.MustCompile(`name="member" value="([^"]*)"( checked)?( disabled)?`)

// keepers returns who can be ticked to stay, and whether they are.
func (p page) keepers() map[string]bool {
	ticked := make(map[string]bool)
	for _, match := range memberField.FindAllStringSubmatch(p.body, -1) {
		ticked[match[1]] = match[2] != ""
	}
	return ticked
}

// closeRoom sends the form that makes a room members-only.
func (b *browser) closeRoom(t *testing.T, room string, fields url.Values) page {
	t.Helper()
	form := url.Values{"csrf": {b.csrf(t)}, "membersonly": {"yes"}}
	for name, values := range fields {
		form[name] = values
	}
	return b.do(t, http.MethodPost, roomURL(room)+"/lock", form)
}

func affiliationOf(t *testing.T, here *site, account string) xmpp.Affiliation {
	t.Helper()
	return standing(t, here, roomOf(t, embeddedRoom), account)
}

// In a raid the page of a lock ticks those who were there before the wave. They stay,
// as members while the room is locked, and all others are thrown out.
func TestLockKeepsThoseBeforeTheWave(t *testing.T) {
	a := newArrivingAt(t, []string{"Bob = bob@example.org", "Carol = carol@example.org"})
	b := signIn(t, a.site)
	if got := b.get(t, roomURL(embeddedRoom)+"/lock"); strings.Contains(got.body, "the wave") || !got.keepers()["bob@example.org"] || !got.keepers()["carol@example.org"] {
		t.Errorf("without a wave not everybody is ticked: %s", got.body)
	}
	raiders := a.come(t, embeddedRoom, bots(0, 12)...)
	untilShown(t, b, roomURL(embeddedRoom)+"/lock", "14 of 15 occupants")
	shown := b.get(t, roomURL(embeddedRoom)+"/lock")
	if got := shown.keepers(); len(got) != 14 || !got["bob@example.org"] || !got["carol@example.org"] || got["coin0@spam.example"] || got["coin11@spam.example"] {
		t.Errorf("ticked: %v, want those alone who were there before", got)
	}
	for _, want := range []string{"2 of 14 ticked", "the wave", "in the wave"} {
		if !strings.Contains(shown.body, want) {
			t.Errorf("the page lacks %q: %s", want, shown.body)
		}
	}
	for query, want := range map[string]int{"all": 14, "none": 0, "2001-01-01T00:00:00Z": 0, "2999-01-01T00:00:00Z": 14} {
		ticked := 0
		for _, is := range b.get(t, roomURL(embeddedRoom)+"/lock?before="+query).keepers() {
			if is {
				ticked++
			}
		}
		if ticked != want {
			t.Errorf("before %s: %d are ticked, want %d", query, ticked, want)
		}
	}
	if got := b.get(t, roomURL(embeddedRoom)+"/lock?before=soon"); got.status != http.StatusBadRequest {
		t.Errorf("before soon: got %d, want 400", got.status)
	}

	for name, tt := range map[string]struct {
		members []string
		status  int
	}{
		"who was never there": {[]string{"eve@example.org"}, http.StatusBadRequest},
		"no account":          {[]string{"bob"}, http.StatusBadRequest},
		"too many":            {slices.Repeat([]string{"bob@example.org"}, 501), http.StatusBadRequest},
	} {
		if got := b.closeRoom(t, embeddedRoom, url.Values{"member": tt.members}); got.status != tt.status {
			t.Errorf("%s: got %d, want %d", name, got.status, tt.status)
		}
	}
	viewer := signInAs(t, a.site, "viewer")
	if got := viewer.closeRoom(t, embeddedRoom, url.Values{"member": {"bob@example.org"}}); got.status != http.StatusForbidden {
		t.Errorf("a viewer: got %d, want 403", got.status)
	}

	got := b.closeRoom(t, embeddedRoom, url.Values{"member": {"bob@example.org", "carol@example.org"}, "reason": {"raid"}})
	if got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	for _, bot := range raiders {
		<-bot.Gone()
	}
	for _, account := range []string{"bob@example.org", "carol@example.org"} {
		if got := affiliationOf(t, a.site, account); got != xmpp.AffiliationMember {
			t.Errorf("%s is %q, want a member", account, got)
		}
	}
	for _, path := range []string{"/standing", roomURL(embeddedRoom)} {
		if body := b.get(t, path).body; !strings.Contains(body, "2 people are members for it") {
			t.Errorf("%s does not say whom it made members: %s", path, body)
		}
	}
	if body := b.get(t, roomURL(embeddedRoom)+"/lock").body; !strings.Contains(body, "2 people who were made members for it are none any more then") {
		t.Errorf("the page of its end does not say what that does: %s", body)
	}
	b.unlock(t, embeddedRoom)
	for _, account := range []string{"bob@example.org", "carol@example.org"} {
		if got := affiliationOf(t, a.site, account); got != xmpp.AffiliationNone {
			t.Errorf("%s is %q after the lock, want none", account, got)
		}
	}
	for _, regular := range a.before {
		select {
		case <-regular.Gone():
			t.Errorf("somebody who was to stay is out: %+v", regular.Departure())
		default:
		}
	}
}

// A refusing chat server makes members of all but one.
type refusing struct {
	web.Chat
	account string
}

func (r refusing) DoRecorded(ctx context.Context, action xmpp.Action, record func(xmpp.Result) error) (xmpp.Result, error) {
	if action.Kind == xmpp.ActionMember && action.Target.RealJID == r.account {
		return xmpp.Result{}, &xmpp.RefusedError{Err: &xmpp.StanzaError{Type: "cancel", Condition: "not-allowed"}}
	}
	return r.Chat.DoRecorded(ctx, action, record)
}

// Nobody who is ticked is thrown out before it is said who that would be, and
// confirmed.
func TestLockThatCannotKeep(t *testing.T) {
	chat := newEmbedded(t)
	residents := chat.room(t, embeddedRoom, "Bob", "Carol")
	const bob, carol = "resident0@example.org", "resident1@example.org"
	here := chat.site(t, func(o *web.Options) { o.Chat, o.Durations = refusing{o.Chat, carol}, []time.Duration{time.Hour} })
	b := signIn(t, here)
	fields := url.Values{"member": {bob, carol}, "reason": {"a wave"}, "for": {"1h0m0s"}}
	asked := func(what string, got page) {
		t.Helper()
		if got.status != http.StatusConflict {
			t.Fatalf("%s: got %d to %q %s, want 409", what, got.status, got.location, got.body)
		}
		for _, want := range []string{"Not locked: 1 person", "Carol", "cancel: not-allowed", "Nobody was thrown out", `name="without" value="` + carol, `value="a wave"`, `value="1h0m0s" selected`} {
			if !strings.Contains(got.body, want) {
				t.Errorf("%s: the page lacks %q: %s", what, want, got.body)
			}
		}
		if got := got.keepers(); !got[bob] || !got[carol] {
			t.Errorf("%s: ticked %v, want both still", what, got)
		}
		if got := affiliationOf(t, here, bob); got != xmpp.AffiliationNone {
			t.Errorf("%s: Bob is %q, want as before", what, got)
		}
		if got := effects(t, here, roomOf(t, embeddedRoom)); len(got) != 0 {
			t.Errorf("%s: %+v is on record", what, got)
		}
	}
	asked("at first", b.closeRoom(t, embeddedRoom, fields))
	fields["without"] = []string{carol}
	asked("not confirmed", b.closeRoom(t, embeddedRoom, fields))
	fields["sure"], fields["without"] = []string{"yes"}, []string{bob}
	asked("another confirmed", b.closeRoom(t, embeddedRoom, fields))
	fields["without"] = []string{carol}
	if got := b.closeRoom(t, embeddedRoom, fields); got.status != http.StatusSeeOther {
		t.Fatalf("confirmed: got %d %s", got.status, got.body)
	}
	<-residents["Carol"].Gone()
	if got := affiliationOf(t, here, bob); got != xmpp.AffiliationMember {
		t.Errorf("Bob is %q, want a member", got)
	}
	select {
	case <-residents["Bob"].Gone():
		t.Error("Bob is out")
	default:
	}
}

// Somebody with several nicks is one who stays.
func TestLockOfSharedAccounts(t *testing.T) {
	chat := newEmbedded(t)
	room, err := chat.CreateRoom(embeddedRoom, mucserver.RoomConfig{Name: "Room", Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, nick := range []string{"Bob", "Robert"} { // one account
		if _, err := room.Enter(nick, "bob@example.org/"+nick, mucserver.AffiliationNone); err != nil {
			t.Fatal(err)
		}
	}
	b := signIn(t, chat.site(t))
	got := b.get(t, roomURL(embeddedRoom)+"/lock")
	if keepers := got.keepers(); len(keepers) != 1 || !strings.Contains(got.body, "Bob, Robert") || !strings.Contains(got.body, "2 of 3 occupants") {
		t.Errorf("got %v, want one tick for the account's two nicks: %s", keepers, got.body)
	}
}
