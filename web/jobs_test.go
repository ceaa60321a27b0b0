package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muckick/web"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// newRaidedSite is a site with two rooms in which bots stand beside a member and
// others.
func newRaidedSite(t *testing.T, adjust ...func(*web.Options)) (*site, []*mucserver.Resident) {
	t.Helper()
	chat := newEmbedded(t)
	var bots []*mucserver.Resident
	for _, address := range []string{embeddedRoom, secondRoom} {
		room, err := chat.CreateRoom(address, mucserver.RoomConfig{Name: "Room", Persistent: true})
		if err != nil {
			t.Fatal(err)
		}
		enter := func(nick, jid string, affiliation mucserver.Affiliation) *mucserver.Resident {
			resident, err := room.Enter(nick, jid, affiliation)
			if err != nil {
				t.Fatal(err)
			}
			return resident
		}
		enter("Mia", "mia@example.org", mucserver.AffiliationMember)
		enter("Carol", "carol@example.org", mucserver.AffiliationNone)
		for i := range 3 {
			bots = append(bots, enter(fmt.Sprintf("bot%d", i), fmt.Sprintf("bot%d@spam.example", i), mucserver.AffiliationNone))
		}
	}
	return chat.site(t, adjust...), bots
}

var (
	hashField   = regexp.MustCompile(`name="hash" value="([^"]+)"`)
	planField   = regexp.MustCompile(`name="plan" value="([^"]+)"`)
	expectLabel = regexp.MustCompile(`Type (\d+) to confirm`)
)

// plan makes a plan and returns its page.
func (b *browser) plan(t *testing.T, fields url.Values) page {
	t.Helper()
	fields.Set("csrf", b.csrf(t))
	got := b.do(t, http.MethodPost, "/plans", fields)
	if got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, "/plans/") {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	return b.get(t, got.location)
}

// confirm makes a job of the plan on a page.
func (b *browser) confirm(t *testing.T, plan page, expect string) page {
	t.Helper()
	hash, id := hashField.FindStringSubmatch(plan.body), planField.FindStringSubmatch(plan.body)
	if hash == nil || id == nil {
		t.Fatalf("the page has nothing to confirm: %s", plan.body)
	}
	return b.do(t, http.MethodPost, "/jobs", url.Values{"plan": {id[1]}, "hash": {hash[1]}, "expect": {expect}, "csrf": {b.csrf(t)}})
}

// A raid is selected by a rule, seen before anything is done, and cleared; each
// target has its outcome.
func TestRaid(t *testing.T) {
	here, bots := newRaidedSite(t)
	b := signIn(t, here)
	fields := url.Values{"where": {"chat.example.org"}, "accounts": {"*@spam.example\n*@other.example"}, "action": {"kick"}, "reason": {"raid"}}
	plan := b.plan(t, fields)
	for _, want := range []string{"Kick 3 people, 6 times in 2 rooms", "Type 6 to confirm: it is done 6 times in 2 rooms", "bot0", "bot2", embeddedRoom, secondRoom} {
		if !strings.Contains(plan.body, want) {
			t.Errorf("the plan lacks %q: %s", want, plan.body)
		}
	}
	if strings.Contains(plan.body, "Carol") || strings.Contains(plan.body, "Mia") {
		t.Errorf("the plan means others: %s", plan.body)
	}
	number := expectLabel.FindStringSubmatch(plan.body)
	if number == nil || number[1] != "6" {
		t.Fatalf("more than half of the people are not confirmed by their number: %s", plan.body)
	}
	for _, wrong := range []string{"", "5", "six"} {
		if got := b.confirm(t, plan, wrong); got.status != http.StatusBadRequest || !strings.Contains(got.body, "Nothing was begun") {
			t.Errorf("typed %q: got %d", wrong, got.status)
		}
	}
	job := b.confirm(t, plan, "6")
	if job.status != http.StatusSeeOther || !strings.HasPrefix(job.location, "/jobs/") {
		t.Fatalf("got %d %s", job.status, job.body)
	}
	for _, bot := range bots {
		<-bot.Gone()
	}
	untilShown(t, b, job.location, "every step has its outcome")
	body := b.get(t, job.location).body
	if n := strings.Count(body, `<li data-outcome="done">`); n != 6 {
		t.Errorf("%d steps are done, want 6: %s", n, body)
	}
	if csv := b.get(t, job.location+"/targets.csv").body; strings.Count(csv, ",done,") != 6 {
		t.Errorf("the export has not 6 that are done: %s", csv)
	}
	if again := b.confirm(t, plan, "6"); again.location != job.location {
		t.Errorf("the same plan again: got %d to %q, want the job that it is", again.status, again.location)
	}
	if body := b.get(t, "/jobs").body; !strings.Contains(body, job.location) {
		t.Errorf("the job is not in the list: %s", body)
	}
	if body := b.get(t, "/audit?job="+strings.TrimPrefix(job.location, "/jobs/")).body; strings.Count(body, "raid") < 6 {
		t.Errorf("the trail has not 6 entries of the job: %s", body)
	}
}

