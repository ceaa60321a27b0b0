package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"muckick/xmpp/xmpptest"
)

// The dialog's question has the name of somebody, and nothing of what stands beside it
// in the list.
func TestDialogNamesThePerson(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	b := s.openRoom(t, desktop)
	b.kick("Bob", "for a note")
	checkKicked(t, s.bob, s.room, "for a note")
	s.bob.Join(t, s.room, "Bob")
	b.open(escapedRoomPath(s.room))
	b.awaitLive()
	b.await(row("Bob").in(".nick .note").shows("kicked once"))
	b.openDialog("Bob")
	if got, want := b.text(css("#kick-title")), "Kick Bob?"; got != want {
		t.Errorf("the dialog asks %q, want %q", got, want)
	}
	b.click(button("Kick"))
	b.await(css("#results [data-outcome=done]").shows("Bob"))
	if got, want := eval[string](b, css("#kick-title [data-kick=nick]").do("e => e.textContent")), "Bob"; got != want {
		t.Errorf("the name is %q, want %q", got, want)
	}
}

// Where somebody has left, the dialog says that a ban is of their account all the
// same, and whose nick it is now does not matter.
func TestDialogSaysWhomABanIsOf(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	b := s.openRoom(t, desktop)
	b.openDialog("Bob")
	b.click(button("Mute or ban instead"))
	const words = "A ban is still possible: it is of their account"
	b.await(`![...document.querySelectorAll("[data-kick=still-ban]")].some(e => e.checkVisibility())`)
	s.bob.Leave(t, s.room)
	b.await(css("[data-kick=gone]").shows(words))
	s.carol.SetNick(t, s.room, "Bob")
	b.await(css("[data-kick=taken]").shows(words))
	b.await(css("dialog [value=ban]").is(":enabled") + " && " + css("dialog [value=mute]").is(":disabled"))
	b.click(button("Ban"))
	b.await(css("#results [data-outcome]").shows("Banned"))
	if !s.carol.Ping(t, s.room) {
		t.Error("who took the nick was banned")
	}
	if _, refused := s.bob.TryJoin(t, s.room, "Robert"); refused == nil {
		t.Error("Bob can come back")
	}
}

// A reason is suggested again in the session in which it was given, and not to who
// signs in after that, in whichever tab.
func TestReasonEndsWithTheSession(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	b := s.openRoom(t, desktop)
	b.kick("Bob", "a reason of today")
	checkKicked(t, s.bob, s.room, "a reason of today")
	b.await(css("#results [data-outcome=done]").shows("Bob"))
	b.open(escapedRoomPath(s.room))
	b.awaitLive()
	b.openDialog("Carol")
	b.await(string(button("a reason of today")))
	b.click(button("Cancel"))
	other := b.another(desktop)
	b.hide(true) // so that it hears nothing
	other.open("/account")
	other.click(button("Sign out"))
	other.awaitPage("/login")
	other.signIn(operator, password)
	other.awaitPage("/rooms")
	b.hide(false)
	b.open(escapedRoomPath(s.room))
	b.awaitLive()
	b.openDialog("Carol")
	if !eval[bool](b, button("a reason of today").none()) {
		t.Error("the reason is suggested to who signed in later")
	}
}

// A long reason, which the next dialog suggests, leaves that whole.
func TestDialogWithLongSuggestion(t *testing.T) {
	t.Parallel()
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	b := s.openRoom(t, desktop)
	long := strings.TrimSpace(strings.Repeat("a long reason ", 13))
	b.kick("Bob", long)
	checkKicked(t, s.bob, s.room, long)
	b.openDialog("Carol")
	b.await(css("#kick-dialog [data-kick=last]").shows("a long reason"))
	for _, d := range []device{desktop, phone, magnified} {
		b.emulate(d)
		b.await(fmt.Sprintf("innerWidth === %d", d.width))
		if wide := eval[float64](b, css("#kick-dialog").do("e => e.scrollWidth - e.clientWidth")); wide > 0 {
			t.Errorf("%s: %v pixels are beyond the dialog", d.name, wide)
		}
	}
}
