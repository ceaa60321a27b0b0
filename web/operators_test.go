package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muckick/web/store"
)

// An administrator's forms change what they say, and tell what is wrong with
// them.
func TestOperatorsPage(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	steps := []struct {
		path   string
		form   url.Values
		status int
		want   string // on the page, or on the one that it leads to
	}{
		{"add", url.Values{"name": {"bob"}, "password": {"good night Romeo"}, "what": {"moderator"}, "where": {embeddedRoom}}, 303, "moderator in"},
		{"add", url.Values{"name": {"BOB"}, "password": {"good night Romeo"}, "what": {"viewer"}}, 400, "That name is taken."},
		{"add", url.Values{"name": {"eve"}, "password": {"short"}, "what": {"viewer"}}, 400, "at least 8 characters"},
		{"add", url.Values{"name": {"eve"}, "password": {"good night Romeo"}, "what": {"king"}}, 400, "cannot be granted"},
		{"add", url.Values{"name": {"eve"}, "password": {"good night Romeo"}, "what": {"viewer"}, "where": {"@"}}, 400, "is no room"},
		{"add", url.Values{"name": {"eve"}, "password": {"good night Romeo"}, "what": {"administrator"}, "where": {embeddedRoom}}, 400, "only everything"},
		{"grant", url.Values{"name": {"bob"}, "do": {"grant"}, "what": {"audit"}}, 303, "audit everywhere"},
		{"grant", url.Values{"name": {"bob"}, "do": {"revoke"}, "what": {"audit"}, "where": {embeddedRoom}}, 400, "granted everywhere"},
		{"grant", url.Values{"name": {"bob"}, "do": {"revoke"}, "what": {"audit"}}, 303, "Revoked"},
		{"grant", url.Values{"name": {"bob"}, "do": {"take"}, "what": {"audit"}}, 400, "must be grant or revoke"},
		{"grant", url.Values{"name": {"nobody"}, "do": {"grant"}, "what": {"audit"}}, 400, "There is nobody of that name"},
		{"disable", url.Values{"name": {"bob"}}, 303, "disabled"},
		{"enable", url.Values{"name": {"bob"}}, 303, "Let in again"},
		{"reset-factor", url.Values{"name": {"bob"}}, 400, "There is no second factor any more."},
		{"sign-out", url.Values{"name": {"bob"}}, 303, "Signed out everywhere"},
		{"remove", url.Values{"name": {"bob"}}, 400, "has to be ticked"},
		{"remove", url.Values{"name": {"bob"}, "sure": {"yes"}}, 303, "Removed"},
		{"remove", url.Values{"name": {"matron"}, "sure": {"yes"}}, 303, "Removed"},
		{"remove", url.Values{"name": {operatorName}, "sure": {"yes"}}, 400, "the last administrator"},
		{"disable", url.Values{"name": {operatorName}}, 400, "the last administrator"},
		{"tokens/add", url.Values{"name": {"ci"}, "what": {"kick"}, "until": {"2020-01-01"}}, 400, "is over"},
		{"tokens/add", url.Values{"name": {"ci"}, "what": {"kick"}, "until": {"soon"}}, 400, "has the form"},
		{"tokens/add", url.Values{"name": {"ci"}, "what": {"kick"}, "where": {embeddedRoom}}, 200, "it is not shown again"},
		{"tokens/add", url.Values{"name": {"ci"}, "what": {"kick"}}, 400, "That name is taken."},
		{"tokens/revoke", url.Values{"name": {"ci"}}, 303, "revoked"},
		{"tokens/revoke", url.Values{"name": {"ci"}}, 400, "There is nobody of that name"},
	}
	csrf := b.csrf(t)
	for _, tt := range steps {
		tt.form.Set("csrf", csrf)
		got := b.do(t, http.MethodPost, "/operators/"+tt.path, tt.form)
		body := got.body
		if got.status == http.StatusSeeOther {
			body = b.get(t, got.location).body
		}
		if got.status != tt.status || !strings.Contains(strings.Join(strings.Fields(tags.ReplaceAllString(body, "")), " "), tt.want) {
			t.Errorf("%s %v: got %d, want %d with %q in %s", tt.path, tt.form, got.status, tt.status, tt.want, body)
		}
		if strings.Contains(body, "good night") {
			t.Errorf("%s: the password is on the page", tt.path)
		}
	}
	operators, err := here.store.Operators(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(operators) != 1 || operators[0].Name != operatorName {
		t.Errorf("got operators %v, want the last administrator alone", operators)
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// The token that the page shows is good, for what it was made for, and it shows
// it once.
func TestTokenMadeInThePanel(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	got := b.do(t, http.MethodPost, "/operators/tokens/add",
		url.Values{"name": {"ci"}, "what": {"kick"}, "where": {embeddedRoom}, "csrf": {b.csrf(t)}})
	secret := regexp.MustCompile(store.TokenPrefix + `[A-Za-z0-9_-]+`).FindString(got.body)
	if status, text, _ := post(t, here, "Bearer "+secret, kickBody(t, "garden@chat.example.org", "Bob", "")); status != 404 {
		t.Errorf("elsewhere: got %d %s, want 404", status, text)
	}
	if status, text, _ := post(t, here, "Bearer "+secret, kickBody(t, embeddedRoom, "Bob", "")); status != 200 {
		t.Errorf("got %d %s, want 200", status, text)
	}
	if strings.Contains(b.get(t, "/operators").body, secret) {
		t.Error("the page shows the token again")
	}
}

// Nobody but an administrator reaches any of it, and nothing changes.
func TestOperatorsForAdministratorsOnly(t *testing.T) {
	here := newGrantedSite(t)
	for _, name := range []string{"", "viewer", "auditor", "moderator"} {
		b := signInAs(t, here, name)
		csrf := b.csrf(t)
		if got := b.get(t, "/operators"); got.status != http.StatusForbidden {
			t.Errorf("%q: got %d, want 403", name, got.status)
		}
		for _, path := range []string{"add", "grant", "disable", "enable", "sign-out", "reset-factor", "remove", "tokens/add", "tokens/revoke"} {
			form := url.Values{
				"csrf": {csrf}, "name": {operatorName}, "sure": {"yes"}, "do": {"grant"}, "what": {"moderator"}, "password": {"good night Romeo"},
			}
			if got := b.do(t, http.MethodPost, "/operators/"+path, form); got.status != http.StatusForbidden {
				t.Errorf("%q %s: got %d, want 403", name, path, got.status)
			}
		}
	}
	if tokens, err := here.store.Tokens(t.Context()); err != nil || len(tokens) != 0 {
		t.Errorf("got tokens %v, error %v, want none", tokens, err)
	}
	signIn(t, here)
}
