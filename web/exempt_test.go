package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muckick/web/store"
)

// Whom plans leave alone is decided by administrators, each time on record, and said
// where people look.
func TestExemptList(t *testing.T) {
	here, _ := newRaidedSite(t)
	b := signIn(t, here)
	add := func(b *browser, account, where, why string) page {
		return b.do(t, http.MethodPost, "/exempt/add", url.Values{"account": {account}, "where": {where}, "why": {why}, "csrf": {b.csrf(t)}})
	}
	if body := b.get(t, "/exempt").body; !strings.Contains(body, "Nobody is exempt.") {
		t.Errorf("the list is not empty: %s", body)
	}
	if body := b.get(t, "/exempt?account=bot0%40spam.example").body; !strings.Contains(body, `value="bot0@spam.example"`) || !strings.Contains(body, "<details open") {
		t.Errorf("the page does not offer to exempt who was named: %s", body)
	}
	for _, tt := range []struct{ account, where, why, want string }{
		{"", "", "a friend", "no pattern for accounts"},
		{"bot0", "", "a friend", "no pattern for accounts"},
		{"*@*", "", "a friend", "open to everybody"},
		{"bot0@spam.example", "", " ", "not said why"},
		{"bot0@spam.example", "", strings.Repeat("x", 501), "more than 500 characters"},
		{"bot0@spam.example", "@", "a friend", "is no room"},
	} {
		got := add(b, tt.account, tt.where, tt.why)
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, tt.want) || !strings.Contains(got.body, `name="account"`) {
			t.Errorf("%q in %q, %q: got %d, want 400 with %q: %s", tt.account, tt.where, tt.why, got.status, tt.want, got.body)
		}
	}
	for _, entry := range [][3]string{{"bot0@spam.example", "", "only looks like one"}, {"*2@spam.example", secondRoom, "our <b>sensor</b>"}} {
		if got := add(b, entry[0], entry[1], entry[2]); got.status != http.StatusSeeOther || got.location != "/exempt" {
			t.Fatalf("%s: got %d %s", entry[0], got.status, got.body)
		}
	}
	if got := add(b, "BOT0@spam.example", "", "again"); got.status != http.StatusBadRequest || !strings.Contains(got.body, "exempt everywhere already") {
		t.Errorf("the same again: got %d %s", got.status, got.body)
	}
	body := b.get(t, "/exempt").body
	for _, want := range []string{"only looks like one", "our &lt;b&gt;sensor&lt;/b&gt;", "by mod", "everywhere"} {
		if !strings.Contains(body, want) {
			t.Errorf("the list lacks %q: %s", want, body)
		}
	}

	plan := b.plan(t, url.Values{"where": {"chat.example.org"}, "nicks": {"bot*"}, "action": {"kick"}})
	for _, want := range []string{"Kick 2 people, 3 times in 2 rooms", "mod: only looks like one", `<a href="/exempt">protected: on the exempt list</a>`} {
		if !strings.Contains(plan.body, want) {
			t.Errorf("the plan lacks %q: %s", want, plan.body)
		}
	}
	if body := b.get(t, "/people/bot0@spam.example").body; !strings.Contains(body, "Exempt from plans everywhere, by mod") {
		t.Errorf("the person's page does not say so: %s", body)
	}
	if body := b.get(t, "/people/bot1@spam.example").body; !strings.Contains(body, `href="/exempt?account=bot1%40spam.example"`) {
		t.Errorf("the person's page does not lead to the list: %s", body)
	}

	// Who sees one room sees what counts there, and changes nothing.
	moderator := signInAs(t, here, "moderator")
	body = moderator.get(t, "/exempt").body
	if !strings.Contains(body, "<bdi dir=\"ltr\">bot0") || strings.Contains(body, "<bdi dir=\"ltr\">*2") || strings.Contains(body, "/exempt/") {
		t.Errorf("a moderator of the other room sees %s", body)
	}
	if body := moderator.get(t, "/people/bot2@spam.example").body; strings.Contains(body, "sensor") || strings.Contains(body, "Exempt") {
		t.Errorf("a person's page tells of the other room: %s", body)
	}
	id := found(t, regexp.MustCompile(`name="id" value="([^"]+)"`), b.get(t, "/exempt"))
	remove := func(b *browser, id string) page {
		return b.do(t, http.MethodPost, "/exempt/remove", url.Values{"id": {id}, "csrf": {b.csrf(t)}})
	}
	if got := add(moderator, "bot1@spam.example", embeddedRoom, "x"); got.status != http.StatusForbidden {
		t.Errorf("a moderator adds: got %d, want 403", got.status)
	}
	if got := remove(moderator, id); got.status != http.StatusForbidden {
		t.Errorf("a moderator removes: got %d, want 403", got.status)
	}

	if got := remove(b, id); got.status != http.StatusSeeOther {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := remove(b, id); got.status != http.StatusNotFound {
		t.Errorf("removed twice: got %d, want 404", got.status)
	}
	if body := b.get(t, "/exempt").body; strings.Contains(body, "<bdi dir=\"ltr\">*2") || !strings.Contains(body, "<bdi dir=\"ltr\">bot0") {
		t.Errorf("the list has the wrong ones: %s", body)
	}
	for kind, want := range map[store.EventKind][]string{
		store.ExemptionAdded:   {secondRoom + ": our <b>sensor</b>", "*: only looks like one"},
		store.ExemptionRemoved: {secondRoom},
	} {
		events, _, err := here.store.Events(t.Context(), store.EventFilter{Kind: kind}, store.Page{})
		if err != nil || len(events) != len(want) {
			t.Fatalf("%s: got %+v, %v, want %d", kind, events, err, len(want))
		}
		for i, e := range events {
			if e.Detail != want[i] || e.Actor.Name != "mod" || e.Address == "" || e.SubjectID == "" {
				t.Errorf("%s: got %+v, want %q", kind, e, want[i])
			}
		}
	}
	if body := b.get(t, "/audit/events?kind=exemption+removed").body; !strings.Contains(body, ">*2@spam.example<") {
		t.Errorf("the page of changes lacks it: %s", body)
	}
}
