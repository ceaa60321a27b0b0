package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/web"
	"muckick/web/moderation"
	"muckick/web/store/storetest"
)

// With passwords off, no password does anything.
func TestPasswordsOff(t *testing.T) {
	off, provider, _ := newSignOnSite(t, func(o *web.Options) { o.NoPasswords = true })
	for _, name := range []string{operatorName, "matron"} {
		if _, err := off.store.AddOperator(t.Context(), name, operatorPassword, moderation.Everything()); err != nil {
			t.Fatal(err)
		}
	}
	b := newBrowser(t, off)
	if got := b.get(t, "/login").body; strings.Contains(got, `name="password"`) || !strings.Contains(got, "/login/oidc") {
		t.Errorf("the sign-in page: %s", got)
	}
	for path, form := range map[string]url.Values{"/login": {"username": {operatorName}, "password": {operatorPassword}}, "/login/code": {"code": {"1"}}} {
		if got := b.do(t, http.MethodPost, path, form); got.status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", path, got.status)
		}
	}
	provider.Set(t, accountAlice("admins"))
	b.signOn(t, "alice", "")
	got := b.get(t, "/operators")
	if got.status != http.StatusOK || strings.Contains(got.body, `action="/operators/add"`) || !strings.Contains(got.body, "cannot sign in: passwords are off") {
		t.Errorf("operators: got %d %s", got.status, got.body)
	}
	form := url.Values{"name": {"eve"}, "password": {"good night Romeo"}, "what": {"viewer"}, "csrf": {b.csrf(t)}}
	if got := b.do(t, http.MethodPost, "/operators/add", form); got.status != http.StatusForbidden {
		t.Errorf("add: got %d, want 403", got.status)
	}
	form = url.Values{"name": {"alice"}, "do": {"revoke"}, "what": {"audit"}, "csrf": {b.csrf(t)}}
	if got := b.do(t, http.MethodPost, "/operators/grant", form); got.status != http.StatusBadRequest || !strings.Contains(got.body, "comes from the identity provider") {
		t.Errorf("grants of the provider's: got %d %s", got.status, got.body)
	}
}

// Whoever could not sign in now as they did has no session any more.
func TestSessionsOfBefore(t *testing.T) {
	database := storetest.Postgres(t)
	chat := newEmbedded(t)
	here := serveFrom(t, chat.connect(t), database)
	withPassword := signIn(t, here)
	off := serveFrom(t, chat.connect(t), database, func(o *web.Options) {
		o.NoPasswords, o.SignOn = true, newSignOn(t, "https://id.example.net", "https://muckick.example.org")
	})
	elsewhere := &browser{here: off, Client: withPassword.Client} // cookies go by host, not by port
	if got := elsewhere.get(t, "/account"); got.status != http.StatusSeeOther {
		t.Errorf("passwords are off: got %d, want the way to the sign-in page", got.status)
	}
	if got := elsewhere.do(t, http.MethodPost, "/muc_kick", url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}}); got.status != http.StatusUnauthorized {
		t.Errorf("passwords are off: a kick got %d, want 401", got.status)
	}
	if got := withPassword.get(t, "/account"); got.status != http.StatusOK {
		t.Errorf("passwords are on: got %d", got.status)
	}
}
