package browsertest

import (
	"cmp"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"muckick/xmpp/xmpptest"
)

// axe-core finds nothing on any page, in either theme or in colours of one's own,
// on a desktop, on a phone or at 400 %.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	axe := newAxe(t)
	s := newScene(t, xmpptest.Start(t, xmpptest.Mucserver))
	s.alice.SetRole(t, s.room, "Carol", "visitor", "")
	dave := s.peers.Connect(t, "dave", "a peer's password")
	dave.Join(t, s.room, `<b>"Dave"</b> שלום 🥑`)

	b := newTab(t, s.here.url, desktop)
	b.open("/login")
	axe.check(b, "sign-in page")
	b.signIn(operator, "wrong")
	b.await(string(css("[role=alert]")))
	axe.check(b, "wrong password")
	b.write(password)
	b.click(button("Sign in"))
	b.awaitPage("/rooms")

	b.await(roomEntry(s.room).in(".number").shows("4"))
	axe.check(b, "rooms")
	b.fill(field("Search rooms"), "nothing like it")
	b.await(css("#rooms").shows("No listed room"))
	axe.check(b, "no room found")
	b.fill(field("Open a room by its address"), "nobody")
	b.click(button("Open"))
	b.await(string(css("#open-problem")))
	axe.check(b, "room not opened")

	b.open(escapedRoomPath(s.room))
	b.awaitLive()
	axe.check(b, "room")
	b.click(button("About this room and this list"))
	b.fill(css("#filter"), "nobody")
	axe.check(b, "no occupant found")
	b.fill(css("#filter"), "")
	b.openDialog("Bob")
	axe.check(b, "kick dialog")
	b.fill(field("Reason"), "a reason")
	b.click(button("Kick"))
	checkKicked(t, s.bob, s.room, "a reason")
	b.await(css("#results [data-outcome=done]").shows("Bob"))
	axe.check(b, "kicked")
	b.click(tick("Carol"))
	b.await(css("#tick-bar").shows("1 ticked"))
	b.showWave()
	axe.check(b, "ticked, in a wave")
	b.open(escapedRoomPath(s.room) + "/lock")
	axe.check(b, "lock")
	b.click(button("Lock: newcomers cannot talk"))
	b.awaitPage(roomPath(s.room))
	b.await(css("#room .locked").shows("Locked: newcomers cannot talk."))
	axe.check(b, "locked room")
	b.open(escapedRoomPath(s.room) + "/lock")
	axe.check(b, "unlock")
	b.click(button("Unlock: newcomers can talk"))
	b.awaitPage(roomPath(s.room))

	b.scripts(false)
	b.open(escapedRoomPath(s.room))
	b.click(row("Carol").in("button.kick"))
	b.await(css("h1").shows("Kick Carol"))
	b.scripts(true)
	axe.check(b, "kick page")

	b.open("/audit")
	b.click(button("Filter"))
	b.await("!" + string(css("[aria-busy=true]")))
	axe.check(b, "audit trail")
	b.open("/audit?nick=nobody")
	axe.check(b, "audit trail, nothing found")
	b.open("/account")
	axe.check(b, "account")
	b.open("/operators")
	b.click(button("Change " + operator))
	b.click(button("Add an operator"))
	b.click(button("Make a token"))
	axe.check(b, "operators")
	b.open("/rooms/nosuchroom%40" + s.chat.Service)
	axe.check(b, "error")

	b.open(escapedRoomPath(s.room))
	b.awaitLive()
	s.chat.Stop(t)
	b.await(css("#chat").shows("The chat server cannot be reached."))
	b.await(row("Carol").in("button.kick").is(":disabled"))
	axe.check(b, "room while the chat server is down")
	b.open("/rooms")
	axe.check(b, "rooms while the chat server is down")
}

// An axe is axe-core, ready to be run in a page.
type axe struct{ source string }

func newAxe(t *testing.T) axe {
	t.Helper()
	path := cmp.Or(os.Getenv("MUCKICK_AXE"), "../../.ci/node_modules/axe-core/axe.min.js")
	source, err := os.ReadFile(path)
	if err != nil {
		missing(t, fmt.Sprintf("axe-core (npm ci --prefix .ci installs it; %v)", err))
	}
	return axe{string(source)}
}

// looks are what pages are looked at with.
var looks = []struct {
	name   string
	device device
	media  map[string]string
}{
	{"light", desktop, nil},
	{"dark", desktop, map[string]string{"prefers-color-scheme": "dark"}},
	{"forced colours", desktop, map[string]string{"forced-colors": "active"}},
	{"light", phone, nil},
	{"dark", phone, map[string]string{"prefers-color-scheme": "dark"}},
	{"light", magnified, nil},
}

// check runs all rules on the page as it stands, with those on the size of what
// is clicked, which are off by default. What axe-core leaves to people counts as
// wrong, but for the × that dismisses, and the contrast of an address in a heading or a list, whose domain
// reaches into the line below. For sizes and the contrast, nothing stays in view
// before the rest and all is drawn, since axe-core cannot tell what is behind, or half
// behind until one scrolls, or not there yet; where colours are forced, contrast is
// not looked at.
func (a axe) check(b *tab, page string) {
	b.t.Helper()
	eval[bool](b, a.source+"\n;true")
	for _, look := range looks {
		b.emulate(look.device)
		b.media(look.media)
		findings := eval[[]string](b, `(async () => {
			const passed = { "color-contrast": ".domain", "label-content-name-mismatch": ".dismiss" };
			const passes = (rule, node) => document.querySelector(node.target.at(-1)).matches(passed[rule.id] ?? ":not(*)");
			const all = await axe.run({ rules: { "color-contrast": { enabled: false } } });
			const flat = new CSSStyleSheet();
			flat.replaceSync(".notices, .toolbar, .tickbar, .arrivalactions { position: static !important; max-height: none !important } tbody, li { content-visibility: visible !important }");
			document.adoptedStyleSheets.push(flat);
			const forced = matchMedia("(forced-colors: active)").matches;
			const drawn = await axe.run({ runOnly: forced ? ["target-size"] : ["target-size", "color-contrast"] });
			document.adoptedStyleSheets.pop();
			all.violations.push(...drawn.violations);
			all.incomplete.push(...drawn.incomplete);
			const open = all.incomplete.map((rule) => ({ ...rule, nodes: rule.nodes.filter((node) => !passes(rule, node)) }));
			return [...all.violations, ...open].flatMap((rule) => rule.nodes.map((node) =>
				rule.id + ": " + [...node.any, ...node.all, ...node.none].map((check) => check.message).join(" ") + " " + node.html));
		})()`)
		for _, finding := range findings {
			b.t.Errorf("%s, %s, %s: %s", page, look.device.name, look.name, finding)
		}
	}
	b.media(nil)
	b.emulate(b.device)
}

// media sets what pages find out about their surroundings by media queries; what
// is not named is as by default.
func (b *tab) media(features map[string]string) {
	b.t.Helper()
	set := emulation.SetEmulatedMediaParams{}
	for _, name := range []string{"prefers-color-scheme", "forced-colors"} {
		byDefault := map[string]string{"prefers-color-scheme": "light", "forced-colors": "none"}[name]
		set.Features = append(set.Features, &emulation.MediaFeature{Name: name, Value: cmp.Or(features[name], byDefault)})
	}
	call(b, emulation.SetEmulatedMedia, set)
}
