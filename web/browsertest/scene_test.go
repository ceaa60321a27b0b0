package browsertest

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"muckick/xmpp/xmpptest"
)

// A scene is a room with Alice, its owner, Bob and Carol, and a muckick.
type scene struct {
	chat              *xmpptest.Server
	here              *program
	peers             *xmpptest.Peers
	room              string
	alice, bob, carol *xmpptest.Peer

	firefox bool // what the scene is looked at with, instead of Chromium
}

// each runs a test once for every kind of chat server, which it may not disturb.
// The rooms of other tests are there too: which of them a page of the list shows,
// and whether they are in view, depends on the order of the tests.
func each(t *testing.T, run func(t *testing.T, s *scene)) {
	t.Helper()
	eachOn(t, xmpptest.Shared, run)
}

// eachOwn runs a test once for every kind of chat server, which is its own.
func eachOwn(t *testing.T, run func(t *testing.T, s *scene)) {
	t.Helper()
	eachOn(t, func(t testing.TB, kind string) *xmpptest.Server { return xmpptest.Start(t, kind) }, run)
}

// eachBrowser is eachOwn, and runs the test in Firefox as well.
func eachBrowser(t *testing.T, run func(t *testing.T, s *scene)) {
	t.Helper()
	eachOwn(t, run)
	t.Run("firefox", func(t *testing.T) {
		t.Parallel()
		lasting.focus.Lock()
		t.Cleanup(lasting.focus.Unlock)
		s := newScene(t, xmpptest.Start(t, xmpptest.Mucserver))
		s.firefox = true
		run(t, s)
	})
}

func eachOn(t *testing.T, start func(t testing.TB, kind string) *xmpptest.Server, run func(t *testing.T, s *scene)) {
	t.Helper()
	for _, kind := range []string{xmpptest.Mucserver, xmpptest.Prosody} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			run(t, newScene(t, start(t, kind)))
		})
	}
}

func newScene(t *testing.T, chat *xmpptest.Server) *scene {
	t.Helper()
	s := &scene{chat: chat, room: chat.NewRoom()}
	s.here = newProgram(t, chat)
	s.peers = xmpptest.NewPeers(t, chat)
	connected := s.peers.ConnectMany(t, []string{"alice", "bob", "carol"}, "a peer's password")
	s.alice, s.bob, s.carol = connected[0], connected[1], connected[2]
	s.alice.CreateRoom(t, s.room, "Alice", map[string]string{"roomname": "The Snuggery of " + s.room, "persistentroom": "1", "publicroom": "1"})
	s.bob.Join(t, s.room, "Bob")
	s.carol.Join(t, s.room, "Carol")
	return s
}

// newTab opens a tab with no cookies.
func (s *scene) newTab(t *testing.T, d device) *tab {
	t.Helper()
	if s.firefox {
		return newFirefoxTab(t, s.here.url, d)
	}
	return newTab(t, s.here.url, d)
}

// signIn opens a tab, signs in and ends on a page.
func (s *scene) signIn(t *testing.T, d device, path string) *tab {
	t.Helper()
	b := s.newTab(t, d)
	b.open("/login")
	b.signIn(operator, password)
	b.awaitPage("/rooms")
	if path != "/rooms" {
		b.open(path)
	}
	return b
}

// signIn fills in and sends the form for signing in.
func (b *tab) signIn(name, secret string) {
	b.t.Helper()
	b.fill(field("Name"), name)
	b.fill(field("Password"), secret)
	b.click(button("Sign in"))
}

// openRoom signs in and goes to the room's page, live.
func (s *scene) openRoom(t *testing.T, d device) *tab {
	t.Helper()
	b := s.signIn(t, d, escapedRoomPath(s.room))
	b.awaitLive()
	return b
}

// awaitLive waits until the list on a room's page says that it is live.
func (b *tab) awaitLive() {
	b.t.Helper()
	b.await(css("#live").is("[data-state=live]"))
}

// openDialog opens the dialog about an occupant. Where the list moved between aiming
// and the click, it is about somebody else, and is closed again, as by anybody who
// reads the name.
func (b *tab) openDialog(nick string) {
	b.t.Helper()
	until(b.t, "the dialog about "+nick, func() (bool, error) {
		b.click(row(nick).in("button.kick"))
		open, err := tryEval[bool](b, "Boolean("+css("#kick-dialog").is("[open]")+")")
		if err != nil || !open {
			return false, err
		}
		is, err := tryEval[bool](b, css("#kick-dialog [name=nickname]").do("e => e.value === "+quote(nick)))
		if err == nil && !is {
			b.t.Logf("the list moved before the click on %q", nick)
			b.press(kb.Escape)
		}
		return is, err
	})
}

// kick kicks an occupant through the dialog.
func (b *tab) kick(nick, reason string) {
	b.t.Helper()
	b.openDialog(nick)
	b.fill(field("Reason"), reason)
	b.click(button("Kick"))
}

// checkKicked waits until a peer was removed by a kick for a reason.
func checkKicked(t *testing.T, peer *xmpptest.Peer, room, reason string) {
	t.Helper()
	end := peer.WaitGone(t, room)
	if !end.Has(xmpptest.StatusKicked) || end.Reason != reason {
		t.Errorf("%s got statuses %v and reason %q, want %d and %q", peer.User, end.Statuses, end.Reason, xmpptest.StatusKicked, reason)
	}
}

// roomPath is the path of a room's page, decoded.
func roomPath(room string) string { return "/rooms/" + room }

func escapedRoomPath(room string) string { return "/rooms/" + url.PathEscape(room) }
