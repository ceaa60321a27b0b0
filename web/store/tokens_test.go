package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
)

func addToken(t testing.TB, s *store.Store, name string) (string, store.Token) {
	t.Helper()
	secret, token, err := s.AddToken(t.Context(), store.NewToken{Name: name, CreatedBy: "nurse", Grants: moderation.KickEverywhere()})
	if err != nil {
		t.Fatalf("AddToken: %v", err)
	}
	return secret, token
}

func TestToken(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		secret, _ := addToken(t, s, "Spam filter")
		if !strings.HasPrefix(secret, "muckick_") || len(secret) != len("muckick_")+43 {
			t.Errorf("secret %q", secret)
		}
		want := store.Token{Name: "Spam filter", CreatedBy: "nurse", Created: start}
		got := must[store.Token](t)(s.Token(t.Context(), secret))
		if diff := cmp.Diff(want, got, shown); diff != "" {
			t.Errorf("first use (-want +got):\n%s", diff)
		}
		var used []time.Duration
		for range 4 {
			c.advance(25 * time.Second)
			must[store.Token](t)(s.Token(t.Context(), secret))
			used = append(used, must[[]store.Token](t)(s.Tokens(t.Context()))[0].LastUsed.Sub(start))
		}
		wantUsed := []time.Duration{0, 0, 75 * time.Second, 75 * time.Second}
		if diff := cmp.Diff(wantUsed, used); diff != "" {
			t.Errorf("last use (-want +got):\n%s", diff)
		}
	})
}

func TestRevokedToken(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		secret, _ := addToken(t, s, "ci")
		c.advance(time.Hour)
		if err := s.RevokeToken(t.Context(), "CI"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Token(t.Context(), secret); !errors.Is(err, store.ErrNoToken) {
			t.Errorf("Token: %v, want ErrNoToken", err)
		}
		if err := s.RevokeToken(t.Context(), "ci"); !errors.Is(err, store.ErrNoToken) {
			t.Errorf("RevokeToken again: %v, want ErrNoToken", err)
		}
		// The name is free again, and the revoked token stays known.
		renewed, _ := addToken(t, s, "ci")
		if _, err := s.Token(t.Context(), renewed); err != nil {
			t.Errorf("new token: %v", err)
		}
		want := []store.Token{
			{Name: "ci", CreatedBy: "nurse", Created: start.Add(time.Hour), LastUsed: start.Add(time.Hour)},
			{Name: "ci", CreatedBy: "nurse", Created: start, Revoked: start.Add(time.Hour)},
		}
		if diff := cmp.Diff(want, must[[]store.Token](t)(s.Tokens(t.Context())), shown); diff != "" {
			t.Errorf("tokens (-want +got):\n%s", diff)
		}
	})
}

func TestNoToken(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		secret, token := addToken(t, s, "ci")
		for _, wrong := range []string{
			"", "muckick_", token.ID, strings.TrimPrefix(secret, "muckick_"), strings.ToLower(secret) + "x",
			secret + "\x00", " " + secret, "\x00\xff", strings.Repeat("a", 1<<20),
		} {
			if _, err := s.Token(t.Context(), wrong); !errors.Is(err, store.ErrNoToken) {
				t.Errorf("secret %.50q: %v, want ErrNoToken", wrong, err)
			}
		}
		for _, name := range []string{"", "nobody", "\x00\xff"} {
			if err := s.RevokeToken(t.Context(), name); !errors.Is(err, store.ErrNoToken) {
				t.Errorf("RevokeToken of %q: %v, want ErrNoToken", name, err)
			}
		}
	})
}

func TestTokenNames(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		addToken(t, s, "Spam filter")
		for _, name := range []string{"Spam filter", "spam  FILTER ", "Ｓpam filter"} {
			if _, _, err := s.AddToken(t.Context(), store.NewToken{Name: name, CreatedBy: "nurse", Grants: moderation.KickEverywhere()}); !errors.Is(err, store.ErrDuplicate) {
				t.Errorf("%q: %v, want ErrDuplicate", name, err)
			}
		}
		for _, name := range []string{"", "   ", strings.Repeat("a", 65), "a\x00b", "\xff", "line\nbreak"} {
			var rule *store.RuleError
			if _, _, err := s.AddToken(t.Context(), store.NewToken{Name: name, CreatedBy: "nurse", Grants: moderation.KickEverywhere()}); !errors.As(err, &rule) {
				t.Errorf("%q: %v, want a RuleError", name, err)
			}
		}
	})
}
