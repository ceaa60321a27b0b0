package web_test

import (
	"bytes"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"muckick/web"
	"muckick/web/store"
	"muckick/web/store/storetest"
)

// A clock is one that tests set forward.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// An authenticator is somebody's app for second factors.
type authenticator struct {
	clock  *clock
	secret string
}

// code returns the next code, as after some waiting.
func (a *authenticator) code(t testing.TB) string {
	t.Helper()
	a.clock.advance(time.Minute)
	code, err := totp.GenerateCode(a.secret, a.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// newTimedSite is a site whose time tests can set forward.
func newTimedSite(t *testing.T, adjust ...func(*web.Options)) (*site, *clock) {
	t.Helper()
	c := new(clock)
	atTime := func(o *web.Options) { o.Now = c.Now }
	return serveStore(t, newEmbedded(t).connect(t), store.Options{URL: storetest.SQLite(t), Now: c.Now}, append(adjust, atTime)...), c
}

var (
	secretOnPage  = regexp.MustCompile(`id="factor-secret">([A-Z2-7 ]+)<`)
	recoveryCodes = regexp.MustCompile(`<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>`)
)

// enrol sets up a second factor on the account page, and returns the app and the
// recovery codes.
func enrol(t *testing.T, b *browser, c *clock) (app *authenticator, recovery []string) {
	t.Helper()
	got := b.do(t, http.MethodPost, "/account/factor", url.Values{"current": {operatorPassword}, "csrf": {b.csrf(t)}})
	if got.status != http.StatusSeeOther || got.location != "/account/factor" {
		t.Fatalf("got %d to %q", got.status, got.location)
	}
	shown := secretOnPage.FindStringSubmatch(b.get(t, got.location).body)
	if shown == nil {
		t.Fatal("the page shows no secret")
	}
	app = &authenticator{c, strings.ReplaceAll(shown[1], " ", "")}
	got = b.do(t, http.MethodPost, "/account/factor/confirm", url.Values{"code": {app.code(t)}, "csrf": {b.csrf(t)}})
	if got.status != http.StatusOK {
		t.Fatalf("confirm: got %d %s", got.status, got.body)
	}
	for _, found := range recoveryCodes.FindAllStringSubmatch(got.body, -1) {
		recovery = append(recovery, found[1])
	}
	if len(recovery) != 10 {
		t.Fatalf("got recovery codes %q, want ten", recovery)
	}
	return app, recovery
}

// password sends the form for signing in.
func (b *browser) password(t testing.TB, next string) page {
	t.Helper()
	return b.do(t, http.MethodPost, "/login", url.Values{"username": {operatorName}, "password": {operatorPassword}, "next": {next}})
}

func (b *browser) code(t testing.TB, code string) page {
	t.Helper()
	return b.do(t, http.MethodPost, "/login/code", url.Values{"code": {code}})
}

// Between the password and the code nobody is signed in, and a code is good once.
func TestSignInWithFactor(t *testing.T) {
	here, c := newTimedSite(t)
	other, b := signIn(t, here), signIn(t, here)
	app, recovery := enrol(t, b, c)
	if got := other.get(t, "/account"); got.status != http.StatusSeeOther {
		t.Errorf("another session of before: got %d, want it ended", got.status)
	}
	if got := b.get(t, "/account"); got.status != http.StatusOK || !strings.Contains(got.body, "Recovery codes left: 10") {
		t.Errorf("this session: got %d %s", got.status, got.body)
	}

	fresh := newBrowser(t, here)
	if got := fresh.get(t, "/login/code"); got.location != "/login" {
		t.Errorf("without a password: got %d to %q", got.status, got.location)
	}
	if got := fresh.code(t, app.code(t)); got.status != http.StatusUnauthorized {
		t.Errorf("a code without a password: got %d, want 401", got.status)
	}
	if got := fresh.password(t, "/audit?nick=Bob"); got.location != "/login/code" {
		t.Fatalf("got %d to %q, want to be asked for a code", got.status, got.location)
	}
	for _, path := range []string{"/rooms", "/account", "/events", "/audit.csv"} {
		if got := fresh.get(t, path); got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, "/login") {
			t.Errorf("%s after the password alone: got %d to %q", path, got.status, got.location)
		}
	}
	code := app.code(t)
	if got := fresh.do(t, http.MethodPost, "/login/code", url.Values{"code": {code}}, "Sec-Fetch-Site", "cross-site"); got.status != http.StatusForbidden {
		t.Errorf("from another site: got %d, want 403", got.status)
	}
	if got := fresh.code(t, "000000"); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "That code is wrong") {
		t.Errorf("wrong code: got %d", got.status)
	}
	if got := fresh.code(t, code); got.status != http.StatusSeeOther || got.location != "/audit?nick=Bob" {
		t.Fatalf("got %d to %q, want the page that was wanted", got.status, got.location)
	}
	if got := fresh.get(t, "/account"); got.status != http.StatusOK {
		t.Errorf("signed in: got %d", got.status)
	}

	again := newBrowser(t, here)
	again.password(t, "")
	for _, used := range []string{code, " " + code[:3] + " " + code[3:]} {
		if got := again.code(t, used); got.status != http.StatusUnauthorized {
			t.Errorf("the code again: got %d, want 401", got.status)
		}
	}
	if got := again.code(t, recovery[0]); got.location != "/rooms" {
		t.Errorf("recovery code: got %d to %q", got.status, got.location)
	}
	once := newBrowser(t, here)
	once.password(t, "")
	if got := once.code(t, recovery[0]); got.status != http.StatusUnauthorized {
		t.Errorf("the recovery code again: got %d, want 401", got.status)
	}
}

