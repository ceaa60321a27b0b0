package browsertest

import (
	"fmt"
	"os"
	"testing"

	"muckick/web/oidc/oidctest"
	"muckick/xmpp/xmpptest"
)

// signOnAt lets operators sign in at a provider too: mods as moderators of the
// scene's room, admins as administrators.
func (s *scene) signOnAt(t *testing.T, provider *oidctest.Provider, accounts oidctest.Accounts) {
	t.Helper()
	provider.Serve(t, s.here.url, accounts)
	settings, err := os.ReadFile(s.here.config)
	if err != nil {
		t.Fatal(err)
	}
	more := fmt.Sprintf("public_url = %q\n%s\n[oidc]\nissuer = %q\nclient_id = %q\nclient_secret = %q\nname = \"Workplace\"\nscopes = [\"profile\", \"groups\"]\ngrants = [\"admins = administrator\", \"mods = moderator in %s\"]\n",
		s.here.url, settings, provider.Issuer, oidctest.ClientID, oidctest.ClientSecret, s.room)
	if err := os.WriteFile(s.here.config, []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	s.here.stop(t)
	s.here.start(t)
}

// atProvider signs in on the provider's pages, and agrees to what they ask.
func (b *tab) atProvider(name string) {
	b.t.Helper()
	b.fill(css("input[name=login]"), name)
	b.fill(css("input[name=password]"), "any")
	b.click(css("button[type=submit]"))
	b.await(string(css("input[name=prompt][value=consent]")))
	b.click(css("button[type=submit]"))
}

// A moderator signs in at the provider, kicks, and signs out here and there; an
// administrator of the provider's finds them on the page of operators.
func TestSignOn(t *testing.T) {
	t.Parallel()
	provider := oidctest.Start(t)
	s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
	s.signOnAt(t, provider, oidctest.Accounts{
		"alice": {"preferred_username": "alice", "groups": []string{"mods"}},
		"root":  {"preferred_username": "root", "groups": []string{"admins"}},
		"eve":   {"preferred_username": "eve", "groups": []string{"others"}},
	})
	axe := newAxe(t)

	b := newTab(t, s.here.url, desktop)
	b.open(escapedRoomPath(s.room))
	b.awaitPage("/login")
	axe.check(b, "sign-in page with a provider")
	b.click(link("Sign in with Workplace"))
	b.atProvider("alice")
	b.awaitPage(roomPath(s.room))
	b.awaitLive()
	b.kick("Bob", "signed in elsewhere")
	checkKicked(t, s.bob, s.room, "signed in elsewhere")
	b.open("/account")
	b.await(css("main").shows("You sign in at Workplace"))
	axe.check(b, "account of a provider's operator")

	b.click(button("Sign out"))
	b.await(css("h1").shows("Signed out"))
	axe.check(b, "signed out")
	b.click(link("Sign out at Workplace"))
	b.click(css("button[value=yes]"))
	b.awaitPage("/login")

	refused := newTab(t, s.here.url, phone)
	refused.scripts(false)
	refused.open("/login")
	refused.click(link("Sign in with Workplace"))
	refused.atProvider("eve")
	refused.await(css("[role=alert]").shows("Nothing was granted to you here."))

	admin := newTab(t, s.here.url, phone)
	admin.scripts(false)
	admin.open("/operators")
	admin.awaitPage("/login")
	admin.click(link("Sign in with Workplace"))
	admin.atProvider("root")
	admin.awaitPage("/operators")
	admin.click(button("Change alice"))
	admin.await(css("details[open]").shows("What they may do comes from the provider"))
	admin.await(css("main").shows("moderator in " + s.room))
}
