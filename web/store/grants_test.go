package store_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/web/moderation"
	"muckick/web/store"
)

// viewer returns the grants of a viewer in one room.
func viewer(t testing.TB) moderation.Grants {
	t.Helper()
	scope := must[moderation.Scope](t)(moderation.ParseScope("snuggery@chat.example.org"))
	return must[moderation.Grants](t)(moderation.Grants{}.Add([]moderation.Capability{moderation.See}, scope))
}

func expectGrants(t testing.TB, what string, got, want moderation.Grants) {
	t.Helper()
	if !got.Equal(want) {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

// Grants are the same wherever an operator or a token is read.
func TestGrantsAreKept(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		first := must[store.Operator](t)(s.AddOperator(t.Context(), "first", password, viewer(t)))
		expectGrants(t, "the first operator", first.Grants, moderation.Everything())
		second := must[store.Operator](t)(s.AddOperator(t.Context(), "second", password, viewer(t)))
		expectGrants(t, "the second operator", second.Grants, viewer(t))
		signedIn := must[store.Operator](t)(s.Authenticate(t.Context(), "second", password))
		expectGrants(t, "signing in", signedIn.Grants, viewer(t))
		secret, _ := startSession(t, s, signedIn)
		expectGrants(t, "the session", must[store.Session](t)(s.Session(t.Context(), secret)).Operator.Grants, viewer(t))

		token, _, err := s.AddToken(t.Context(), store.NewToken{Name: "ci", Grants: viewer(t)})
		if err != nil {
			t.Fatal(err)
		}
		expectGrants(t, "the token", must[store.Token](t)(s.Token(t.Context(), token)).Grants, viewer(t))

		changed := must[store.Operator](t)(s.ChangeGrants(t.Context(), "Second", func(g moderation.Grants) (moderation.Grants, error) {
			expectGrants(t, "before", g, viewer(t))
			return moderation.KickEverywhere(), nil
		}))
		expectGrants(t, "changed", changed.Grants, moderation.KickEverywhere())
		expectGrants(t, "the session afterwards", must[store.Session](t)(s.Session(t.Context(), secret)).Operator.Grants, moderation.KickEverywhere())
	})
}

// One who can administer is left, however many lose it at the same time.
func TestLastAdministrator(t *testing.T) {
	nothing := func(moderation.Grants) (moderation.Grants, error) { return moderation.Grants{}, nil }
	losses := map[string]func(*testing.T, *store.Store, string) error{
		"revoked": func(t *testing.T, s *store.Store, name string) error {
			_, err := s.ChangeGrants(t.Context(), name, nothing)
			return err
		},
		"disabled": func(t *testing.T, s *store.Store, name string) error { return s.SetDisabled(t.Context(), name, true) },
		"removed":  func(t *testing.T, s *store.Store, name string) error { return s.RemoveOperator(t.Context(), name) },
	}
	for how, lose := range losses {
		t.Run(how, func(t *testing.T) {
			onEach(t, func(t *testing.T, url string) {
				s := open(t, store.Options{URL: url})
				names := []string{"alice", "bob", "carol"}
				for _, name := range names {
					addOperator(t, s, name)
				}
				refused := make([]bool, len(names))
				var group errgroup.Group
				for i, name := range names {
					group.Go(func() error {
						err := lose(t, s, name)
						refused[i] = errors.Is(err, store.ErrLastAdministrator)
						if refused[i] {
							return nil
						}
						return err
					})
				}
				if err := group.Wait(); err != nil {
					t.Fatal(err)
				}
				left := 0
				for _, o := range must[[]store.Operator](t)(s.Operators(t.Context())) {
					if !o.Disabled && o.Grants.MayEverywhere(moderation.Administer) {
						left++
					}
				}
				count := 0
				for _, r := range refused {
					if r {
						count++
					}
				}
				if left != 1 || count != 1 {
					t.Errorf("got %d administrators and %d refusals, want one of each", left, count)
				}
			})
		})
	}
}

// A token ends with its time, and its name is free then.
func TestTokenExpires(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		wanted := store.NewToken{Name: "ci", Grants: moderation.KickEverywhere(), Expires: start.Add(time.Hour)}
		secret, token, err := s.AddToken(t.Context(), wanted)
		if err != nil {
			t.Fatal(err)
		}
		if !token.Expires.Equal(wanted.Expires) {
			t.Errorf("it expires %v, want %v", token.Expires, wanted.Expires)
		}
		c.advance(time.Hour - time.Microsecond)
		must[store.Token](t)(s.Token(t.Context(), secret))
		if _, _, err := s.AddToken(t.Context(), wanted); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("another of the name before the end: %v, want ErrDuplicate", err)
		}
		c.advance(time.Microsecond)
		if _, err := s.Token(t.Context(), secret); !errors.Is(err, store.ErrNoToken) {
			t.Errorf("at the end: %v, want ErrNoToken", err)
		}
		wanted.Expires = time.Time{}
		if _, _, err := s.AddToken(t.Context(), wanted); err != nil {
			t.Errorf("another of the name after the end: %v", err)
		}
	})
}

// A search finds nothing outside of its scopes.
func TestAttemptsWithin(t *testing.T) {
	rooms := []string{"snuggery@chat.example.org", "garden@chat.example.org", "snuggery@chat.example.net", "a_b@chat.example.org", "snuggery@xchat.example.org"}
	tests := []struct {
		name   string
		within []string
		want   []string
	}{
		{"everywhere", []string{"*"}, rooms},
		{"nowhere", []string{}, nil},
		{"a service", []string{"chat.example.org"}, []string{rooms[0], rooms[1], rooms[3]}},
		{"a room", []string{rooms[2]}, []string{rooms[2]}},
		{"both", []string{rooms[2], "chat.example.org"}, []string{rooms[0], rooms[1], rooms[2], rooms[3]}},
		{"no pattern", []string{"%@chat.example.org", "a_b@chat.example.org", "c%t.example.org"}, []string{rooms[3]}},
	}
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		for _, room := range rooms {
			i := intent()
			i.Room = room
			must[store.AttemptID](t)(s.Intend(t.Context(), i))
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				filter := store.Filter{Within: []moderation.Scope{}}
				for _, text := range tt.within {
					scope, err := moderation.ParseScope(text)
					if err != nil {
						continue // what is no scope grants nothing either
					}
					filter.Within = append(filter.Within, scope)
				}
				attempts, _, err := s.Attempts(t.Context(), filter, store.Page{})
				if err != nil {
					t.Fatal(err)
				}
				got := make(map[string]bool)
				for _, attempt := range attempts {
					got[attempt.Room] = true
				}
				for _, room := range rooms {
					want := false
					for _, wanted := range tt.want {
						want = want || wanted == room
					}
					if got[room] != want {
						t.Errorf("%s: found %v, want %v", room, got[room], want)
					}
				}
			})
		}
	})
}
