package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muckick/web"
	"muckick/xmpp"
)

var stayChecked = regexp.MustCompile(`name="before" value="([^"]*)" checked`)

// locked returns the fields that make all rooms members-only.
func locked(before string) url.Values {
	return url.Values{"where": {"chat.example.org"}, "action": {"lock"}, "membersonly": {"yes"}, "before": {before}, "reason": {"a raid"}}
}

// Several rooms are made members-only from the form: the plan says who goes and who
// stays, that number is typed, and the undo makes those members none any more.
func TestLockSeveral(t *testing.T) {
	here, bots := newRaidedSite(t)
	b := signIn(t, here)
	form := b.get(t, "/plans/new").body
	for _, want := range []string{`value="lock"`, `name="membersonly" value="yes"`, "5 minutes ago", "thrown out at once", "nobody"} {
		if !strings.Contains(form, want) {
			t.Errorf("the form lacks %q: %s", want, form)
		}
	}
	if got := stayChecked.FindStringSubmatch(form); got == nil || got[1] != "all" {
		t.Errorf("without a wave %q is chosen, want everybody", got)
	}
	exempting := url.Values{"account": {"carol@example.org"}, "where": {""}, "why": {"our cook"}, "csrf": {b.csrf(t)}}
	if got := b.do(t, http.MethodPost, "/exempt/add", exempting); got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.body)
	}

	plan := b.plan(t, locked("none"))
	for _, want := range []string{
		"Lock 2 rooms: 6 people are thrown out, 2 made members", "3 people are thrown out, 1 person becomes a member",
		"bot0", "Carol", "becomes a member: on the exempt list", "Who came in after it was made", ": so many people are thrown out",
	} {
		if !strings.Contains(plan.body, want) {
			t.Errorf("the plan lacks %q: %s", want, plan.body)
		}
	}
	if strings.Contains(plan.body, "Mia") {
		t.Errorf("the plan is about a member: %s", plan.body)
	}
	if got := b.confirm(t, plan, "2"); got.status != http.StatusBadRequest || !strings.Contains(got.body, "type the number 6") {
		t.Errorf("another number: got %d %s", got.status, got.body)
	}
	job := b.confirm(t, plan, "6")
	for _, bot := range bots {
		<-bot.Gone()
	}
	body := untilShown(t, b, job.location, "every step has its outcome")
	if n := strings.Count(body, "members only, with 1 person made a member before"); n != 2 || strings.Count(body, `data-outcome="done"`) != 2 {
		t.Errorf("the job does not say what it did: %s", body)
	}
	trail := b.get(t, "/audit?job="+strings.TrimPrefix(job.location, "/jobs/")).body
	for _, want := range []string{"Locked", "Made a member for a while", "a raid"} {
		if !strings.Contains(trail, want) {
			t.Errorf("the trail lacks %q: %s", want, trail)
		}
	}
	for _, room := range []string{embeddedRoom, secondRoom} {
		if got := standing(t, here, roomOf(t, room), "carol@example.org"); got != xmpp.AffiliationMember {
			t.Errorf("Carol is %q in %s, want a member", got, room)
		}
	}
	if again := b.plan(t, locked("none")).body; !strings.Contains(again, "members only already") || strings.Contains(again, "bot0") {
		t.Errorf("the same again: %s", again)
	}

	undo := b.get(t, b.do(t, http.MethodPost, job.location+"/undo", url.Values{"csrf": {b.csrf(t)}}).location)
	for _, want := range []string{"Undo: 2 steps", "1 person is no member any more", "Carol", "none any more, and not thrown out"} {
		if !strings.Contains(undo.body, want) {
			t.Errorf("the plan of the undo lacks %q: %s", want, undo.body)
		}
	}
	body = untilShown(t, b, b.confirm(t, undo, "").location, "every step has its outcome")
	if n := strings.Count(body, "1 person is to be no member any more"); n != 2 {
		t.Errorf("the undo does not say what it did: %s", body)
	}
	for _, room := range []string{embeddedRoom, secondRoom} {
		if got := standing(t, here, roomOf(t, room), "carol@example.org"); got != xmpp.AffiliationNone {
			t.Errorf("Carol is %q in %s after the undo, want none", got, room)
		}
	}
}

// What is wrong with the form is said in it, and what was chosen stays.
func TestLockSeveralForms(t *testing.T) {
	here, _ := newRaidedSite(t, func(o *web.Options) { o.Durations = []time.Duration{time.Hour} })
	b := signIn(t, here)
	for name, tt := range map[string]struct {
		change url.Values
		want   []string
	}{
		"no time":          {url.Values{"before": {"soon"}}, []string{"before is no time"}},
		"of people":        {url.Values{"nicks": {"bot*"}, "before": {"none"}}, []string{"rooms are locked, not people", `value="none" checked`}},
		"no room":          {url.Values{"where": {""}, "before": {"2001-01-01T00:00:00Z"}, "for": {"1h0m0s"}}, []string{"the time chosen", `value="2001-01-01T00:00:00Z" checked`, `value="1h0m0s" selected`}},
		"a kick":           {url.Values{"action": {"kick"}, "nicks": {"bot*"}}, []string{"makes no room members-only"}},
		"another way":      {url.Values{"way": {"evict"}}, []string{"evict"}},
		"an end long past": {url.Values{"for": {"-1h"}}, []string{"no time that something may last"}},
	} {
		fields := locked("")
		for field, values := range tt.change {
			fields[field] = values
		}
		fields.Set("csrf", b.csrf(t))
		got := b.do(t, http.MethodPost, "/plans", fields)
		if got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d to %q, want 400", name, got.status, got.location)
		}
		for _, want := range append(tt.want, `name="membersonly" value="yes" checked`, `value="a raid"`) {
			if !strings.Contains(strings.ToLower(got.body), strings.ToLower(want)) {
				t.Errorf("%s: the form lacks %q: %s", name, want, got.body)
			}
		}
	}
	moderator := signInAs(t, here, "moderator")
	mine := moderator.plan(t, locked("none"))
	if strings.Contains(mine.body, secondRoom) || !strings.Contains(mine.body, "Lock 1 room: 4 people are thrown out") {
		t.Errorf("a service means other rooms than those that one may lock: %s", mine.body)
	}
	fields := locked("none")
	fields["where"], fields["csrf"] = []string{secondRoom}, []string{moderator.csrf(t)}
	if got := moderator.do(t, http.MethodPost, "/plans", fields); got.status != http.StatusNotFound {
		t.Errorf("another room: got %d, want 404", got.status)
	}
}

// Without a choice, who came with a wave goes, and who was there before it stays.
func TestLockSeveralInAWave(t *testing.T) {
	a := newArrivingAt(t, []string{"Bob = bob@example.org"})
	b := signIn(t, a.site)
	a.come(t, embeddedRoom, bots(0, 12)...)
	a.come(t, secondRoom, "Dora = dora@example.org")
	form := untilShown(t, b, "/plans/new", "who was there before the wave")
	if got := stayChecked.FindStringSubmatch(form); got == nil || got[1] != "" {
		t.Errorf("%q is chosen, want who was there before the wave", got)
	}
	fields := locked("")
	fields["where"] = []string{embeddedRoom + "\n" + secondRoom}
	var plan page
	waitFor(t, "all to be in the plan", func() bool {
		plan = b.plan(t, fields)
		return strings.Contains(plan.body, "Lock 2 rooms: 12 people are thrown out, 2 made members")
	})
	if !strings.Contains(plan.body, "Dora") || !strings.Contains(plan.body, "Type 12 to confirm") {
		t.Errorf("got %s", plan.body)
	}
}
