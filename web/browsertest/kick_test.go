package browsertest

import (
	"fmt"
	"testing"
)

// A kicked nick disappears within a second from every panel, and its bearer is
// really gone.
func TestKick(t *testing.T) {
	t.Parallel()
	const reason = `No "shouting" & <b>swearing</b> 🔇`
	eachBrowser(t, func(t *testing.T, s *scene) {
		panels := []*tab{s.openRoom(t, desktop), s.openRoom(t, phone)}
		for _, b := range panels {
			b.mark()
			b.await(string(row("Bob")))
			b.noteWhenGone("Bob")
		}
		panels[0].kick("Bob", reason)
		checkKicked(t, s.bob, s.room, reason)
		for _, b := range panels {
			b.awaitGone()
		}
		panels[0].await(css("#results [data-outcome=done]").shows("Bob"))

		panels[1].kick("Carol", "")
		checkKicked(t, s.carol, s.room, "")
		for _, b := range panels {
			b.await(row("Carol").none())
			b.await(string(row("Alice")))
			b.checkMark()
		}
		if !s.alice.Ping(t, s.room) {
			t.Error("Alice is gone as well")
		}
		panels[1].open("/audit")
		panels[1].await(css("table.audit").shows(reason))
		panels[1].await(css("table.audit").shows(operator))
	})
}

// A reason of the configuration is there to be chosen, and is not chosen by itself.
func TestPresetReason(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.kick("Bob", "")
		checkKicked(t, s.bob, s.room, "")
		b.await(row("Bob").none())
		b.openDialog("Carol")
		b.click(button(presetReason))
		b.click(button("Kick"))
		checkKicked(t, s.carol, s.room, presetReason)
	})
}

// noteWhenGone begins to note when an occupant leaves the list.
func (b *tab) noteWhenGone(nick string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`(() => {
		window.gone = new Promise((resolve) => {
			const observer = new MutationObserver(() => {
				if (%s) return;
				observer.disconnect();
				resolve(true);
			});
			observer.observe(document.getElementById("occupants"), { childList: true, subtree: true });
		});
		return true;
	})()`, row(nick)))
}

// awaitGone waits until the occupant of noteWhenGone has left, without a look at
// the page in between.
func (b *tab) awaitGone() {
	b.t.Helper()
	eval[bool](b, "window.gone")
}
