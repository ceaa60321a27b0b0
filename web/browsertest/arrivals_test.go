package browsertest

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp/kb"

	"muckick/xmpp/mucserver"
)

// A newcomer starts a raid in the demo, is told of the wave wherever they are, and
// clears it by the tick of one group.
func TestClearedRaid(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	b := newTab(t, d.url, desktop)
	b.open("/login")
	b.signIn(d.operator, d.password)
	b.awaitPage("/rooms")
	elsewhere := b.another(desktop)
	elsewhere.open("/account")
	phoned := b.another(phone)
	phoned.open("/arrivals")
	b.open("/arrivals")
	b.click(button("Start a raid"))
	b.awaitPage("/arrivals")
	elsewhere.await(css("#wave").shows("A wave"))
	elsewhere.await(css("#announcement").do(`e => e.textContent.includes("A wave")`))
	elsewhere.focus(css("#wave button"))
	elsewhere.press(kb.Enter)
	elsewhere.await(css("#wave").is("[hidden]"))
	elsewhere.await(css("main h1").do("e => e === document.activeElement"))
	elsewhere.await(css("#announcement").do(`e => e.textContent === "The wave of new accounts is dismissed."`))
	elsewhere.open("/people")
	elsewhere.await(css("#wave").is("[hidden]"))
	phoned.checkFits()

	clearRaid(t, b)
}

// The same in Firefox.
func TestClearedRaidInFirefox(t *testing.T) {
	t.Parallel()
	lasting.focus.Lock()
	t.Cleanup(lasting.focus.Unlock)
	d := newDemo(t)
	b := newFirefoxTab(t, d.url, desktop)
	b.open("/login")
	b.signIn(d.operator, d.password)
	b.awaitPage("/rooms")
	b.open("/arrivals")
	b.click(button("Start a raid"))
	b.awaitPage("/arrivals")
	b.await(css("#wave").shows("A wave"))
	clearRaid(t, b)
}

// clearRaid bans the bots of a demo's raid on its page of arrivals.
func clearRaid(t *testing.T, b *tab) {
	t.Helper()
	const bots = `[...document.querySelectorAll("#groups > li")].find(e => e.textContent.includes("coins"))`
	until(t, "many bots", func() (bool, error) {
		return eval[bool](b, element(bots).do(`e => parseInt(e.textContent.match(/(\d+) people/)?.[1] ?? 0) >= 40`)), nil
	})
	b.click(element(bots).in("[name=group]"))
	b.await(css("#live").is("[data-state=paused]"))
	b.await(css("#ticked").shows("1 ticked"))
	shown := b.text(css("#summary"))
	b.await(css("#live").shows("more have come"))
	if got := b.text(css("#summary")); got != shown {
		t.Errorf("the page moved while it was paused: %q to %q", shown, got)
	}
	eval[bool](b, `(document.querySelector("[name=action]").value = "ban", true)`)
	b.click(button("Plan…"))
	b.await(css("#expect").do("e => true"))
	eval[bool](b, `(document.getElementById("expect").value = document.querySelector("label[for=expect]").textContent.match(/\d+/)[0], true)`)
	b.click(css("#confirm button"))
	b.await(css("#job-actions").is("[data-ended]")) // after that the page stays
	if got := b.text(css("#progress")); !strings.Contains(got, "done") || strings.Contains(got, "refused") || strings.Contains(got, "unknown") {
		t.Errorf("the job ended with %q", got)
	}
}

// axe-core finds nothing on the page of arrivals in any order.
func TestAccessibilityOfArrivals(t *testing.T) {
	t.Parallel()
	axe := newAxe(t)
	d := newDemo(t)
	b := newTab(t, d.url, desktop)
	b.open("/login")
	b.signIn(d.operator, d.password)
	b.awaitPage("/rooms")
	b.open("/arrivals")
	axe.check(b, "arrivals at the beginning")
	b.click(button("Start a raid"))
	b.awaitPage("/arrivals")
	b.await(css("#wave").shows("A wave"))
	for _, order := range []string{"", "domain", "names"} {
		b.open("/arrivals?by=" + order)
		b.await(css("#arrivals input[type=checkbox]").do("e => true"))
		b.click(css("#arrivals input[type=checkbox]"))
		if order != "" {
			b.click(css("#groups summary"))
		}
		axe.check(b, "arrivals by "+order)
	}
}

// floodTime is how long arrivals come unless MUCKICK_LONG says otherwise.
const floodTime = 6 * time.Second

