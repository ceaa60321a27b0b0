package web

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"muckick/web/store"
)

func TestGuesses(t *testing.T) {
	now := time.Unix(1000, 0)
	g := newGuesses(time.Second, 3, func() time.Time { return now })
	for range 3 {
		if wait := g.spend("192.0.2.1"); wait != 0 {
			t.Fatalf("got %v to wait, want none", wait)
		}
	}
	if wait := g.spend("192.0.2.1"); wait <= 0 || wait > time.Second {
		t.Errorf("got %v to wait, want up to a second", wait)
	}
	if wait := g.spend("192.0.2.2"); wait != 0 {
		t.Errorf("another address: got %v to wait, want none", wait)
	}
	for i := range 4 {
		g.spend(fmt.Sprintf("2001:db8::%d", i))
	}
	if !g.spent("2001:db8::ffff") {
		t.Error("addresses of one network of IPv6 count each on their own")
	}
	now = now.Add(time.Second)
	if wait := g.spend("192.0.2.1"); wait != 0 {
		t.Errorf("later: got %v to wait, want none", wait)
	}
}

func TestGuessesAreBounded(t *testing.T) {
	now := time.Unix(1000, 0)
	g := newGuesses(time.Second, 1, func() time.Time { return now })
	for i := range 3 * maxGuessers {
		g.spend(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
		if len(g.by) > maxGuessers {
			t.Fatalf("got %d addresses, want %d at most", len(g.by), maxGuessers)
		}
	}
}

// countedTokens is a store with one token that counts who asks.
type countedTokens struct {
	secret string
	asked  int
}

func (c *countedTokens) Token(_ context.Context, secret string) (store.Token, error) {
	c.asked++
	if secret != c.secret {
		return store.Token{}, store.ErrNoToken
	}
	return store.Token{Name: "bot"}, nil
}

func TestAPIAuth(t *testing.T) {
	const right = store.TokenPrefix + "right"
	tests := []struct {
		name, header string
		want         error
		asked        int
	}{
		{"header", "Basic right", nil, 0},
		{"token", "Bearer " + right, nil, 1},
		{"small letters", "bearer " + right, nil, 1},
		{"capitals", "BEARER " + right, nil, 1},
		{"two spaces", "Bearer  " + right, nil, 1},
		{"wrong token", "Bearer " + right + "x", errUnauthorized, 1},
		{"not one of ours", "Bearer eyJhbGciOi", errUnauthorized, 0},
		{"another scheme", "Token " + right, errUnauthorized, 0},
		{"no scheme", right, errUnauthorized, 0},
		{"nothing", "", errUnauthorized, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := &countedTokens{secret: right}
			a := newAPIAuth("Basic right", db, time.Now)
			if _, err := a.principal(t.Context(), tt.header, "192.0.2.1"); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if db.asked != tt.asked {
				t.Errorf("got %d queries, want %d", db.asked, tt.asked)
			}
		})
	}
}

// Whoever guesses is held up before the store is asked, and nobody else is.
func TestAPIAuthFlood(t *testing.T) {
	const right = "Bearer " + store.TokenPrefix + "right"
	now := time.Unix(1000, 0)
	db := &countedTokens{secret: store.TokenPrefix + "right"}
	a := newAPIAuth("Basic right", db, func() time.Time { return now })
	if _, err := a.principal(t.Context(), right, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 10 * guessBurst {
		_, err = a.principal(t.Context(), right+"x", "192.0.2.1")
	}
	if !errors.Is(err, errTooManyGuesses) {
		t.Errorf("got %v, want errTooManyGuesses", err)
	}
	if got, want := db.asked, guessBurst+1; got != want {
		t.Errorf("got %d queries, want %d", got, want)
	}
	for name, header := range map[string]string{"header": "Basic right", "token that was right before": right} {
		if _, err := a.principal(t.Context(), header, "192.0.2.1"); err != nil {
			t.Errorf("%s: got %v, want none", name, err)
		}
	}
	if _, err := a.principal(t.Context(), right, "192.0.2.2"); err != nil {
		t.Errorf("from elsewhere: got %v, want none", err)
	}
}
