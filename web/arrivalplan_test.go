package web_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/xmpp/mucserver"
)

// A group that is ticked means all in it that the page knew of, and no others.
func TestArrivalPlan(t *testing.T) {
	a := newArriving(t)
	b := signIn(t, a.site)
	raiders := a.come(t, embeddedRoom, append(bots(0, 3), "Ann = ann@example.org")...)
	ann := raiders[3]
	raiders = append(raiders[:3], a.come(t, secondRoom, bots(2, 3)...)...)
	shown := b.get(t, "/arrivals?by=names")
	late := a.come(t, foreignRoom, bots(9, 1)...)
	tick, ok := shown.groups()["Free Coins …"]
	if !ok {
		t.Fatalf("got groups %v", shown.groups())
	}
	form := url.Values{
		"group": {tick}, "upto": {found(t, uptoField, shown)}, "by": {"names"}, "action": {"ban"}, "for": {"1h"}, "reason": {"raid"}, "csrf": {b.csrf(t)},
	}
	with := func(field string, values ...string) url.Values {
		changed := make(url.Values)
		for name, value := range form {
			changed[name] = value
		}
		changed[field] = values
		return changed
	}
	for _, wrong := range []url.Values{
		with("group", "x"), with("group", "99999"), with("upto", "nonsense"), with("upto", "AAAAAAAA-9"), with("action", "hug"), with("since", "now"),
		with("pick", "muc=nowhere"),
	} {
		if got := b.do(t, http.MethodPost, "/arrivals/plan", wrong); got.status != http.StatusBadRequest {
			t.Errorf("%v: got %d to %q, want 400", wrong, got.status, got.location)
		}
	}
	if got := b.do(t, http.MethodPost, "/arrivals/plan", with("group")); got.status != http.StatusSeeOther || got.location != "/arrivals?by=names" {
		t.Errorf("nobody ticked: got %d to %q", got.status, got.location)
	}
	made := b.do(t, http.MethodPost, "/arrivals/plan", form)
	if made.status != http.StatusSeeOther || !strings.HasPrefix(made.location, "/plans/") {
		t.Fatalf("got %d %s", made.status, made.body)
	}
	plan := b.get(t, made.location)
	if !strings.Contains(plan.body, "Ban 5 people, 6 times in 2 rooms") || strings.Contains(plan.body, "Ann") || strings.Contains(plan.body, "Free Coins 9") {
		t.Fatalf("the plan means others: %s", plan.body)
	}
	if job := b.confirm(t, plan, "6"); job.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", job.status, job.body)
	}
	for _, bot := range raiders {
		<-bot.Gone()
	}
	for _, other := range []*mucserver.Resident{ann, late[0]} {
		select {
		case <-other.Gone():
			t.Errorf("%s is gone", other.Nick())
		default:
		}
	}
	// Single ones are picked as they came.
	list := b.get(t, "/arrivals")
	var picks []string
	for _, match := range pickField.FindAllStringSubmatch(list.body, -1) {
		if match[2] == "Ann" || match[2] == "Free Coins 9" {
			picks = append(picks, html.UnescapeString(match[1]))
		}
	}
	made = b.do(t, http.MethodPost, "/arrivals/plan", url.Values{"pick": picks, "action": {"kick"}, "for": {"1h"}, "csrf": {b.csrf(t)}})
	if plan := b.get(t, made.location); !strings.Contains(plan.body, "Kick 2 people") {
		t.Errorf("got %d %s", plan.status, plan.body)
	}
}
