package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// evictWords are on a plan that evicts.
const evictWords = "each room is members-only until the others are out"

// Wherever kicks are planned, the way that evicts can be chosen, and its plan says
// what that costs and whom else it hits. Other actions go one by one.
func TestWays(t *testing.T) {
	a := newArriving(t)
	b := signIn(t, a.site)
	a.come(t, embeddedRoom, bots(0, 3)...)
	a.come(t, secondRoom, "Coin = coin0@spam.example")
	arrivals := b.get(t, "/arrivals?by=names")
	group := url.Values{"group": {arrivals.groups()["Free Coins …"]}, "upto": {found(t, uptoField, arrivals)}, "by": {"names"}}
	pick := url.Values{"muc": {embeddedRoom}, "pick": {url.Values{"nickname": {"Free Coins 1"}}.Encode(), url.Values{"nickname": {"Free Coins 2"}}.Encode()}}
	person := url.Values{"muc": {embeddedRoom, secondRoom}}
	const personPath = "/people/coin0@spam.example"
	for name, tt := range map[string]struct {
		page, path string
		fields     url.Values
		action     string // the field that says what is to be done
		people     string
	}{
		"arrivals": {"/arrivals", "/arrivals/plan", group, "action", "3 people"},
		"ticked":   {roomURL(embeddedRoom), "/plans", pick, "action", "2 people"},
		"person":   {personPath, personPath + "/plan", person, "kind", "1 person, 2 times in 2 rooms"},
	} {
		t.Run(name, func(t *testing.T) {
			if body := b.get(t, tt.page).body; !strings.Contains(body, `name="way"`) || !strings.Contains(body, `value="evict"`) {
				t.Errorf("the page does not offer the way: %s", body)
			}
			make := func(action, way string) page {
				form := url.Values{tt.action: {action}, "way": {way}, "reason": {"raid"}, "for": {"1h"}, "csrf": {b.csrf(t)}}
				for field, values := range tt.fields {
					form[field] = values
				}
				made := b.do(t, http.MethodPost, tt.path, form)
				if made.status != http.StatusSeeOther {
					t.Fatalf("%s %s: got %d %s", action, way, made.status, made.body)
				}
				return b.get(t, made.location)
			}
			evict := make("kick", "evict")
			for _, want := range []string{"Kick " + tt.people, evictWords, "between the last look and the closing", "One by one it would be", "raid"} {
				if !strings.Contains(evict.body, want) {
					t.Errorf("the plan lacks %q: %s", want, evict.body)
				}
			}
			for action, title := range map[string]string{"kick": "Kick ", "ban": "Ban "} {
				way := ""
				if action == "ban" {
					way = "evict" // which is of kicks
				}
				if body := make(action, way).body; !strings.Contains(body, title+tt.people) || !strings.Contains(body, "One by one, through the rooms in turn.") || strings.Contains(body, evictWords) {
					t.Errorf("%s one by one: got %s", action, body)
				}
			}
		})
	}
	for name, tt := range map[string]struct {
		b      *browser
		fields url.Values
		status int
	}{
		"in no room":      {b, url.Values{"kind": {"kick"}}, http.StatusBadRequest},
		"no such action":  {b, url.Values{"kind": {"hug"}, "muc": {embeddedRoom}}, http.StatusBadRequest},
		"no such way":     {b, url.Values{"kind": {"kick"}, "way": {"hug"}, "muc": {embeddedRoom}}, http.StatusBadRequest},
		"in another room": {signInAs(t, a.site, "moderator"), url.Values{"kind": {"kick"}, "muc": {foreignRoom}}, http.StatusNotFound},
		"by a viewer":     {signInAs(t, a.site, "viewer"), url.Values{"kind": {"kick"}, "muc": {embeddedRoom}}, http.StatusForbidden},
	} {
		tt.fields.Set("csrf", tt.b.csrf(t))
		if got := tt.b.do(t, http.MethodPost, personPath+"/plan", tt.fields); got.status != tt.status {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, tt.status)
		}
	}
}
