package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := newTab(t, s.here.url, phone)
		b.open("/audit?nick=Bob")
		b.awaitPage("/login")

		b.signIn(operator, "wrong")
		b.await(css("[role=alert]").shows("The name or the password is wrong."))
		b.await(field("Name").do("e => e.value === " + quote(operator)))
		b.await(field("Password").do("e => e.value === '' && e === document.activeElement"))

		b.write(password)
		b.click(button("Sign in"))
		b.awaitPage("/audit")
		if got, want := b.path(), "/audit?nick=Bob"; got != want {
			t.Errorf("got %s after signing in, want %s", got, want)
		}
	})
}

// Signing out ends the session everywhere in the browser, and the pages that
// were seen cannot be called up again.
func TestSignOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		b.click(button("Sign out"))
		b.awaitPage("/login")
		b.do(chromedp.NavigateBack())
		b.awaitPage("/login")
		if text := b.text(css("main")); strings.Contains(text, "Bob") {
			t.Errorf("the page of the room came back: %s", text)
		}
	})
}

// A session that somebody else ended leads to the sign-in page and from there
// back, whatever the operator was doing; nothing of that page is put into the
// one they were on.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		rooms, room := s.signIn(t, desktop, "/rooms"), s.openRoom(t, desktop)
		s.here.run(t, password, "operator", "passwd", operator)

		room.kick("Bob", "")
		room.await(css("#results").shows("Not kicked"))
		if !s.bob.Ping(t, s.room) {
			t.Error("Bob was kicked without a session")
		}

		rooms.fill(field("Search rooms"), s.room)
		rooms.awaitPage("/login")
		rooms.signIn(operator, password)
		rooms.awaitPage("/rooms")
		rooms.await(css("#rooms").shows(s.room))
	})
}
