package browsertest

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"muckick/xmpp/xmpptest"
)

// A key that is held down opens one dialog and sends none, and sends one dialog
// and opens none.
func TestHeldEnter(t *testing.T) {
	t.Parallel()
	eachBrowser(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		eval[bool](b, `(window.repeats = 0, addEventListener("keydown", (event) => { if (event.repeat) repeats++ }, true), true)`)
		b.focus(row("Bob").in("button.kick"))
		b.hold()
		b.await(css("#kick-dialog").is("[open]"))
		b.await(field("Reason").do("e => e === document.activeElement"))

		b.hold()
		checkKicked(t, s.bob, s.room, "")
		b.await(css("#results [data-outcome=done]").shows("Bob"))
		b.await(row("Bob").none())
		b.await("!" + css("#kick-dialog").is("[open]"))
		if !s.carol.Ping(t, s.room) || !s.alice.Ping(t, s.room) {
			t.Error("somebody else was kicked as well")
		}
		if eval[int](b, "repeats") < 20 {
			t.Error("the browser was not told that the key repeats")
		}
	})
}

// After a kick the focus is on a name of the list, where Enter does nothing, or
// on what says that nobody is left.
func TestFocusAfterKick(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, order, filter string
		want                element
	}{
		{"in the middle", "nick", "", row("Carol").in("th")},
		{"last", "-nick", "", row("Carol").in("th")},
		{"the only one found", "nick", "Bob", css("#nobody")},
	}
	each(t, func(t *testing.T, s *scene) {
		s.alice.SetNick(t, s.room, "Zoe")
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				b := s.signIn(t, desktop, escapedRoomPath(s.room)+"?sort="+tt.order)
				b.awaitLive()
				b.fill(css("#filter"), tt.filter)
				b.await(string(row("Bob")))
				b.focus(row("Bob").in("button.kick"))
				b.press(kb.Enter)
				b.await(field("Reason").do("e => e === document.activeElement"))
				b.press(kb.Enter)
				b.await(row("Bob").none())
				b.await(tt.want.do("e => e === document.activeElement"))
				s.bob.WaitGone(t, s.room)
				s.bob.Join(t, s.room, "Bob")
			})
		}
	})
}

// An open dialog is about a person. It cannot be sent when somebody else has
// the nick, and goes along when the person takes another.
func TestDialogFollowsThePerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.openDialog("Bob")
		s.bob.Leave(t, s.room)
		b.await(css("[data-kick=gone]").do("e => e.checkVisibility()"))
		s.carol.SetNick(t, s.room, "Bob")
		b.await(css("[data-kick=taken]").do("e => e.checkVisibility()"))
		b.await(css("[data-kick=gone]").do("e => !e.checkVisibility()"))
		b.await(css("dialog [value=kick]").is(":disabled"))
		b.press(kb.Enter) // in the field of the reason
		s.carol.SetNick(t, s.room, "Carol")
		s.bob.Join(t, s.room, "Bob")
		b.await(css("dialog [value=kick]").is(":enabled"))
		b.await(css("[data-kick=taken]").do("e => !e.checkVisibility()"))

		s.bob.SetNick(t, s.room, "Robert")
		b.await(css("[data-kick=renamed]").do("e => e.checkVisibility()"))
		b.await(css("#kick-title").shows("Kick Robert?"))
		s.carol.SetNick(t, s.room, "Bob")
		b.await(string(row("Bob")))
		b.press(kb.Enter)
		checkKicked(t, s.bob, s.room, "")
		if !s.carol.Ping(t, s.room) {
			t.Error("Carol was kicked for the nick that she took over")
		}
		b.await(css("#results [data-outcome=done]").shows("Robert"))
	})
}

// The server compares the person too: what a page shows may be late.
func TestNickThatChangedHands(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.click(button("Pause"))
		s.bob.Leave(t, s.room)
		s.carol.SetNick(t, s.room, "Bob")
		b.await(css("#live").shows("changes wait"))
		// As if the page had not heard of it.
		eval[bool](b, `fetch("/muc_kick", {
			method: "POST", headers: { Accept: "text/html", "Muckick-Fragment": "kick" },
			body: new URLSearchParams({
				csrf: document.querySelector("[name=csrf]").value, muc: `+quote(s.room)+`, nickname: "Bob",
				jid: `+row("Bob").do("e => e.dataset.jid ?? ''")+`, occupant_id: "", since: "",
			}),
		}).then(async (response) => { window.answer = await response.text(); return true; })`)
		b.await(`window.answer.includes("Not kicked")`)
		if !s.carol.Ping(t, s.room) {
			t.Error("Carol was kicked")
		}
	})
}