// The answer to a right password is good for a while, until the operator changes,
// and as what it is.
func TestHalfwayEnds(t *testing.T) {
	tests := []struct {
		name   string
		happen func(t *testing.T, here *site, c *clock)
	}{
		{"too late", func(_ *testing.T, _ *site, c *clock) { c.advance(5 * time.Minute) }},
		{"password reset", func(t *testing.T, here *site, _ *clock) {
			if err := here.store.SetPassword(t.Context(), operatorName, operatorPassword+"!"); err != nil {
				t.Fatal(err)
			}
		}},
		{"disabled", func(t *testing.T, here *site, _ *clock) {
			if err := here.store.SetDisabled(t.Context(), operatorName, true); err != nil {
				t.Fatal(err)
			}
		}},
		{"second factor reset", func(t *testing.T, here *site, _ *clock) {
			if err := here.store.ResetFactor(t.Context(), operatorName); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			here, c := newTimedSite(t)
			_, recovery := enrol(t, signIn(t, here), c)
			b := newBrowser(t, here)
			b.password(t, "")
			address, err := url.Parse(here.url("/"))
			if err != nil {
				t.Fatal(err)
			}
			for _, cookie := range b.Jar.Cookies(address) {
				if cookie.Name != "muckick-code" {
					continue
				}
				got := newBrowser(t, here).do(t, http.MethodGet, "/account", nil, "Cookie", "muckick-session="+cookie.Value)
				if got.status != http.StatusSeeOther {
					t.Errorf("as a session: got %d", got.status)
				}
			}
			tt.happen(t, here, c)
			if got := b.code(t, recovery[0]); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "Begin again with your password") {
				t.Errorf("got %d to %q, want it over", got.status, got.location)
			}
		})
	}
}

// Guesses at the code are throttled like those at the password, and a right
// password in between starts nothing over.
func TestCodesAreThrottled(t *testing.T) {
	here, c := newTimedSite(t)
	_, recovery := enrol(t, signIn(t, here), c)
	b := newBrowser(t, here)
	tries := 0
	for ; tries < 20; tries++ {
		if got := b.password(t, ""); got.status == http.StatusTooManyRequests {
			break
		}
		if got := b.code(t, "000000"); got.status == http.StatusTooManyRequests {
			if got.header.Get("Retry-After") == "" {
				t.Error("it is not said when to try again")
			}
			break
		}
	}
	if tries > 4 {
		t.Errorf("got %d guesses through", tries)
	}
	if got := b.code(t, recovery[0]); got.status != http.StatusTooManyRequests {
		t.Errorf("a right code then: got %d, want 429", got.status)
	}
	c.advance(15 * time.Minute)
	b.password(t, "")
	if got := b.code(t, recovery[0]); got.location != "/rooms" {
		t.Errorf("later: got %d to %q", got.status, got.location)
	}
}

