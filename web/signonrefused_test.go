package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
)

// An answer counts once, in the browser that began, and leads to pages of ours
// alone.
func TestSignOnRefused(t *testing.T) {
	here, _, c := newSignOnSite(t)
	const again = "That did not work. Begin again"
	refused := func(t *testing.T, what string, got page) {
		t.Helper()
		if got.status != http.StatusForbidden || !strings.Contains(got.body, again) {
			t.Errorf("%s: got %d to %q, want it refused with words", what, got.status, got.location)
		}
	}
	b := newBrowser(t, here)
	refused(t, "nothing begun", b.get(t, "/login/oidc/callback?code=a&state=b"))
	back := b.begin(t, "alice", "")
	refused(t, "another browser", newBrowser(t, here).get(t, back))
	refused(t, "another state", b.get(t, strings.Replace(back, "state=", "state=x", 1)))
	refused(t, "after that", b.get(t, back))

	back = b.begin(t, "alice", "")
	before := b.cookies(t)
	if got := b.get(t, back); got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	refused(t, "again", b.get(t, back))
	replay := newBrowser(t, here)
	replay.Jar.SetCookies(before.url, before.cookies)
	refused(t, "again with the cookies of before", replay.get(t, back))

	back = b.begin(t, "alice", "")
	refused(t, "another issuer", b.get(t, strings.Replace(back, "iss=", "iss=x", 1)))
	back = b.begin(t, "alice", "")
	refused(t, "another code", b.get(t, strings.Replace(back, "code=", "code=x", 1)))
	if got := b.do(t, http.MethodGet, "/login/oidc", nil, "Sec-Fetch-Site", "cross-site"); got.status != http.StatusForbidden {
		t.Errorf("begun by another site: got %d, want 403", got.status)
	}
	for _, next := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)", "/" + strings.Repeat("x", 4000)} {
		if got := newBrowser(t, here).signOn(t, "alice", next); got.location != "/rooms" {
			t.Errorf("next %.50q leads to %q", next, got.location)
		}
		c.advance(time.Minute) // for the throttle
	}
	for _, want := range []string{"no sign-in had begun in this browser", "its state is another", "used before", "not the provider's", "does not take the code"} {
		awaitDetail(t, here, store.SignInFailed, want)
	}
}

// awaitDetail waits for an event of a kind whose detail has a text.
func awaitDetail(t *testing.T, here *site, kind store.EventKind, text string) {
	t.Helper()
	awaitEventThat(t, here, kind, "with "+text, func(e store.Event) bool { return strings.Contains(e.Detail, text) && e.Address != "" })
}

// cookiesAt are the cookies of a browser.
type cookiesAt struct {
	url     *url.URL
	cookies []*http.Cookie
}

func (b *browser) cookies(t *testing.T) cookiesAt {
	t.Helper()
	u, err := url.Parse(b.here.url("/"))
	if err != nil {
		t.Fatal(err)
	}
	return cookiesAt{u, b.Jar.Cookies(u)}
}

// An account of the provider is not the operator of its name, and who was disabled
// here stays out.
func TestSignOnIsNobodyElse(t *testing.T) {
	here, _, _ := newSignOnSite(t)
	if _, err := here.store.AddOperator(t.Context(), "alice", operatorPassword, moderation.Everything()); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, here)
	if got := b.signOn(t, "alice", ""); got.status != http.StatusForbidden || !strings.Contains(got.body, "Somebody else here has your name.") {
		t.Errorf("got %d to %q %s", got.status, got.location, got.body)
	}
	if got := b.get(t, "/account"); got.status != http.StatusSeeOther {
		t.Errorf("signed in all the same: got %d", got.status)
	}
	if err := here.store.RemoveOperator(t.Context(), "alice"); err == nil {
		t.Error("the last administrator was removed")
	}
	if _, err := here.store.AddOperator(t.Context(), "root", operatorPassword, moderation.Everything()); err != nil {
		t.Fatal(err)
	}
	if err := here.store.RemoveOperator(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if got := b.signOn(t, "alice", ""); got.location != "/rooms" {
		t.Fatalf("the name is free: got %d %s", got.status, got.body)
	}
	if err := here.store.SetDisabled(t.Context(), "alice", true); err != nil {
		t.Fatal(err)
	}
	if got := b.get(t, "/account"); got.status != http.StatusSeeOther {
		t.Errorf("disabled: got %d, want the session ended", got.status)
	}
	if got := b.signOn(t, "alice", ""); got.status != http.StatusForbidden || !strings.Contains(got.body, "You were disabled here.") {
		t.Errorf("disabled: got %d %s", got.status, got.body)
	}
}
