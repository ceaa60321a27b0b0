package web_test

import (
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muckick/web"
	"muckick/web/moderation"
	"muckick/web/oidc"
	"muckick/web/oidc/oidctest"
	"muckick/web/store"
	"muckick/web/store/storetest"
)

// newSignOnSite is a site where operators sign in at a real provider too. Its
// groups are admins and mods, and alice is of the second.
func newSignOnSite(t *testing.T, adjust ...func(*web.Options)) (*site, *oidctest.Provider, *clock) {
	t.Helper()
	provider := oidctest.Start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	provider.Serve(t, "http://"+l.Addr().String(), accountAlice("mods"))
	c := new(clock)
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	on := func(o *web.Options) {
		o.Now, o.SignOn = c.Now, newSignOn(t, provider.Issuer, "http://"+l.Addr().String())
	}
	return serveOn(t, l, chat.connect(t), store.Options{URL: storetest.SQLite(t), Now: c.Now}, append([]func(*web.Options){on}, adjust...)...), provider, c
}

func newSignOn(t *testing.T, issuer, publicURL string) *web.SignOn {
	t.Helper()
	on := &web.SignOn{
		Provider: oidc.New(oidc.Options{
			Issuer: issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, PublicURL: publicURL,
			Scopes: []string{"profile", "groups"}, Claim: "groups",
		}),
		Name: "Workplace", Recheck: time.Hour, PublicURL: publicURL,
	}
	for _, text := range []string{"admins = administrator", "mods = moderator in " + embeddedRoom} {
		rule, err := moderation.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		on.Rules = append(on.Rules, rule)
	}
	return on
}

// accountAlice is an account of whoever signs in as alice, who is in these groups.
func accountAlice(groups ...string) oidctest.Accounts {
	return oidctest.Accounts{"alice": {"preferred_username": "alice", "groups": groups}}
}

var (
	formAction  = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// atProvider goes where the provider's pages lead, as somebody who signs in there
// under a name and agrees to everything, and returns the address with which the
// browser would come back.
func (b *browser) atProvider(t *testing.T, address, name string) string {
	t.Helper()
	method, form := http.MethodGet, url.Values(nil)
	for range 20 {
		if strings.HasPrefix(address, b.here.url("/")) {
			return strings.TrimPrefix(address, b.here.url(""))
		}
		request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		if method == http.MethodPost {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		response, err := b.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		method, form = http.MethodGet, nil
		if location, err := response.Location(); err == nil {
			address = location.String()
			continue
		}
		action := formAction.FindStringSubmatch(string(body))
		if action == nil {
			t.Fatalf("the provider says %d: %s", response.StatusCode, body)
		}
		base := response.Request.URL
		target, err := base.Parse(html.UnescapeString(action[1]))
		if err != nil {
			t.Fatal(err)
		}
		method, address, form = http.MethodPost, target.String(), url.Values{"login": {name}, "password": {"any"}}
		for _, field := range hiddenField.FindAllStringSubmatch(string(body), -1) {
			form.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
		}
		if strings.Contains(string(body), "name=\"logout\"") {
			form.Set("logout", "yes")
		}
	}
	t.Fatal("the provider leads in circles")
	return ""
}

// begin starts to sign in at the provider, and returns where the browser comes
// back to.
func (b *browser) begin(t *testing.T, name, next string) string {
	t.Helper()
	got := b.do(t, http.MethodGet, "/login/oidc?next="+url.QueryEscape(next), nil, "Sec-Fetch-Site", "same-origin")
	if got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	return b.atProvider(t, got.location, name)
}

// signOn signs in at the provider, and returns the answer to coming back.
func (b *browser) signOn(t *testing.T, name, next string) page {
	t.Helper()
	return b.do(t, http.MethodGet, b.begin(t, name, next), nil, "Sec-Fetch-Site", "cross-site")
}

// Whoever signs in at the provider may do what their groups grant, and goes where
// they wanted; they have no password here, and the trail tells how they came.
func TestSignOn(t *testing.T) {
	here, _, _ := newSignOnSite(t)
	b := newBrowser(t, here)
	if got := b.get(t, "/login?next=%2Faccount").body; !strings.Contains(got, `href="/login/oidc?next=%2Faccount"`) || !strings.Contains(got, "Workplace") || !strings.Contains(got, `name="password"`) {
		t.Errorf("the sign-in page does not offer both: %s", got)
	}
	if got := b.signOn(t, "alice", "/account?a=b"); got.status != http.StatusSeeOther || got.location != "/account?a=b" {
		t.Fatalf("got %d to %q %s", got.status, got.location, got.body)
	}
	account := b.get(t, "/account")
	if got := tags.ReplaceAllString(account.body, ""); !strings.Contains(got, "alice") || !strings.Contains(got, "moderator in "+embeddedRoom) || strings.Contains(account.body, `name="password"`) {
		t.Errorf("got %s", account.body)
	}
	if got := b.get(t, roomURL(embeddedRoom)); got.status != http.StatusOK {
		t.Errorf("the room: got %d", got.status)
	}
	if got := b.get(t, "/operators"); got.status != http.StatusForbidden {
		t.Errorf("operators: got %d, want 403, though alice is the first of all", got.status)
	}
	csrf := b.csrf(t)
	for _, path := range []string{"/account/password", "/account/factor", "/account/factor/remove"} {
		if got := b.do(t, http.MethodPost, path, url.Values{"current": {""}, "csrf": {csrf}}); got.status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", path, got.status)
		}
	}
	for kind, want := range map[store.EventKind]string{store.OperatorAdded: "Workplace", store.SignedIn: "alice"} {
		got := awaitEvent(t, here, kind)[0]
		if got.Actor.Name != want || got.Address == "" || kind == store.SignedIn && got.Detail != "at Workplace" {
			t.Errorf("%s: got %+v, want it by %s", kind, got, want)
		}
	}
}

// A provider that is away stops neither the start nor passwords.
func TestProviderAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	here := newEmbedded(t).site(t, func(o *web.Options) { o.SignOn = newSignOn(t, away, "http://muckick.example.org") })
	got := newBrowser(t, here).get(t, "/login/oidc")
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "Workplace cannot be reached now.") || !strings.Contains(got.body, `name="password"`) {
		t.Errorf("got %d %s", got.status, got.body)
	}
	signIn(t, here)
}
