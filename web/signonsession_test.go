package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muckick/web/store"
)

// The session ends at its time. The browser goes to the provider and back by
// itself then, which is when what was taken away there is gone here.
func TestSignOnAgain(t *testing.T) {
	here, provider, c := newSignOnSite(t)
	b := newBrowser(t, here)
	b.signOn(t, "alice", "")
	stream := listen(t, b, roomURL(embeddedRoom)+"/events")
	stream.until(t, "reset", "Bob")
	c.advance(59 * time.Minute)
	if got := b.get(t, "/account"); got.status != http.StatusOK {
		t.Fatalf("before: got %d", got.status)
	}
	c.advance(time.Minute)
	for stream.lines.Scan() { // until the server ends it
	}
	follow := func(site, mode string) page {
		t.Helper()
		got := b.get(t, "/account")
		if got.location != "/login?next=%2Faccount" {
			t.Fatalf("got %d to %q", got.status, got.location)
		}
		return b.do(t, http.MethodGet, got.location, nil, "Sec-Fetch-Site", site, "Sec-Fetch-Mode", mode)
	}
	if got := follow("same-origin", "cors"); got.status != http.StatusOK {
		t.Errorf("for a script: got %d to %q, want the sign-in page", got.status, got.location)
	}
	if got := follow("cross-site", "navigate"); got.status != http.StatusOK {
		t.Errorf("from another site: got %d to %q, want the sign-in page", got.status, got.location)
	}
	got := follow("none", "navigate")
	if got.location != "/login/oidc?next=%2Faccount" {
		t.Fatalf("got %d to %q, want the way to the provider", got.status, got.location)
	}
	got = b.do(t, http.MethodGet, got.location, nil, "Sec-Fetch-Site", "none")
	if got := b.get(t, b.atProvider(t, got.location, "nobody needs to say")); got.location != "/account" {
		t.Errorf("back: got %d to %q", got.status, got.location)
	}

	elsewhere := newBrowser(t, here)
	elsewhere.signOn(t, "alice", "")
	provider.Set(t, accountAlice("others"))
	got = newBrowser(t, here).signOn(t, "alice", "")
	if got.status != http.StatusForbidden || !strings.Contains(got.body, "Nothing was granted to you here.") {
		t.Errorf("without a group: got %d %s", got.status, got.body)
	}
	for name, browser := range map[string]*browser{"this": b, "another": elsewhere} {
		if got := browser.get(t, "/account"); got.status != http.StatusSeeOther {
			t.Errorf("%s session of before: got %d, want it ended", name, got.status)
		}
	}
	operators, err := here.store.Operators(t.Context())
	if err != nil || len(operators) != 1 || !operators[0].Grants.IsEmpty() {
		t.Errorf("got %+v, error %v, want alice without grants", operators, err)
	}
	provider.Set(t, accountAlice("admins"))
	if got := newBrowser(t, here).signOn(t, "alice", ""); got.location != "/rooms" {
		t.Errorf("with another group: got %d to %q", got.status, got.location)
	}
	if got := awaitEvent(t, here, store.GrantsChanged); len(got) != 2 {
		t.Errorf("got events %+v, want two changes", got)
	}
}

// Signing out ends the session here, and offers to end that at the provider, which
// leads back.
func TestSignOutAtProvider(t *testing.T) {
	here, _, _ := newSignOnSite(t)
	b := newBrowser(t, here)
	b.signOn(t, "alice", "")
	got := b.do(t, http.MethodPost, "/logout", url.Values{"csrf": {b.csrf(t)}})
	link := regexp.MustCompile(`href="(http[^"]+)"`).FindStringSubmatch(got.body)
	if got.status != http.StatusOK || link == nil {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	if got := b.get(t, "/account"); got.location != "/login?next=%2Faccount" {
		t.Errorf("afterwards: got %d to %q", got.status, got.location)
	}
	if got := b.do(t, http.MethodGet, "/login?next=%2Faccount", nil, "Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"); got.status != http.StatusOK {
		t.Errorf("the browser signs in again by itself: got %d to %q", got.status, got.location)
	}
	if got := b.atProvider(t, html.UnescapeString(link[1]), ""); !strings.HasPrefix(got, "/login") {
		t.Errorf("the provider leads to %q", got)
	}
}
