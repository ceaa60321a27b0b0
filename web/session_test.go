package web_test

import (
	"net/http"
	"net/url"
	"testing"
)

// A form of another site does nothing, whatever cookies come along.
func TestForgery(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	tests := []struct {
		name    string
		csrf    func() string
		headers []string
	}{
		{"no token", func() string { return "" }, nil},
		{"wrong token", func() string {
			token := b.csrf(t) // which is another on each page, and may begin with any character
			if token[0] == 'x' {
				return "y" + token[1:]
			}
			return "x" + token[1:]
		}, nil},
		{"cut token", func() string { return b.csrf(t)[:20] }, nil},
		{"another site", func() string { return b.csrf(t) }, []string{"Sec-Fetch-Site", "cross-site"}},
		{"a neighbour", func() string { return b.csrf(t) }, []string{"Sec-Fetch-Site", "same-site"}},
		{"old browser, another origin", func() string { return b.csrf(t) }, []string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}},
		{"opaque origin", func() string { return b.csrf(t) }, []string{"Sec-Fetch-Site", "", "Origin", "null"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/muc_kick", "/logout", "/account/sessions/end-others", "/account/password"} {
				form := url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {tt.csrf()}}
				if got := b.do(t, http.MethodPost, path, form, tt.headers...); got.status != http.StatusForbidden {
					t.Errorf("%s: got %d, want 403", path, got.status)
				}
			}
		})
	}
	if len(trail(t, here)) != 0 {
		t.Error("somebody was kicked")
	}
	if got := b.get(t, "/rooms"); got.status != 200 {
		t.Errorf("signed out: got %d", got.status)
	}
}

// A stolen cookie is useless after logout, a new password, and disabling; a
// changed one is a stranger's.
func TestStolenCookie(t *testing.T) {
	here := newEmbedded(t).site(t)
	tests := []struct {
		name string
		end  func(t *testing.T, b *browser)
	}{
		{"logout", func(t *testing.T, b *browser) {
			b.do(t, http.MethodPost, "/logout", url.Values{"csrf": {b.csrf(t)}})
		}},
		{"new password", func(t *testing.T, b *browser) {
			form := url.Values{"csrf": {b.csrf(t)}, "current": {operatorPassword}, "password": {operatorPassword}, "repeat": {operatorPassword}}
			if got := b.do(t, http.MethodPost, "/account/password", form); got.status != http.StatusSeeOther {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			if got := b.get(t, "/account"); got.status != 200 {
				t.Errorf("whoever changed the password was signed out: %d", got.status)
			}
		}},
		{"signed out elsewhere", func(t *testing.T, _ *browser) {
			other := signIn(t, here)
			other.do(t, http.MethodPost, "/account/sessions/end-others", url.Values{"csrf": {other.csrf(t)}})
		}},
		{"disabled", func(t *testing.T, _ *browser) {
			if err := here.store.SetDisabled(t.Context(), operatorName, true); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := signIn(t, here)
			address, err := url.Parse(here.url("/"))
			if err != nil {
				t.Fatal(err)
			}
			thief := newBrowser(t, here)
			thief.Jar.SetCookies(address, b.Jar.Cookies(address))
			if got := thief.get(t, "/rooms"); got.status != 200 {
				t.Fatalf("before: got %d, want 200", got.status)
			}
			tt.end(t, b)
			if got := thief.get(t, "/rooms"); got.status != http.StatusSeeOther {
				t.Errorf("after: got %d, want a way to the sign-in page", got.status)
			}
		})
	}
}

func TestChangedCookie(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	address, err := url.Parse(here.url("/"))
	if err != nil {
		t.Fatal(err)
	}
	cookie := b.Jar.Cookies(address)[0]
	for i := range cookie.Value {
		changed := []byte(cookie.Value)
		changed[i] ^= 1
		stranger := newBrowser(t, here)
		got := stranger.do(t, http.MethodGet, "/account", nil, "Cookie", cookie.Name+"="+string(changed))
		if got.status == 200 {
			t.Errorf("byte %d changed: still signed in", i)
		}
	}
}