// Setting up and changing a second factor takes the password, and changing it a
// code too.
func TestFactorForms(t *testing.T) {
	here, c := newTimedSite(t)
	b := signIn(t, here)
	csrf := b.csrf(t)
	send := func(path, current, code string) page {
		return b.do(t, http.MethodPost, "/account/factor"+path, url.Values{"current": {current}, "code": {code}, "csrf": {csrf}})
	}
	if got := send("", "wrong", ""); got.status != http.StatusForbidden || !strings.Contains(got.body, "The current password is wrong.") {
		t.Errorf("set up with a wrong password: got %d", got.status)
	}
	if got := b.get(t, "/account/factor"); got.location != "/account" {
		t.Errorf("its page: got %d to %q", got.status, got.location)
	}
	if got := b.get(t, "/account/factor/qr.png"); got.status != http.StatusNotFound {
		t.Errorf("its picture: got %d, want 404", got.status)
	}
	if got := send("/recovery", operatorPassword, "000000"); got.status != http.StatusConflict {
		t.Errorf("new codes without a factor: got %d, want 409", got.status)
	}
	send("", operatorPassword, "")
	if got := send("/confirm", "", "000000"); got.status != http.StatusBadRequest || !strings.Contains(got.body, "That code is wrong.") {
		t.Errorf("confirm with a wrong code: got %d", got.status)
	}
	picture := b.get(t, "/account/factor/qr.png")
	if _, err := png.Decode(bytes.NewReader([]byte(picture.body))); err != nil || picture.header.Get("Content-Type") != "image/png" || picture.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got a picture with %v, error %v", picture.header, err)
	}
	app, first := enrol(t, b, c)
	csrf = b.csrf(t)
	if got := b.get(t, "/account/factor/qr.png"); got.status != http.StatusNotFound {
		t.Errorf("its picture afterwards: got %d, want 404", got.status)
	}
	if got := send("", operatorPassword, ""); got.status != http.StatusConflict {
		t.Errorf("a second one: got %d, want 409", got.status)
	}
	for _, path := range []string{"/recovery", "/remove"} {
		if got := send(path, "wrong", app.code(t)); got.status != http.StatusForbidden {
			t.Errorf("%s with a wrong password: got %d", path, got.status)
		}
		if got := send(path, operatorPassword, "000000"); got.status != http.StatusForbidden || !strings.Contains(got.body, "That code is wrong") {
			t.Errorf("%s with a wrong code: got %d", path, got.status)
		}
		c.advance(15 * time.Minute) // for the throttle
	}
	got := send("/recovery", operatorPassword, app.code(t))
	second := recoveryCodes.FindAllString(got.body, -1)
	if got.status != http.StatusOK || len(second) != 10 || strings.Contains(got.body, first[0]) {
		t.Errorf("new codes: got %d %q", got.status, second)
	}
	csrf = b.csrf(t)
	if got := send("/remove", operatorPassword, first[0]); got.status != http.StatusForbidden {
		t.Errorf("with an old recovery code: got %d, want 403", got.status)
	}
	if got := send("/remove", operatorPassword, app.code(t)); got.location != "/account" {
		t.Errorf("remove: got %d to %q", got.status, got.location)
	}
	if got := newBrowser(t, here).password(t, ""); got.location != "/rooms" {
		t.Errorf("sign-in afterwards: got %d to %q", got.status, got.location)
	}
}

// An administrator sees who has a second factor, and resets it; all of it is on
// the trail.
func TestAdministratorResetsFactor(t *testing.T) {
	here, c := newTimedSite(t)
	b := signIn(t, here)
	_, recovery := enrol(t, b, c)
	wrong := newBrowser(t, here)
	wrong.password(t, "")
	wrong.code(t, "000000")
	wrong.code(t, recovery[0])

	matron := newBrowser(t, here)
	matron.do(t, http.MethodPost, "/login", url.Values{"username": {"matron"}, "password": {operatorPassword}})
	if got := matron.get(t, "/operators").body; strings.Count(got, ">second factor<") != 1 {
		t.Errorf("the page does not tell who has one: %s", got)
	}
	got := matron.do(t, http.MethodPost, "/operators/reset-factor", url.Values{"name": {operatorName}, "csrf": {matron.csrf(t)}})
	if got.location != "/operators" {
		t.Fatalf("reset: got %d %s", got.status, got.body)
	}
	if got := b.get(t, "/account"); got.status != http.StatusSeeOther {
		t.Errorf("a session of before: got %d, want it ended", got.status)
	}
	if got := newBrowser(t, here).password(t, ""); got.location != "/rooms" {
		t.Errorf("sign-in afterwards: got %d to %q", got.status, got.location)
	}
	want := map[store.EventKind]string{ // by whom
		store.FactorAdded: operatorName, store.RecoveryCodeUsed: operatorName, store.FactorReset: "matron", store.SignInFailed: "",
	}
	by := make(map[store.EventKind]string)
	awaitEvent(t, here, store.SignInFailed)
	for kind := range want {
		for _, event := range awaitEvent(t, here, kind) {
			by[kind] = event.Actor.Name
			if event.Subject != operatorName || event.Address == "" {
				t.Errorf("got event %+v, want it about %s with an address", event, operatorName)
			}
		}
	}
	if diff := cmp.Diff(want, by); diff != "" {
		t.Errorf("who did it (-want +got):\n%s", diff)
	}
}

// awaitEvent returns the events of a kind, when there are any.
func awaitEvent(t *testing.T, here *site, kind store.EventKind) []store.Event {
	t.Helper()
	return awaitEventThat(t, here, kind, "by anybody", func(store.Event) bool { return true })
}

// awaitEventThat returns the events of a kind, when one of them is as wanted.
func awaitEventThat(t *testing.T, here *site, kind store.EventKind, wanted string, is func(store.Event) bool) (events []store.Event) {
	t.Helper()
	waitFor(t, "an event "+string(kind)+" "+wanted, func() bool {
		var err error
		if events, _, err = here.store.Events(t.Context(), store.EventFilter{Kind: kind}, store.Page{}); err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(events, is)
	})
	return events
}
