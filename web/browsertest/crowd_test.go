package browsertest

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
)

// BenchmarkCrowd measures what a room of 5,000 costs a moderator's browser: the
// milliseconds of processor time that its page needs for what they do, until it
// is drawn, or for what happens by itself; the median of the rounds. While they
// last, nothing else can be done on the page.
func BenchmarkCrowd(b *testing.B) {
	d := newDemo(b, "--crowd", "5000")
	page := openStadium(b, d, desktop)
	eval[bool](page, `(() => {
		const drawn = () => new Promise((resolve) => requestAnimationFrame(() => {
			const { port1, port2 } = new MessageChannel();
			port1.onmessage = resolve;
			port2.postMessage("");
		}));
		window.drawnAfter = async (act) => {
			await drawn();
			act();
			await drawn();
			return true;
		};
		window.type = (text) => {
			const filter = document.getElementById("filter");
			filter.value = text;
			filter.dispatchEvent(new Event("input", { bubbles: true }));
		};
		return true;
	})()`)
	call(page, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	actions := []struct{ name, act string }{
		{"nothing-ms", ``},
		{"filter-ms", `type("ada 1")`},
		{"unfilter-ms", `type("")`},
		{"tick-ms", `document.querySelector("#occupants tbody tr:nth-child(40) .pick input").click()`},
		{"tick-all-ms", `document.querySelector("[data-tick=shown]").click()`},
		{"filter-ticked-ms", `type("ada 1")`},
		{"unfilter-ticked-ms", `type("")`},
		{"tick-none-ms", `document.querySelector("[data-tick=none]").click()`},
		{"tick-joined-ms", `document.querySelector("[data-tick=joined]").click()`},
		{"sort-ms", `document.querySelector("th.jid a").click()`},
		{"unsort-ms", `document.querySelector("th.nick a").click()`},
		{"scroll-ms", `scrollBy({ top: 3000, behavior: "instant" })`},
		{"dialog-ms", `document.querySelector("#occupants button.kick:enabled").click()`},
		{"cancel-ms", `document.getElementById("kick-dialog").close()`},
	}
	took := make(map[string][]float64)
	for b.Loop() {
		for _, action := range actions {
			before := page.busy()
			eval[bool](page, "drawnAfter(() => { "+action.act+" })")
			took[action.name] = append(took[action.name], page.busy()-before)
		}
		// Somebody goes, as every page sees.
		nick := eval[string](page, "document.querySelector('#occupants tbody tr').dataset.nick")
		eval[bool](page, `(window.left = new Promise((resolve) => {
			document.getElementById("occupants").addEventListener("muckick:changed", () => drawnAfter(() => {}).then(resolve), { once: true });
		}), true)`)
		before := page.busy()
		d.kickFrom(b, stadium, nick)
		eval[bool](page, "left")
		took["change-ms"] = append(took["change-ms"], page.busy()-before)
	}
	for name, all := range took {
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2], name)
	}
}

// busy is for how many milliseconds the page's main thread has worked.
func (b *tab) busy() float64 {
	b.t.Helper()
	for _, metric := range call(b, performance.GetMetrics, cdp.Empty{}).Metrics {
		if metric.Name == "TaskDuration" {
			return metric.Value * 1000
		}
	}
	b.t.Fatal("the browser does not say how long it was busy")
	return 0
}
