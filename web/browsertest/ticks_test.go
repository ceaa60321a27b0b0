package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"

	"muckick/xmpp/xmpptest"
)

// tick is the box of an occupant's row.
func tick(nick string) element { return row(nick).in(".pick input") }

// ticked is whether exactly these are ticked, and the page says how many.
func ticked(nicks ...string) string {
	count := "1 ticked"
	if len(nicks) != 1 {
		count = fmt.Sprintf("%d ticked", len(nicks))
	}
	shown := "!" + css("#tick-bar").do("e => e.checkVisibility()")
	if len(nicks) > 0 {
		shown = css("#ticked").shows(count)
	}
	return shown + ` && [...document.querySelectorAll("#occupants tbody tr:has(.pick :checked)")].map(r => r.dataset.nick).sort().join() === ` + quote(strings.Join(nicks, ","))
}

// shift presses a key while the shift key is down.
func (b *tab) shift(key, code string, virtual int64, text string) {
	b.t.Helper()
	stroke := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Modifiers: 8, Key: key, Code: code, Text: text, WindowsVirtualKeyCode: virtual,
	}
	call(b, input.DispatchKeyEvent, stroke)
	stroke.Type, stroke.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(b, input.DispatchKeyEvent, stroke)
}

// Rows are ticked by the mouse, from the keyboard and many at once. What is ticked
// is a person: the tick goes with them to another nick and away with them, and never
// to who takes the nick.
func TestTicks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.await(ticked())
		b.click(tick("Bob"))
		b.await(ticked("Bob"))
		b.await(css("#announcement").shows("1 ticked"))

		s.bob.SetNick(t, s.room, "Robert")
		b.await(ticked("Robert"))
		s.carol.SetNick(t, s.room, "Bob")
		b.await(string(row("Bob")))
		b.await(ticked("Robert"))
		s.bob.Leave(t, s.room)
		b.await(ticked())
		b.await(css("#announcement").shows("1 who was ticked has left."))
		s.bob.Join(t, s.room, "Robert")
		b.await(string(row("Robert")))
		b.await(ticked())

		// Alice, Bob (who is Carol) and Robert, in this order, besides muckick.
		b.focus(tick("Alice"))
		b.press(" ")
		b.await(ticked("Alice"))
		b.shift("ArrowDown", "ArrowDown", 40, "")
		b.await(ticked("Alice", "Bob"))
		b.await(tick("Bob").do("e => e === document.activeElement"))
		b.press(" ")
		b.await(ticked("Alice"))
		b.click(button("none"))
		b.await(ticked())
		b.click(tick("Alice"))
		b.focus(tick("Robert"))
		b.shift(" ", "Space", 32, " ")
		b.await(`document.querySelectorAll("#occupants .pick :checked").length >= 3`)
		b.await(tick("Bob").is(":checked"))

		b.click(button("none"))
		b.fill(css("#filter"), "bob")
		b.click(button("all shown"))
		b.fill(css("#filter"), "")
		b.await(tick("Bob").is(":checked") + " && !" + tick("Alice").is(":checked"))
		b.click(button("none"))
		// Only of Robert, who came back, it is known that it was just now, and of Bob.
		b.click(button("joined in 5 min"))
		b.await(tick("Robert").is(":checked"))
	})
}

// When the last who is ticked leaves, what was being typed about them goes, and the
// focus is on the list, where keys do nothing.
func TestTickedLeaveWhileOneTypes(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.click(tick("Bob"))
		b.fill(css("#tick-reason"), "half a rea")
		s.bob.Leave(t, s.room)
		b.await(ticked())
		b.await(css("#announcement").shows("1 who was ticked has left. None ticked"))
		b.await(row("Carol").in("th").do("e => e === document.activeElement"))
		b.press("s")
		b.click(tick("Carol"))
		b.await(ticked("Carol"))
		if got := eval[string](b, css("#tick-reason").do("e => e.value")); got != "" {
			t.Errorf("the reason for Carol is %q, want none", got)
		}
	})
}

// Those who are ticked are kicked by a plan, on a desktop and on a phone, with
// scripts and without.
func TestKickTicked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		device  device
		scripts bool
	}{
		{"desktop", desktop, true},
		{"phone", phone, true},
		{"phone without scripts", phone, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
			b := s.signIn(t, tt.device, "/rooms")
			b.scripts(tt.scripts)
			b.open(escapedRoomPath(s.room))
			if tt.scripts {
				b.awaitLive()
			}
			b.click(tick("Bob"))
			b.click(tick("Carol"))
			b.fill(css("#tick-reason"), "a raid")
			b.click(button("Kick…"))
			b.await(css("h1").shows("Kick 2 people"))
			b.await(css("main").shows("Bob") + " && " + css("main").shows("Carol"))
			b.await(css("main").shows("a raid"))
			b.fill(css("#expect"), "2")
			b.click(button("Kick 2 people"))
			checkKicked(t, s.bob, s.room, "a raid")
			checkKicked(t, s.carol, s.room, "a raid")
		})
	}
}