// 200 joins a second: the page stays bounded, is still while it is paused, and shows
// the newest afterwards.
func TestFloodOfArrivals(t *testing.T) {
	lasting := floodTime
	if text := os.Getenv("MUCKICK_LONG"); text != "" {
		long, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		lasting = long
	}
	flood := newFlood(t)
	here := newProgramWith(t, fmt.Sprintf("jid = \"muckick@example.org\"\npassword = \"pw\"\nserver = %q\ntls = \"none\"\nwatch = \"all\"\n", flood.address))
	until(t, "muckick in all rooms", func() (bool, error) { return flood.watched(), nil })
	s := &scene{here: here}
	list := s.signIn(t, desktop, "/arrivals")
	groups := list.another(desktop)
	groups.open("/arrivals?by=names")
	list.await(css("#live").is("[data-state=live]"))
	call(list, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	began, busy := time.Now(), list.busy()
	flood.run(t)
	for time.Since(began) < lasting {
		came := flood.came()
		list.await(css("#arrived").do(fmt.Sprintf("e => [...e.children].some(row => Number(row.id.slice(1)) > %d)", came)))
		if rows := eval[int](list, `document.querySelectorAll("#arrived > *").length`); rows > 500 {
			t.Fatalf("the page has %d rows", rows)
		}
		if nodes := eval[int](groups, `document.querySelectorAll("*").length`); nodes > 15_000 {
			t.Fatalf("the page with groups has %d elements", nodes)
		}
	}
	took := time.Since(began)
	t.Logf("%d arrivals in %v: the page's main thread was busy for %.0f %% of it", flood.came(), took.Round(time.Second), (list.busy()-busy)/float64(took.Milliseconds())*100)
	for _, metric := range call(list, performance.GetMetrics, cdp.Empty{}).Metrics {
		if metric.Name == "JSHeapUsedSize" || metric.Name == "Nodes" {
			t.Logf("%s %.0f", metric.Name, metric.Value)
		}
	}
	t.Log(residentSize(t, here.cmd.Process.Pid))

	list.click(button("Pause"))
	list.await(css("#live").is("[data-state=paused]"))
	newest := eval[string](list, `document.querySelector("#arrived > *").id`)
	at := flood.came()
	list.await(css("#live").shows("more have come"))
	until(t, "300 more", func() (bool, error) { return flood.came() > at+300, nil })
	if got := eval[string](list, `document.querySelector("#arrived > *").id`); got != newest {
		t.Errorf("the list moved while it was paused")
	}
	list.click(button("Go on"))
	list.await(css("#arrived").do(fmt.Sprintf("e => Number(e.firstElementChild.id.slice(1)) > %d", at+300)))
	groups.await(css("#groups").do(`e => /people/.test(e.textContent)`))
}

// residentSize returns what a process has in memory, in words.
func residentSize(t *testing.T, pid int) string {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "its size in memory is not known here: " + err.Error()
	}
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmRSS") {
			return "muckick " + strings.TrimSpace(line)
		}
	}
	return "its size in memory is not known here"
}

// A flood is a chat server with rooms into which ever new people come.
type flood struct {
	address string
	rooms   []*mucserver.Room

	mu    sync.Mutex
	count int
}

const (
	floodRooms = 20
	floodPause = 5 * time.Millisecond // 200 a second
	floodStays = 1000                 // people who are there at once
)

func newFlood(t *testing.T) *flood {
	t.Helper()
	server, err := mucserver.New(mucserver.Options{
		Domain: "example.org", Services: []string{"chat.example.org"},
		Accounts: map[string]string{"muckick": "pw"}, Admins: []string{"muckick"},
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("chat server: %v", err)
		}
	})
	f := &flood{address: l.Addr().String()}
	for i := range floodRooms {
		room, err := server.CreateRoom(fmt.Sprintf("room%d@chat.example.org", i), mucserver.RoomConfig{Persistent: true})
		if err != nil {
			t.Fatal(err)
		}
		f.rooms = append(f.rooms, room)
	}
	return f
}

// watched reports whether muckick is in all rooms.
func (f *flood) watched() bool {
	for _, room := range f.rooms {
		if len(room.Occupants()) == 0 {
			return false
		}
	}
	return true
}

// run lets people come, and the first of them go again, until the test ends.
func (f *flood) run(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var coming sync.WaitGroup
	t.Cleanup(func() { stop(); coming.Wait() })
	coming.Go(func() {
		tick := time.NewTicker(floodPause)
		defer tick.Stop()
		var there []*mucserver.Resident
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			resident, err := f.rooms[i%floodRooms].Enter(fmt.Sprint("Spammer ", i), fmt.Sprintf("bot%d@spam%d.example/x", i, i%7), mucserver.AffiliationNone)
			if err != nil {
				t.Error(err)
				return
			}
			if there = append(there, resident); len(there) > floodStays {
				there[0].Leave()
				there = there[1:]
			}
			f.mu.Lock()
			f.count++
			f.mu.Unlock()
		}
	})
}

// came is how many people have come.
func (f *flood) came() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}
