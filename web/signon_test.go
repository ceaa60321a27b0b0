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
