package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muckick/web"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// arriving is a site whose muckick is in all rooms, into which a test lets people.
type arriving struct {
	*site
	rooms  map[string]*mucserver.Room
	before []*mucserver.Resident // who were there before muckick
	seen   *xmpp.ArrivalFeed
}

func newArriving(t testing.TB, adjust ...func(*xmpp.Options)) *arriving {
	t.Helper()
	return newArrivingAt(t, nil, adjust...)
}

// newArrivingAt is newArriving with people in the first room, as come has them, who
// were there before muckick.
func newArrivingAt(t testing.TB, people []string, adjust ...func(*xmpp.Options)) *arriving {
	t.Helper()
	chat := newEmbedded(t)
	a := &arriving{rooms: make(map[string]*mucserver.Room)}
	for _, address := range []string{embeddedRoom, secondRoom, foreignRoom} {
		room, err := chat.CreateRoom(address, mucserver.RoomConfig{Name: "Room", Persistent: true})
		if err != nil {
			t.Fatal(err)
		}
		a.rooms[address] = room
	}
	for _, who := range people {
		nick, account, _ := strings.Cut(who, " = ")
		resident, err := a.rooms[embeddedRoom].Enter(nick, account+"/x", mucserver.AffiliationNone)
		if err != nil {
			t.Fatal(err)
		}
		a.before = append(a.before, resident)
	}
	all := func(o *xmpp.Options) { o.Watch, o.Settle = xmpp.WatchAll, time.Nanosecond }
	client := chat.connect(t, append([]func(*xmpp.Options){all}, adjust...)...)
	a.site = serve(t, client)
	if client.Coverage().Scope == xmpp.WatchAll {
		waitFor(t, "muckick in all rooms", func() bool { return len(client.Coverage().Inside) == len(a.rooms) })
	}
	a.seen = client.FollowArrivals(func(xmpp.Arrival) bool { return true })
	return a
}

// come lets people come into a room, each "NICK = ACCOUNT", and returns when muckick
// has seen all.
func (a *arriving) come(t testing.TB, room string, people ...string) (residents []*mucserver.Resident) {
	t.Helper()
	for _, who := range people {
		nick, account, _ := strings.Cut(who, " = ")
		resident, err := a.rooms[room].Enter(nick, account+"/x", mucserver.AffiliationNone)
		if err != nil {
			t.Fatal(err)
		}
		residents = append(residents, resident)
	}
	for left := len(people); left > 0; {
		list, _, err := a.seen.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left -= len(list)
	}
	return residents
}

// bots returns so many people of one kind, from a number on.
func bots(from, count int) (people []string) {
	for i := from; i < from+count; i++ {
		people = append(people, fmt.Sprintf("Free Coins %d = coin%d@spam.example", i, i))
	}
	return people
}

var (
	uptoField     = regexp.MustCompile(`name="upto" value="([^"]+)"`)
	groupField    = regexp.MustCompile(`name="group" value="(\d+)" aria-label="Tick all of ([^"]+)"`)
	pickField     = regexp.MustCompile(`name="pick" value="([^"]+)" aria-label="Tick ([^"]+) in`)
	eventsAddress = regexp.MustCompile(`data-events="([^"]+)"`)
)

// found returns what an expression's first group is in a page.
func found(t testing.TB, expression *regexp.Regexp, p page) string {
	t.Helper()
	match := expression.FindStringSubmatch(p.body)
	if match == nil {
		t.Fatalf("the page has no %s: %s", expression, p.body)
	}
	return html.UnescapeString(match[1])
}

// groups returns the values of the ticks of groups, by their labels.
func (p page) groups() map[string]string {
	values := make(map[string]string)
	for _, match := range groupField.FindAllStringSubmatch(p.body, -1) {
		values[html.UnescapeString(match[2])] = match[1]
	}
	return values
}

func TestArrivals(t *testing.T) {
	a := newArriving(t)
	a.come(t, embeddedRoom, append(bots(0, 3), "Ann = ann@example.org", "coin fan = fan@other.example")...)
	a.come(t, secondRoom, bots(1, 4)...)
	b := signIn(t, a.site)
	tests := []struct {
		query        string
		want, wanted []string // that are there, and that are not
	}{
		{"", []string{"9 arrivals", "Ann", "Free Coins 4", "ann@example.org"}, nil},
		{"q=ANN", []string{"1 arrival", "Ann"}, []string{"Free Coins"}},
		{"q=spam.example", []string{"7 arrivals"}, []string{"Ann"}},
		{"room=" + secondRoom, []string{"4 arrivals"}, []string{"Ann"}},
		{"since=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339), []string{"0 arrivals", "Show all"}, []string{"Ann"}},
		{"new=yes", []string{"9 arrivals"}, nil},
		{"by=domain", []string{"5 people, 5 new, in 2 rooms, came 7 times", "1 person, 1 new, in 1 room"}, nil},
		{"by=names", []string{"Free Coins", "5 people, 5 new, in 2 rooms, came 7 times"}, nil},
		{"by=nonsense", []string{"9 arrivals"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			got := b.get(t, "/arrivals?"+tt.query)
			for _, want := range tt.want {
				if !strings.Contains(got.body, want) {
					t.Errorf("the page lacks %q: %s", want, got.body)
				}
			}
			for _, wanted := range tt.wanted {
				if strings.Contains(got.body, wanted) {
					t.Errorf("the page has %q: %s", wanted, got.body)
				}
			}
		})
	}
	if got := b.get(t, "/arrivals").body; strings.Index(got, "Free Coins 4") > strings.Index(got, "Ann") {
		t.Error("the newest is not first")
	}
	for _, query := range []string{"room=nowhere", "since=now"} {
		if got := b.get(t, "/arrivals?"+query).status; got != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", query, got)
		}
	}
}