// A plan to evict says what that means, and is carried out; a ban has no such way.
func TestEvict(t *testing.T) {
	here, bots := newRaidedSite(t)
	b := signIn(t, here)
	if body := b.get(t, "/plans/new").body; !strings.Contains(body, `name="way" value="evict"`) {
		t.Errorf("the form does not offer the way: %s", body)
	}
	fields := url.Values{"where": {"chat.example.org"}, "accounts": {"*@spam.example"}, "action": {"ban"}, "way": {"evict"}, "csrf": {b.csrf(t)}}
	if got := b.do(t, http.MethodPost, "/plans", fields); got.status != http.StatusBadRequest || !strings.Contains(got.body, `value="evict" checked`) {
		t.Errorf("a ban: got %d %s", got.status, got.body)
	}
	fields.Set("action", "kick")
	plan := b.plan(t, fields)
	for _, want := range []string{"Kick 3 people, 6 times in 2 rooms", "members-only", "2 people become members", "6 kicks"} {
		if !strings.Contains(plan.body, want) {
			t.Errorf("the plan lacks %q: %s", want, plan.body)
		}
	}
	job := b.confirm(t, plan, "6")
	for _, bot := range bots {
		<-bot.Gone()
	}
	untilShown(t, b, job.location, "every step has its outcome")
	body := b.get(t, job.location).body
	if n := strings.Count(body, `<li data-outcome="done">`); n != 6 {
		t.Errorf("%d are out, want 6: %s", n, body)
	}
	body = b.get(t, "/audit?job="+strings.TrimPrefix(job.location, "/jobs/")).body
	for _, want := range []string{"Locked", "Unlocked", "Made a member for a while", "No member any more"} {
		if !strings.Contains(body, want) {
			t.Errorf("the trail lacks %q: %s", want, body)
		}
	}
}

// Who is ticked is meant, and nobody else; a form that means nobody is refused.
func TestPlanForms(t *testing.T) {
	here, _ := newRaidedSite(t)
	b := signIn(t, here)
	pick := url.Values{"muc": {embeddedRoom}, "nickname": {"bot1"}, "jid": {"bot1@spam.example/x"}}.Encode()
	other := url.Values{"muc": {embeddedRoom}, "nickname": {"Carol"}, "jid": {"somebody@else.example"}}.Encode()
	plan := b.plan(t, url.Values{"pick": {pick, other}, "action": {"ban"}})
	if !strings.Contains(plan.body, "bot1") || strings.Contains(plan.body, "bot2") || !strings.Contains(plan.body, "Ban 1 person") && !strings.Contains(plan.body, "Ban 2 people") {
		t.Errorf("got %s", plan.body)
	}
	for name, fields := range map[string]url.Values{
		"nobody":           {"action": {"kick"}},
		"no room":          {"action": {"kick"}, "nicks": {"bot*"}},
		"everything open":  {"action": {"kick"}, "where": {"*"}, "nicks": {"*"}},
		"no action":        {"where": {"*"}, "nicks": {"bot*"}},
		"no such action":   {"action": {"hug"}, "where": {"*"}, "nicks": {"bot*"}},
		"no scope":         {"action": {"kick"}, "where": {"two words"}, "nicks": {"bot*"}},
		"no pattern":       {"action": {"kick"}, "where": {"*"}, "accounts": {"spam"}},
		"no time":          {"action": {"kick"}, "where": {"*"}, "joined": {"soon"}},
		"a tick of a room": {"action": {"kick"}, "pick": {"muc=" + url.QueryEscape(embeddedRoom)}},
	} {
		fields.Set("csrf", b.csrf(t))
		if got := b.do(t, http.MethodPost, "/plans", fields); got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d to %q, want 400", name, got.status, got.location)
		}
	}
	moderator := signInAs(t, here, "moderator")
	for name, tt := range map[string]struct {
		fields url.Values
		status int
	}{
		"everybody":      {url.Values{"action": {"kick"}, "where": {embeddedRoom}, "everybody": {"yes"}}, http.StatusForbidden},
		"a whole domain": {url.Values{"action": {"ban"}, "where": {embeddedRoom}, "accounts": {"*@spam.example"}}, http.StatusForbidden},
		"another room":   {url.Values{"action": {"kick"}, "where": {secondRoom}, "nicks": {"bot*"}}, http.StatusNotFound},
	} {
		tt.fields.Set("csrf", moderator.csrf(t))
		if got := moderator.do(t, http.MethodPost, "/plans", tt.fields); got.status != tt.status {
			t.Errorf("%s by a moderator of one room: got %d, want %d", name, got.status, tt.status)
		}
	}
	mine := moderator.plan(t, url.Values{"action": {"kick"}, "where": {"chat.example.org"}, "nicks": {"bot*"}})
	if strings.Contains(mine.body, secondRoom) || !strings.Contains(mine.body, embeddedRoom) {
		t.Errorf("a service means other rooms than those that one may act in: %s", mine.body)
	}
	if got := signInIn(t, here, secondRoom, "viewer").get(t, "/plans/"+planField.FindStringSubmatch(mine.body)[1]); got.status != http.StatusNotFound {
		t.Errorf("somebody else's plan: got %d, want 404", got.status)
	}
}

