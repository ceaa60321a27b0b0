package browsertest

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"muckick/xmpp/xmpptest"
)

// A second factor is set up, asked for, replaced by a recovery code and removed
// again, with scripts and without.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		device  device
		scripts bool
	}{{"with scripts", desktop, true}, {"without scripts", phone, false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, xmpptest.Shared(t, xmpptest.Mucserver))
			axe := newAxe(t)
			b := newTab(t, s.here.url, tt.device)
			b.scripts(tt.scripts)
			b.open("/login")
			b.signIn(operator, password)
			b.awaitPage("/rooms")
			b.open("/account")
			b.fill(css("#factor-password"), password)
			b.click(button("Set it up"))
			b.awaitPage("/account/factor")
			b.await(css("img.qr").do("e => e.complete && e.naturalWidth > 0"))
			if tt.scripts {
				axe.check(b, "second factor")
			}
			secret := strings.ReplaceAll(b.text(css("#factor-secret")), " ", "")
			b.fill(field("The code that it shows"), codeAt(t, secret, 0))
			b.click(button("Confirm"))
			b.await(css("h1").shows("Recovery codes"))
			if tt.scripts {
				axe.check(b, "recovery codes")
			}
			recovery := strings.Fields(b.text(css("#recovery-codes")))[0]
			b.click(link("I have kept them"))
			b.awaitPage("/account")
			b.await(css("main").shows("Recovery codes left: 10"))

			b.click(button("Sign out"))
			b.awaitPage("/login")
			b.open("/audit")
			b.signIn(operator, password)
			b.awaitPage("/login/code")
			if tt.scripts {
				axe.check(b, "code")
			}
			b.fill(css("#code"), "000000")
			b.click(button("Sign in"))
			b.await(css("[role=alert]").shows("That code is wrong"))
			b.click(button("Use a recovery code"))
			b.fill(css("#recovery"), recovery)
			b.click(css("details[open] button"))
			b.awaitPage("/audit")

			b.open("/account")
			b.await(css("main").shows("Recovery codes left: 9"))
			if tt.scripts {
				axe.check(b, "account with a second factor")
			}
			b.click(button("Change"))
			b.fill(css("#factor-password"), password)
			b.fill(css("#factor-code"), codeAt(t, secret, 30*time.Second))
			b.click(button("Remove the second factor"))
			b.await(css(".flash").shows("Second factor removed"))
			b.await(string(button("Set it up")))
		})
	}
}

// codeAt returns what an authenticator app shows a while from now.
func codeAt(t *testing.T, secret string, after time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(after))
	if err != nil {
		t.Fatal(err)
	}
	return code
}
