package web_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muckick/web/moderation"
)

const (
	operatorName     = "mod"
	operatorPassword = "correct horse"
)

// browser is a client with cookies that does not follow redirects.
type browser struct {
	here *site
	http.Client
}

func newBrowser(t testing.TB, here *site) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{here: here, Client: http.Client{
		Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is an answer to a browser.
type page struct {
	status   int
	location string
	body     string
	header   http.Header
}

func (b *browser) do(t testing.TB, method, path string, form url.Values, headers ...string) page {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.here.url(path), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{status: response.StatusCode, location: response.Header.Get("Location"), body: string(body), header: response.Header}
}

func (b *browser) get(t testing.TB, path string) page {
	t.Helper()
	return b.do(t, http.MethodGet, path, nil)
}

// signIn signs the operator in, whom it adds if need be.
func signIn(t testing.TB, here *site) *browser {
	t.Helper()
	if operators, err := here.store.Operators(t.Context()); err != nil {
		t.Fatal(err)
	} else if len(operators) == 0 {
		// Tests may disable one: the other is left.
		for _, name := range []string{operatorName, "matron"} {
			if _, err := here.store.AddOperator(t.Context(), name, operatorPassword, moderation.Everything()); err != nil {
				t.Fatal(err)
			}
		}
	}
	b := newBrowser(t, here)
	got := b.do(t, http.MethodPost, "/login", url.Values{"username": {operatorName}, "password": {operatorPassword}})
	if got.status != http.StatusSeeOther || got.location != "/rooms" {
		t.Fatalf("sign-in: got %d to %q", got.status, got.location)
	}
	return b
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// csrf returns a token from a page.
func (b *browser) csrf(t testing.TB) string {
	t.Helper()
	found := csrfField.FindStringSubmatch(b.get(t, "/account").body)
	if found == nil {
		t.Fatal("no CSRF token on the page")
	}
	return found[1]
}

func roomURL(address string) string { return "/rooms/" + url.PathEscape(address) }

func TestSignedOutSeesNothing(t *testing.T) {
	chat := newEmbedded(t)
	here := chat.site(t)
	b := newBrowser(t, here)
	for _, path := range []string{"/rooms", roomURL(embeddedRoom), "/audit", "/audit.csv", "/audit.jsonl", "/account", "/account/factor", "/account/factor/qr.png", "/operators", "/events", roomURL(embeddedRoom) + "/events", "/rooms/counts"} {
		if got := b.get(t, path); got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, "/login") {
			t.Errorf("%s: got %d to %q, want the sign-in page", path, got.status, got.location)
		}
		if got := b.do(t, http.MethodHead, path, nil, "Accept", "*/*"); got.status != http.StatusUnauthorized {
			t.Errorf("HEAD %s: got %d, want 401", path, got.status)
		}
	}
	for _, path := range []string{"/logout", "/operators/add", "/operators/grant", "/operators/disable", "/operators/enable", "/operators/sign-out", "/operators/reset-factor", "/account/factor", "/account/factor/confirm", "/account/factor/recovery", "/account/factor/remove", "/operators/remove", "/operators/tokens/add", "/operators/tokens/revoke", "/rooms/open", "/rooms/forget", "/account/password", "/account/sessions/end", "/account/sessions/end-others", roomURL(embeddedRoom) + "/kick", "/muc_kick"} {
		if got := b.do(t, http.MethodPost, path, nil); got.status != http.StatusUnauthorized {
			t.Errorf("POST %s: got %d, want 401", path, got.status)
		}
	}
}

func TestLoginRefused(t *testing.T) {
	here := newEmbedded(t).site(t)
	signIn(t, here)
	wrong := func(name string) page {
		return newBrowser(t, here).do(t, http.MethodPost, "/login", url.Values{"username": {name}, "password": {"wrong password"}})
	}
	known, unknown := wrong(operatorName), wrong("nobody")
	if known.status != 401 || unknown.status != 401 || strings.ReplaceAll(known.body, `"`+operatorName+`"`, `"nobody"`) != unknown.body {
		t.Error("the answers for a known and an unknown operator differ")
	}
	var last page
	for range 6 {
		last = wrong(operatorName)
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Errorf("got %d after many attempts, want 429 with a time", last.status)
	}
	for _, next := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)"} {
		b := newBrowser(t, here)
		got := b.do(t, http.MethodPost, "/login", url.Values{"username": {"second"}, "password": {operatorPassword}, "next": {next}})
		if got.status == http.StatusSeeOther && got.location != "/rooms" {
			t.Errorf("next %q leads to %q", next, got.location)
		}
	}
}
