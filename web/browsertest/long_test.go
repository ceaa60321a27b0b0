package browsertest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
)

// stadium is the demo's room with a crowd.
const stadium = "stadium@chat.example.org"

// openStadium signs in to a demo with a crowd, and goes to its room, live.
func openStadium(t testing.TB, d demo, on device) *tab {
	t.Helper()
	b := newTab(t, d.url, on)
	b.open("/login")
	b.signIn(d.operator, d.password)
	b.awaitPage("/rooms")
	b.open(escapedRoomPath(stadium))
	b.awaitLive()
	return b
}

// shownNicks are the nicks on the list that are not filtered out, in its order.
const shownNicks = `[...document.querySelectorAll("#occupants tbody tr")].filter((row) => !row.hidden).map((row) => row.dataset.nick)`

// A list of several blocks is one list: for ticks and arrows, for the filter and the
// order, and for who goes.
func TestLongList(t *testing.T) {
	t.Parallel()
	d := newDemo(t, "--crowd", "170")
	b := openStadium(t, d, desktop)
	b.click(button("Pause")) // since the crowd comes and goes
	all := eval[[]string](b, shownNicks)
	if blocks := eval[int](b, `document.querySelectorAll("#occupants tbody").length`); len(all) < 170 || blocks < 4 {
		t.Fatalf("%d rows in %d blocks", len(all), blocks)
	}

	b.click(tick(all[45]))
	b.focus(tick(all[110]))
	b.shift(" ", "Space", 32, " ")
	b.await(css("#ticked").shows("66 ticked"))
	b.click(button("none"))
	b.focus(tick(all[49]))
	b.press(kb.ArrowDown)
	b.await(tick(all[50]).do("e => e === document.activeElement"))
	b.press(kb.ArrowUp)
	b.await(tick(all[49]).do("e => e === document.activeElement"))

	b.fill(css("#filter"), "desktop")
	some := eval[[]string](b, shownNicks)
	if len(some) == 0 || len(some) == len(all) {
		t.Fatalf("the filter shows %d of %d", len(some), len(all))
	}
	b.fill(css("#filter"), "")
	if got := eval[[]string](b, shownNicks); !slices.Equal(got, all) {
		t.Errorf("after a filter the list is\n%q, want\n%q", got, all)
	}

	b.click(link("Real JID"))
	b.await(`document.querySelector("th.jid[aria-sort=ascending]")`)
	jids := eval[[]string](b, `[...document.querySelectorAll("#occupants tbody tr")].map((row) => row.dataset.jid ?? "")`)
	jids = slices.DeleteFunc(jids, func(jid string) bool { return jid == "" })
	if len(jids) < 170 || !slices.IsSortedFunc(jids, strings.Compare) {
		t.Errorf("by address the list is %q", jids)
	}
	b.click(link("Nick"))
	b.await(`document.querySelector("th.nick[aria-sort=ascending]")`)
	if got := eval[[]string](b, shownNicks); !slices.Equal(got, all) {
		t.Errorf("in the old order again the list is\n%q, want\n%q", got, all)
	}

	b.click(button("Resume"))
	gone := all[48:53]
	for _, nick := range gone {
		if status := d.kickFrom(t, stadium, nick); status != http.StatusOK {
			t.Fatalf("%s: %d", nick, status)
		}
		b.await(row(nick).none())
	}
	now := eval[[]string](b, shownNicks)
	stayed := slices.DeleteFunc(slices.Clone(all), func(nick string) bool { return !slices.Contains(now, nick) })
	got := slices.DeleteFunc(slices.Clone(now), func(nick string) bool { return !slices.Contains(all, nick) })
	if !slices.Equal(got, stayed) || len(stayed) < 150 {
		t.Errorf("without %q the list is\n%q, want\n%q", gone, got, stayed)
	}
}

// What one reads stays where scrolling puts it, although rows differ in height and
// those far away are not laid out. A filter makes the list as short as what it shows.
func TestLongListScrolls(t *testing.T) {
	t.Parallel()
	d := newDemo(t, "--crowd", "200")
	narrow := device{name: "narrow", width: 360, height: 740}
	for _, device := range []device{desktop, narrow, phone} {
		t.Run(device.name, func(t *testing.T) {
			b := openStadium(t, d, device)
			b.click(button("Pause"))
			if !device.touch {
				// Then the browser does not keep in place what one reads.
				b.mouse(input.DispatchMouseEventTypeMouseMoved, input.MouseButtonNone, float64(device.width)/2, float64(device.height)-50)
				b.await(css("#occupants tbody").is(":hover"))
			}
			for _, by := range []float64{500, -500} {
				off := eval[[]string](b, fmt.Sprintf(`(async () => {
					const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
					const off = [];
					let compared = 0;
					for (let i = 0; i < 45; i++) {
						const row = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest("tbody tr");
						const before = [scrollY, row?.getBoundingClientRect().top];
						scrollBy({ top: %[1]v, behavior: "instant" });
						await drawn();
						if (!row || scrollY === before[0]) continue;
						compared++;
						const moved = row.getBoundingClientRect().top - before[1];
						const most = document.documentElement.scrollHeight - innerHeight;
						const atEnd = scrollY < 1 || scrollY > most - 1;
						if (!atEnd && Math.abs(moved + %[1]v) > 1) off.push(row.dataset.nick + " moved by " + moved);
					}
					return compared > 10 ? off : ["it was scrolled " + compared + " times"];
				})()`, by))
				if len(off) > 0 {
					t.Errorf("scrolled by %v: %q", by, off)
				}
			}
			const height = `document.querySelector("#occupants").getBoundingClientRect().height / ` + shownNicks + `.length`
			whole := eval[float64](b, height)
			b.fill(css("#filter"), "desktop")
			b.await(fmt.Sprintf("Math.abs(%s / %v - 1) < 0.2", height, whole))
		})
	}
}