// A dialog closes by a click beside it, and not by one on its edge, or by a
// selection that ends outside.
func TestDialogStays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.openDialog("Bob")
		b.fill(field("Reason"), "typed")
		box := eval[[]float64](b, css("#kick-dialog").do("e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom] }"))
		left, top := box[0], box[1]
		within := eval[[]float64](b, field("Reason").point(true))
		b.drag(left+4, top+4, left+4, top+4)         // the padding
		b.drag(within[0], within[1], left-30, top+9) // a selection
		b.drag(left-30, top+9, within[0], within[1])
		b.await(css("#kick-dialog").is("[open]"))
		b.await(field("Reason").do("e => e.value === 'typed'"))
		b.drag(left-30, top+9, left-30, top+9)
		b.await("!" + css("#kick-dialog").is("[open]"))

		// A reason is kept as a suggestion, and never chosen by itself.
		b.kick("Bob", "a reason of today")
		checkKicked(t, s.bob, s.room, "a reason of today")
		b.await(row("Bob").none())
		b.openDialog("Carol")
		b.await(field("Reason").do("e => e.value === ''"))
		b.click(button("a reason of today"))
		b.await(field("Reason").do("e => e.value === 'a reason of today'"))
		b.click(button("Cancel"))
		b.click(button("Sign out"))
		b.awaitPage("/login")
		b.signIn(operator, password)
		b.awaitPage("/rooms")
		b.open(escapedRoomPath(s.room))
		b.awaitLive()
		b.openDialog("Carol")
		b.await(button("a reason of today").none())
	})
}

// Who clicks or taps twice on a row's button has its dialog open, and the focus in it.
func TestDialogByTwoClicks(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, s *scene, d device) {
		b := s.openRoom(t, d)
		at := eval[[]float64](b, row("Bob").in("button.kick").point(true))
		eval[bool](b, `(window.clicks = 0, addEventListener("click", () => clicks++, true), true)`)
		b.act(func(ctx context.Context) error { return b.window.clickTwice(ctx, at[0], at[1], d.touch) })
		b.await("clicks === 2")
		if !eval[bool](b, css("#kick-dialog").is("[open]")) {
			t.Fatal("the dialog is closed again")
		}
		b.await(css("#kick-dialog").do("e => e.contains(document.activeElement)"))
		b.press(kb.Escape)
		b.await("!" + css("#kick-dialog").is("[open]"))
		if !s.bob.Ping(t, s.room) {
			t.Error("Bob was kicked")
		}
	}
	t.Run("mouse", func(t *testing.T) {
		t.Parallel()
		eachBrowser(t, func(t *testing.T, s *scene) { run(t, s, desktop) })
	})
	t.Run("finger", func(t *testing.T) {
		t.Parallel()
		run(t, newScene(t, xmpptest.Shared(t, xmpptest.Mucserver)), device{name: "tablet", width: 1280, height: 800, touch: true})
	})
}

// A press of the primary button holds the list, for a moment at most; a context
// menu does not.
func TestPressHoldsTheList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		at := eval[[]float64](b, row("Bob").in("th").point(true))
		// The moment is over when the test says so.
		eval[bool](b, `(() => {
			const { setTimeout } = window;
			window.later = [];
			window.setTimeout = (act, after, ...args) => (after === 1000 ? later.push(act) && 0 : setTimeout(act, after, ...args));
			return true;
		})()`)
		b.mouse(input.DispatchMouseEventTypeMousePressed, input.MouseButtonLeft, at[0], at[1])
		s.carol.SetNick(t, s.room, "Carola")
		b.await(css("#live").is("[data-state=held]"))
		b.await(css("#live").shows("2 changes wait"))
		if !eval[bool](b, string(row("Carol"))+" && "+row("Carola").none()) {
			t.Error("the list moved under the pressed button")
		}
		eval[bool](b, "(later.forEach((act) => act()), true)")
		b.await(string(row("Carola"))) // the button is still down
		b.await(row("Carol").none())
		b.await(css("#live").is("[data-state=live]"))
		b.mouse(input.DispatchMouseEventTypeMouseReleased, input.MouseButtonLeft, at[0], at[1])

		b.mouse(input.DispatchMouseEventTypeMousePressed, input.MouseButtonRight, at[0], at[1])
		s.carol.SetNick(t, s.room, "Caroline")
		b.await(string(row("Caroline"))) // and no time has passed for the test
		b.mouse(input.DispatchMouseEventTypeMouseReleased, input.MouseButtonRight, at[0], at[1])
	})
}

// focus puts the focus on an element, as a keyboard would.
func (b *tab) focus(e element) {
	b.t.Helper()
	b.await(e.do("e => { e.focus(); return e === document.activeElement }"))
}

// hold holds Enter down until it has repeated many times.
func (b *tab) hold() {
	b.t.Helper()
	b.act(b.window.hold)
}

// drag presses the mouse at one place and lifts it at another.
func (b *tab) drag(fromX, fromY, toX, toY float64) {
	b.t.Helper()
	b.mouse(input.DispatchMouseEventTypeMousePressed, input.MouseButtonLeft, fromX, fromY)
	b.mouse(input.DispatchMouseEventTypeMouseMoved, input.MouseButtonLeft, toX, toY)
	b.mouse(input.DispatchMouseEventTypeMouseReleased, input.MouseButtonLeft, toX, toY)
}

func (b *tab) mouse(kind input.DispatchMouseEventType, which input.MouseButton, x, y float64) {
	b.t.Helper()
	call(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: which, ClickCount: 1})
}
