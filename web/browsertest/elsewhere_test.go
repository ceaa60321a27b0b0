package browsertest

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// A form on another site does nothing, even if it has a valid token and the
// browser sends the cookie along, as it does to another port of the same host.
func TestForeignForms(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := s.openRoom(t, desktop)
		token := eval[string](b, "document.querySelector('[name=csrf]').value")
		forms := []struct {
			name, path string
			fields     map[string]string
		}{
			{"kick", "/muc_kick", map[string]string{"muc": s.room, "nickname": "Bob", "reason": "", "csrf": token}},
			{"sign out", "/logout", map[string]string{"csrf": token}},
			{"end sessions", "/account/sessions/end-others", map[string]string{"csrf": token}},
			{"sign in", "/login", map[string]string{"username": operator, "password": password}},
		}
		evil := b.another(desktop)
		for _, host := range []string{"127.0.0.1", "localhost"} {
			for _, tt := range forms {
				t.Run(tt.name+" from "+host, func(t *testing.T) {
					evil.attach(t)
					site := newForeignSite(t, host, formTo(s.here.url+tt.path, tt.fields))
					evil.visit(site.url)
					evil.click(button("Win"))
					evil.await("location.origin === " + quote(s.here.url) + " && document.readyState === 'complete'")
					status := evil.status()
					if status != http.StatusUnauthorized && status != http.StatusForbidden {
						t.Errorf("got %d, want 401 or 403", status)
					}
				})
			}
		}
		if !s.bob.Ping(t, s.room) {
			t.Error("Bob was kicked")
		}
		b.open("/audit")
		b.await(css("#audit").shows("Nothing was done yet."))
	})
}

// Whoever the browser talks to besides muckick does not learn whom somebody
// looks at. Reasons are in no address at all.
func TestAddressesStay(t *testing.T) {
	t.Parallel()
	const reason = "a reason that nobody else should read"
	each(t, func(t *testing.T, s *scene) {
		elsewhere := newForeignSite(t, "localhost", "<h1>Elsewhere</h1>")
		b := s.openRoom(t, desktop)
		b.kick("Bob", reason)
		checkKicked(t, s.bob, s.room, reason)
		b.await(css("#results [data-outcome=done]").shows("Bob"))
		for _, path := range []string{"/audit?nick=Bob", "/account", escapedRoomPath(s.room)} {
			b.open(path)
			eval[bool](b, "location.href = "+quote(elsewhere.url)+", true")
			b.await(css("h1").shows("Elsewhere"))
		}
		if got := elsewhere.referrers(); len(got) > 0 {
			t.Errorf("another site was told %q", got)
		}
		for _, request := range b.requested() {
			address, err := url.QueryUnescape(request.URL)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(address, "data:") {
				continue // the browser's own icons
			}
			if !strings.HasPrefix(address, s.here.url+"/") && !strings.HasPrefix(address, elsewhere.url) {
				t.Errorf("a page asked for %s", address)
			}
			if strings.Contains(address, reason) {
				t.Errorf("the reason is in the address %s", address)
			}
		}
	})
}

// Every page has the policy whose violations every tab of these tests reports.
func TestPolicy(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		b := newTab(t, s.here.url, desktop)
		for _, path := range []string{"/login", "/rooms", escapedRoomPath(s.room), "/audit", "/account", "/nosuchpage"} {
			b.open(path)
			policy := eval[string](b, "fetch(location.href).then((page) => page.headers.get('Content-Security-Policy') ?? '')")
			if !strings.HasPrefix(policy, "default-src 'none';") || strings.ContainsAny(policy, "*") || strings.Contains(policy, "unsafe") {
				t.Errorf("the policy of %s is %q", path, policy)
			}
			if path == "/login" {
				b.signIn(operator, password)
				b.awaitPage("/rooms")
			}
		}
	})
}

// status returns the status of the last page.
func (b *tab) status() int64 {
	b.t.Helper()
	return eval[int64](b, "performance.getEntriesByType('navigation')[0].responseStatus")
}

// A foreignSite is a web server that is not muckick.
type foreignSite struct {
	url string

	mu       sync.Mutex
	referrer []string
}

func newForeignSite(t *testing.T, host, page string) *foreignSite {
	t.Helper()
	site := new(foreignSite)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site.mu.Lock()
		defer site.mu.Unlock()
		if r.Referer() != "" {
			site.referrer = append(site.referrer, r.Referer())
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!DOCTYPE html><link rel=icon href=data:,>", page)
	}))
	t.Cleanup(server.Close)
	site.url = strings.Replace(server.URL, "127.0.0.1", host, 1)
	return site
}

func (s *foreignSite) referrers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.referrer
}

// formTo is a page with a form for another site.
func formTo(action string, fields map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<form method="post" action="%s">`, html.EscapeString(action))
	for name, value := range fields {
		fmt.Fprintf(&b, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(value))
	}
	return b.String() + "<button>Win</button></form>"
}

// requested returns all requests so far.
func (b *tab) requested() []*network.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.requests
}
