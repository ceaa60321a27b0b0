package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"muckick/web/store"
	"muckick/web/store/storetest"
)

func TestReplicasShareEverything(t *testing.T) {
	url := storetest.Postgres(t)
	a, b := open(t, store.Options{URL: url}), open(t, store.Options{URL: url})

	first := must[store.AttemptID](t)(a.Intend(t.Context(), intent()))
	second := must[store.AttemptID](t)(b.Intend(t.Context(), intent()))
	expectAttempts(t, a, second, first)
	expectAttempts(t, b, second, first)

	addOperator(t, a, "administrator") // the last one is not disabled
	nurse := addOperator(t, a, "nurse")
	secret, session := startSession(t, a, nurse)
	if got := must[store.Session](t)(b.Session(t.Context(), secret)); got.ID != session.ID {
		t.Errorf("session %s, want %s", got.ID, session.ID)
	}
	if err := b.SetDisabled(t.Context(), "nurse", true); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(t.Context(), secret); !errors.Is(err, store.ErrNoSession) {
		t.Errorf("Session after the other replica disabled the operator: %v", err)
	}

	token, _ := addToken(t, a, "ci")
	must[store.Token](t)(b.Token(t.Context(), token))
	if err := b.RevokeToken(t.Context(), "ci"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Token(t.Context(), token); !errors.Is(err, store.ErrNoToken) {
		t.Errorf("Token after the other replica revoked it: %v", err)
	}
}

// TestReplicasStartTogether opens an empty database several times at once, so
// that each wants to create the schema and the keys.
func TestReplicasStartTogether(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		keys := make([]store.CookieKeys, 4)
		var group errgroup.Group
		for i := range keys {
			group.Go(func() error {
				s, err := store.Open(t.Context(), store.Options{URL: url, Hashing: cheap}.Shared())
				if err != nil {
					return err
				}
				keys[i], err = s.CookieKeys(t.Context())
				return errors.Join(err, s.Close())
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		for _, other := range keys[1:] {
			if diff := cmp.Diff(keys[0], other); diff != "" {
				t.Errorf("keys differ:\n%s", diff)
			}
		}
	})
}

func TestCookieKeys(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		first := must[store.CookieKeys](t)(s.CookieKeys(t.Context()))
		if len(first.Hash) != 64 || len(first.Block) != 32 {
			t.Errorf("keys of %d and %d bytes, want 64 and 32", len(first.Hash), len(first.Block))
		}
		if diff := cmp.Diff(first, must[store.CookieKeys](t)(s.CookieKeys(t.Context()))); diff != "" {
			t.Errorf("second call differs:\n%s", diff)
		}
		tamper(t, s, `UPDATE keys SET value = $1 WHERE name = 'cookie-hash'`, []byte("short"))
		if _, err := s.CookieKeys(t.Context()); err == nil {
			t.Error("a short key was accepted")
		}
	})
	other := open(t, store.Options{URL: "sqlite::memory:"})
	another := open(t, store.Options{URL: "sqlite::memory:"})
	if cmp.Equal(must[store.CookieKeys](t)(other.CookieKeys(t.Context())), must[store.CookieKeys](t)(another.CookieKeys(t.Context()))) {
		t.Error("two databases have the same keys")
	}
}