// What comes after a page was made follows by its events, once.
func TestArrivalEvents(t *testing.T) {
	a := newArriving(t)
	b := signIn(t, a.site)
	a.come(t, embeddedRoom, "Ann = ann@example.org")
	list, groups := b.get(t, "/arrivals"), b.get(t, "/arrivals?by=domain")
	a.come(t, embeddedRoom, "Bea = bea@example.org")
	rows := listen(t, b, found(t, eventsAddress, list))
	rows.until(t, "arrived", "Bea")
	a.come(t, secondRoom, "Cid = cid@example.org")
	rows.until(t, "arrived", "Cid")
	listen(t, b, found(t, eventsAddress, groups)).until(t, "arrivals", "3 people, 3 new, in 2 rooms")
	foreign := strings.Replace(found(t, eventsAddress, list), "epoch=", "epoch=A", 1)
	listen(t, b, foreign).until(t, "stale", ".")
	var flood []string
	for i := range 300 {
		flood = append(flood, fmt.Sprintf("crowd%d = crowd%d@example.org", i, i))
	}
	a.come(t, secondRoom, flood...)
	listen(t, b, found(t, eventsAddress, list)).until(t, "stale", ".")
	if got := b.get(t, "/arrivals/events?after=x").status; got != http.StatusBadRequest {
		t.Errorf("got %d, want 400", got)
	}
}

// Nobody sees or hits arrivals in rooms that they were not granted.
func TestArrivalsByGrants(t *testing.T) {
	a := newArriving(t)
	signIn(t, a.site) // the first, an administrator
	b := signInAs(t, a.site, "moderator")
	list := b.get(t, "/arrivals")
	events := listen(t, b, found(t, eventsAddress, list))
	a.come(t, foreignRoom, append(bots(0, 12), "vault = vault@example.org")...)
	a.come(t, embeddedRoom, bots(20, 2)...)
	for _, query := range []string{"", "?by=domain", "?by=names", "?q=vault", "?room=" + foreignRoom} {
		got := b.get(t, "/arrivals"+query)
		if strings.Contains(got.body, "vault@") || strings.Contains(got.body, "Free Coins 1<") || strings.Contains(got.body, "12 ") {
			t.Errorf("%q tells of another room: %s", query, got.body)
		}
	}
	var lines strings.Builder
	for events.lines.Scan() && !strings.Contains(lines.String(), "Free Coins 21") {
		lines.WriteString(events.lines.Text() + "\n")
	}
	if strings.Contains(lines.String(), "vault") || strings.Contains(lines.String(), "Free Coins 1<") {
		t.Errorf("the events tell of another room: %s", lines.String())
	}
	shown := b.get(t, "/arrivals?by=names")
	form := url.Values{"upto": {found(t, uptoField, shown)}, "by": {"names"}, "action": {"kick"}, "csrf": {b.csrf(t)}}
	for _, tick := range shown.groups() {
		form.Add("group", tick)
	}
	plan := b.get(t, b.do(t, http.MethodPost, "/arrivals/plan", form).location)
	if !strings.Contains(plan.body, "Kick 2 people") {
		t.Errorf("got %s", plan.body)
	}
	form.Set("group", "1") // of the other room
	if got := b.do(t, http.MethodPost, "/arrivals/plan", form); got.status != http.StatusBadRequest {
		t.Errorf("got %d to %q, want 400", got.status, got.location)
	}
	viewer := signInAs(t, a.site, "viewer")
	if got := viewer.get(t, "/arrivals").body; strings.Contains(got, `name="pick"`) || strings.Contains(got, "Plan…") {
		t.Errorf("a viewer may tick: %s", got)
	}
	form.Set("csrf", viewer.csrf(t))
	form["group"], form["pick"] = nil, []string{"muc=" + embeddedRoom + "&nickname=Free+Coins+20"}
	if got := viewer.do(t, http.MethodPost, "/arrivals/plan", form); got.status != http.StatusForbidden {
		t.Errorf("a viewer plans: got %d to %q, want 403", got.status, got.location)
	}
}

// A raid can be rehearsed in a demonstration, and nowhere else.
func TestRehearse(t *testing.T) {
	chat := newEmbedded(t)
	raids := 0
	here := serve(t, chat.connect(t), func(o *web.Options) { o.Rehearse = func() error { raids++; return nil } })
	b, other := signIn(t, here), signInAs(t, here, "moderator")
	if got := b.get(t, "/arrivals").body; !strings.Contains(got, "Start a raid") {
		t.Errorf("there is no button: %s", got)
	}
	if got := b.do(t, http.MethodPost, "/arrivals/rehearse", url.Values{"csrf": {b.csrf(t)}}); got.status != http.StatusSeeOther || raids != 1 {
		t.Errorf("got %d, and %d raids", got.status, raids)
	}
	if got := other.do(t, http.MethodPost, "/arrivals/rehearse", url.Values{"csrf": {other.csrf(t)}}); got.status != http.StatusForbidden || raids != 1 {
		t.Errorf("somebody else: got %d, and %d raids", got.status, raids)
	}
	plain := signIn(t, serve(t, chat.connect(t)))
	if got := plain.do(t, http.MethodPost, "/arrivals/rehearse", url.Values{"csrf": {plain.csrf(t)}}); got.status != http.StatusNotFound {
		t.Errorf("where there is no demonstration: got %d", got.status)
	}
	if strings.Contains(plain.get(t, "/arrivals").body, "Start a raid") {
		t.Error("there is a button")
	}
}