// What a job left is undone by a plan of its own: who was banned may come back,
// and whose ban was lifted by hand is left out.
func TestUndo(t *testing.T) {
	here, bots := newRaidedSite(t)
	b := signIn(t, here)
	plan := b.plan(t, url.Values{"where": {"chat.example.org"}, "nicks": {"bot*"}, "action": {"ban"}, "reason": {"raid"}})
	job := b.confirm(t, plan, "6")
	for _, bot := range bots {
		<-bot.Gone()
	}
	untilShown(t, b, job.location, "every step has its outcome")
	b.act(t, embeddedRoom, "unban", "jid", "bot0@spam.example")
	undo := b.do(t, http.MethodPost, job.location+"/undo", url.Values{"csrf": {b.csrf(t)}})
	if undo.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", undo.status, undo.body)
	}
	seen := b.get(t, undo.location)
	if !strings.Contains(seen.body, "Undo: 5 steps") {
		t.Errorf("the plan is not to lift the five bans that stand: %s", seen.body)
	}
	lifting := b.confirm(t, seen, "5")
	untilShown(t, b, lifting.location, "every step has its outcome")
	for _, room := range []string{embeddedRoom, secondRoom} {
		for i := range 3 {
			account := fmt.Sprintf("bot%d@spam.example", i)
			if got := standing(t, here, roomOf(t, room), account); got == "outcast" {
				t.Errorf("%s is still banned from %s", account, room)
			}
		}
	}
	if body := b.get(t, "/standing").body; strings.Contains(body, "spam.example") {
		t.Errorf("something still stands: %s", body)
	}
}

// An open page hears of the end of its job, also when it came between the page and
// its events.
func TestJobEvents(t *testing.T) {
	here, _ := newRaidedSite(t)
	b := signIn(t, here)
	job := b.confirm(t, b.plan(t, url.Values{"where": {"chat.example.org"}, "nicks": {"bot*"}, "action": {"kick"}}), "6")
	listen(t, b, job.location+"/events").until(t, "job", "every step has its outcome")
	untilShown(t, b, job.location, "every step has its outcome")
	listen(t, b, job.location+"/events").until(t, "job", "every step has its outcome")
}

// A page that is about something else says how far a job is, to who may see it.
func TestRunningJobs(t *testing.T) {
	release := make(chan struct{})
	here, _ := newRaidedSite(t, func(o *web.Options) {
		o.Chat = &spy{Chat: o.Chat, kick: func(ctx context.Context) error {
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return xmpp.ErrUnknown
			}
		}}
	})
	b := signIn(t, here)
	events := listen(t, b, "/events")
	stranger := signInIn(t, here, "elsewhere@chat.example.org", "moderator")
	pick := url.Values{"muc": {embeddedRoom}, "nickname": {"bot1"}}.Encode()
	job := b.confirm(t, b.plan(t, url.Values{"pick": {pick}, "action": {"kick"}}), "")
	events.until(t, "jobs", job.location)
	close(release)
	events.until(t, "jobs", "hidden")
	untilShown(t, b, job.location, "every step has its outcome")
	if body := stranger.get(t, "/jobs").body; strings.Contains(body, job.location) {
		t.Errorf("who knows none of its rooms is told of the job: %s", body)
	}
}

// A job offers to try again what failed where something did; what is not known is
// among that, and who was gone is not.
func TestTryAgainIsOffered(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error // of each kick
		want bool
	}{
		{"all are done", nil, false},
		{"all are gone", xmpp.ErrNoOccupant, false},
		{"nothing is known", xmpp.ErrUnknown, true},
		{"all are refused", &xmpp.RefusedError{Err: &xmpp.StanzaError{Type: "cancel", Condition: "not-allowed"}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			here, _ := newRaidedSite(t, func(o *web.Options) {
				o.Chat = &spy{Chat: o.Chat, kick: func(context.Context) error { return tt.err }}
			})
			b := signIn(t, here)
			job := b.confirm(t, b.plan(t, url.Values{"where": {embeddedRoom}, "nicks": {"bot1"}, "action": {"kick"}}), "")
			if job.status != http.StatusSeeOther {
				t.Fatalf("got %d %s", job.status, job.body)
			}
			body := untilShown(t, b, job.location, "every step has its outcome")
			if got := strings.Contains(body, job.location+"/retry"); got != tt.want {
				t.Errorf("offered %t, want %t: %s", got, tt.want, body)
			}
		})
	}
}
