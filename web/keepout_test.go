package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muckick/web/moderation"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

var barField = regexp.MustCompile(`action="/standing/let-in"[^>]*>.*?name="id" value="([^"]+)"`)

// Whom a job threw out is kept out from its page, and let in again.
func TestKeepOutAfterAJob(t *testing.T) {
	a := newArriving(t)
	b := signIn(t, a.site)
	raiders := a.come(t, embeddedRoom, bots(0, 2)...)
	plan := b.plan(t, url.Values{"where": {embeddedRoom}, "accounts": {"*@spam.example"}, "action": {"kick"}, "reason": {"raid"}})
	job := b.confirm(t, plan, "2")
	for _, bot := range raiders {
		<-bot.Gone()
	}
	untilShown(t, b, job.location, "every step has its outcome")
	if got := b.get(t, job.location).body; !strings.Contains(got, "Keep them out") {
		t.Fatalf("the page has no way to keep them out: %s", got)
	}
	keepOut := func(duration string) page {
		return b.do(t, http.MethodPost, job.location+"/keep-out", url.Values{"for": {duration}, "csrf": {b.csrf(t)}})
	}
	for _, wrong := range []string{"", "1000h", "soon"} {
		if got := keepOut(wrong); got.status != http.StatusBadRequest {
			t.Errorf("for %q: got %d, want 400", wrong, got.status)
		}
	}
	if got := keepOut("1h"); got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	back := a.come(t, embeddedRoom, "Somebody else = coin0@spam.example")
	<-back[0].Gone()
	untilShown(t, b, "/standing", "came back 1 time, kicked 1 time")
	if got := b.get(t, "/people/coin0@spam.example").body; !strings.Contains(got, "kept out of") {
		t.Errorf("the person's page does not say so: %s", got)
	}
	letIn := func(b *browser, id string) page {
		return b.do(t, http.MethodPost, "/standing/let-in", url.Values{"id": {id}, "csrf": {b.csrf(t)}})
	}
	id := found(t, barField, b.get(t, "/people/coin0@spam.example"))
	if got := letIn(signInAs(t, a.site, "viewer"), id); got.status != http.StatusForbidden {
		t.Errorf("a viewer: got %d, want 403", got.status)
	}
	foreign := signInIn(t, a.site, foreignRoom, "moderator")
	if got := letIn(foreign, id); got.status != http.StatusNotFound {
		t.Errorf("of another room: got %d, want 404", got.status)
	}
	if got := foreign.get(t, "/standing").body; strings.Contains(got, "spam.example") {
		t.Errorf("the list tells of another room: %s", got)
	}
	if got := letIn(b, id); got.status != http.StatusSeeOther {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := b.get(t, "/standing").body; strings.Contains(got, "coin0@") || !strings.Contains(got, "coin1@") {
		t.Errorf("the list has the wrong ones: %s", got)
	}
}

// A person is kept out from their page, of the rooms that are ticked.
func TestKeepPersonOut(t *testing.T) {
	a := newArriving(t)
	b := signIn(t, a.site)
	person := a.come(t, embeddedRoom, "Bob = bob@example.org")[0]
	keepOut := func(b *browser, duration string, rooms ...string) page {
		form := url.Values{"for": {duration}, "muc": rooms, "reason": {"enough"}, "csrf": {b.csrf(t)}}
		return b.do(t, http.MethodPost, "/people/bob@example.org/keep-out", form)
	}
	if got := keepOut(b, "", embeddedRoom); got.status != http.StatusBadRequest {
		t.Errorf("for ever: got %d, want 400", got.status)
	}
	if got := keepOut(b, "1h"); got.status != http.StatusBadRequest {
		t.Errorf("of no room: got %d, want 400", got.status)
	}
	moderator := signInAs(t, a.site, "moderator")
	if got := keepOut(moderator, "1h", foreignRoom); got.status != http.StatusNotFound {
		t.Errorf("of a foreign room: got %d, want 404", got.status)
	}
	if got := keepOut(moderator, "1h", embeddedRoom); got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	<-person.Gone()
	if got := person.Departure(); !got.Kicked || got.Reason != "enough" {
		t.Errorf("got %+v, want a kick", got)
	}
	elsewhere, err := a.rooms[secondRoom].Enter("Bob", "bob@example.org/x", mucserver.AffiliationNone)
	if err != nil {
		t.Fatal(err)
	}
	untilShown(t, b, "/standing", "bob@example.org")
	select {
	case <-elsewhere.Gone():
		t.Error("they are kept out of another room")
	default:
	}
}

// Who comes back may be banned instead, for the rest of the time and no longer.
func TestBanOnReturn(t *testing.T) {
	a := newArriving(t)
	b := signIn(t, a.site)
	raiders := a.come(t, embeddedRoom, bots(0, 1)...)
	job := b.confirm(t, b.plan(t, url.Values{"where": {embeddedRoom}, "accounts": {"*@spam.example"}, "action": {"kick"}, "reason": {"raid"}}), "1")
	<-raiders[0].Gone()
	untilShown(t, b, job.location, "every step has its outcome")
	if got := b.get(t, job.location).body; !strings.Contains(got, "ban on return") {
		t.Fatalf("the page does not offer it: %s", got)
	}
	keepOut := func(b *browser, path, by string, more url.Values) page {
		form := url.Values{"for": {"1h"}, "by": {by}, "csrf": {b.csrf(t)}}
		for name, values := range more {
			form[name] = values
		}
		return b.do(t, http.MethodPost, path, form)
	}
	if got := keepOut(b, job.location+"/keep-out", "mute", nil); got.status != http.StatusBadRequest {
		t.Errorf("by a mute: got %d, want 400", got.status)
	}
	kicker := signInAs(t, a.site, "kick")
	if _, err := a.store.ChangeGrants(t.Context(), "opkick", func(g moderation.Grants) (moderation.Grants, error) {
		return g.Add([]moderation.Capability{moderation.See}, moderation.Everywhere)
	}); err != nil {
		t.Fatal(err)
	}
	if got := keepOut(kicker, "/people/coin0@spam.example/keep-out", "ban", url.Values{"muc": {embeddedRoom}}); got.status != http.StatusForbidden {
		t.Errorf("by who may not ban: got %d, want 403", got.status)
	}
	got := keepOut(b, job.location+"/keep-out", "ban", nil)
	if got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	if body := b.get(t, got.location).body; !strings.Contains(body, "banned for the rest of that time") {
		t.Errorf("it is not said what was done: %s", body)
	}
	back := a.come(t, embeddedRoom, "Somebody else = coin0@spam.example")
	<-back[0].Gone()
	untilShown(t, b, "/standing", "came back 1 time, banned 1 time")
	if got := standing(t, a.site, roomOf(t, embeddedRoom), "coin0@spam.example"); got != xmpp.AffiliationOutcast {
		t.Errorf("they are %q, want banned", got)
	}
	bars, err := a.store.Bars(t.Context(), moderation.BarFilter{})
	if err != nil || len(bars) != 1 {
		t.Fatalf("got %+v, %v, want one", bars, err)
	}
	bans := effects(t, a.site, roomOf(t, embeddedRoom))
	if len(bans) != 1 || bans[0].Action != xmpp.ActionBan || !bans[0].Until.Equal(bars[0].Until) {
		t.Errorf("got %+v, want a ban until %v", bans, bars[0].Until)
	}
	let := b.do(t, http.MethodPost, "/standing/let-in", url.Values{"id": {bars[0].ID}, "csrf": {b.csrf(t)}})
	if body := b.get(t, let.location).body; !strings.Contains(body, "They were banned when they came back, and that stands") {
		t.Errorf("it is not said that the ban stands: %s", body)
	}
}
