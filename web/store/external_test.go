package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
)

const issuer = "https://id.example.org"

// external is somebody who signed in at a provider, with the grants of a viewer.
func external(t testing.TB, subject string, names ...string) store.External {
	t.Helper()
	return store.External{Issuer: issuer, Subject: subject, Names: names, Grants: viewer(t)}
}

// The first who signs in at a provider becomes an operator, of whom no more is
// made than the provider says; the same account is the same operator from then on.
func TestSignInExternal(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		alice := must[store.Operator](t)(s.SignInExternal(t.Context(), external(t, "4711", "alice")))
		expectGrants(t, "the first operator of all", alice.Grants, viewer(t))
		if alice.Name != "alice" || alice.Issuer != issuer {
			t.Errorf("got %+v", alice)
		}
		again := must[store.Operator](t)(s.SignInExternal(t.Context(), external(t, "4711", "root", "alice")))
		if again.Name != "alice" || again.Proof() != alice.Proof() {
			t.Errorf("the same account under another name: got %+v, want alice", again)
		}
		elsewhere := external(t, "4711", "alice", "alice@example.net")
		elsewhere.Issuer = "https://id.example.net"
		if other := must[store.Operator](t)(s.SignInExternal(t.Context(), elsewhere)); other.Name != "alice@example.net" || other.Proof() == alice.Proof() {
			t.Errorf("the same subject of another provider: got %+v, want somebody else", other)
		}
		if got := events(t, s, store.EventFilter{Kind: store.OperatorAdded}); len(got) != 2 || !strings.Contains(got[0].Detail, "by the identity provider") {
			t.Errorf("got events %+v, want that two were added", got)
		}
	})
}

// However somebody calls themselves at a provider, they do not become who has that
// name here, and have no password.
func TestExternalNames(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		nurse := addOperator(t, s, "Nurse")
		tests := []struct {
			name  string
			names []string
			want  string // empty: refused
		}{
			{"of an operator with a password", []string{"Nurse", "a"}, "a"},
			{"in another case and width", []string{"ＮURSE", "b"}, "b"},
			{"that is none", []string{"", "two words", "new\nline", strings.Repeat("x", 65), "\xff", "c"}, "c"},
			{"of another account", []string{"a", "d"}, "d"},
			{"none left", []string{"nurse", "A"}, ""},
			{"none at all", nil, ""},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got, err := s.SignInExternal(t.Context(), external(t, "subject of "+tt.name, tt.names...))
				if tt.want == "" {
					if !errors.Is(err, store.ErrDuplicate) {
						t.Errorf("got %+v, error %v, want ErrDuplicate", got, err)
					}
					return
				}
				if err != nil || got.Name != tt.want {
					t.Fatalf("got %q, error %v, want %q", got.Name, err, tt.want)
				}
				for _, guess := range []string{"", password} {
					if _, err := s.Authenticate(t.Context(), got.Name, guess); !errors.Is(err, store.ErrWrongPassword) {
						t.Errorf("with password %q: %v, want ErrWrongPassword", guess, err)
					}
				}
				if err := s.SetPassword(t.Context(), got.Name, password); !errors.Is(err, store.ErrExternal) {
					t.Errorf("a password: %v, want ErrExternal", err)
				}
				if _, err := s.AddOperator(t.Context(), got.Name, password, viewer(t)); !errors.Is(err, store.ErrDuplicate) {
					t.Errorf("another of the name: %v, want ErrDuplicate", err)
				}
				_, err = s.ChangeGrants(t.Context(), got.Name, func(moderation.Grants) (moderation.Grants, error) { return moderation.Everything(), nil })
				if !errors.Is(err, store.ErrExternal) {
					t.Errorf("grants: %v, want ErrExternal", err)
				}
			})
		}
		same := must[store.Operator](t)(s.Authenticate(t.Context(), "nurse", password))
		if same.Proof() != nurse.Proof() || same.Issuer != "" {
			t.Errorf("the operator with a password is another: %+v", same)
		}
	})
}

// What the provider does not say any more is gone, with the sessions if nothing is
// left.
func TestExternalFollowsProvider(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		who := external(t, "4711", "alice")
		who.Grants = moderation.Grants{}
		if _, err := s.SignInExternal(t.Context(), who); !errors.Is(err, store.ErrNoGrants) {
			t.Errorf("without grants: %v, want ErrNoGrants", err)
		}
		if got := must[[]store.Operator](t)(s.Operators(t.Context())); len(got) > 0 {
			t.Errorf("got operators %v, want none", got)
		}
		who.Grants = moderation.Everything()
		alice := must[store.Operator](t)(s.SignInExternal(t.Context(), who))
		secret, _ := startSession(t, s, alice)
		who.Grants = viewer(t)
		must[store.Operator](t)(s.SignInExternal(t.Context(), who))
		expectGrants(t, "an open session", must[store.Session](t)(s.Session(t.Context(), secret)).Operator.Grants, viewer(t))
		who.Grants = moderation.Grants{}
		if _, err := s.SignInExternal(t.Context(), who); !errors.Is(err, store.ErrNoGrants) {
			t.Errorf("without grants: %v, want ErrNoGrants", err)
		}
		if _, err := s.Session(t.Context(), secret); !errors.Is(err, store.ErrNoSession) {
			t.Errorf("an open session: %v, want ErrNoSession", err)
		}
		expectGrants(t, "the operator", must[[]store.Operator](t)(s.Operators(t.Context()))[0].Grants, moderation.Grants{})
		if got := events(t, s, store.EventFilter{Kind: store.GrantsChanged}); len(got) != 2 {
			t.Errorf("got events %+v, want two", got)
		}
		addOperator(t, s, "root")
		if err := s.SetDisabled(t.Context(), "alice", true); err != nil {
			t.Fatal(err)
		}
		who.Grants = moderation.Everything()
		if _, err := s.SignInExternal(t.Context(), who); !errors.Is(err, store.ErrDisabled) {
			t.Errorf("disabled: %v, want ErrDisabled", err)
		}
	})
}

// Whoever needs a provider to sign in does not do as the last administrator; where
// nobody else can sign in, they do.
func TestLastAdministratorAndProviders(t *testing.T) {
	tests := []struct {
		name        string
		noPasswords bool
		password    bool // there is an administrator with a password
		remove      string
		want        error
	}{
		{"the last with a password", false, true, "nurse", store.ErrLastAdministrator},
		{"one of the provider, beside one with a password", false, true, "alice", nil},
		{"the last of the provider", false, false, "alice", store.ErrLastAdministrator},
		{"the last of the provider, beside one whose password does not do", true, true, "alice", store.ErrLastAdministrator},
		{"one whose password does not do", true, true, "nurse", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, store.Options{URL: "sqlite::memory:", NoPasswords: tt.noPasswords})
			if tt.password {
				addOperator(t, s, "nurse")
			}
			who := external(t, "4711", "alice")
			who.Grants = moderation.Everything()
			must[store.Operator](t)(s.SignInExternal(t.Context(), who))
			for what, err := range map[string]error{
				"disable": s.SetDisabled(t.Context(), tt.remove, true), "remove": s.RemoveOperator(t.Context(), tt.remove),
			} {
				if !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", what, err, tt.want)
				}
			}
		})
	}
}

// A session of a provider's operator ends at its time, everywhere.
func TestExternalSessionEnds(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		alice := must[store.Operator](t)(s.SignInExternal(t.Context(), external(t, "4711", "alice")))
		secret, session, err := s.StartExternalSession(t.Context(), alice, client, store.Ticket{Ends: start.Add(time.Hour), IDToken: "a.b.c"})
		if err != nil {
			t.Fatal(err)
		}
		_, long, err := s.StartExternalSession(t.Context(), alice, client, store.Ticket{IDToken: strings.Repeat("x", 5000)})
		if err != nil {
			t.Fatal(err)
		}
		for session, want := range map[string]string{session.ID: "a.b.c", long.ID: "", "x": ""} {
			if got := must[string](t)(s.IDToken(t.Context(), store.Session{ID: session})); got != want {
				t.Errorf("got ID token %q, want %q", got, want)
			}
		}
		c.advance(time.Hour - time.Second)
		must[store.Session](t)(s.Session(t.Context(), secret))
		c.advance(time.Second)
		if _, err := s.Session(t.Context(), secret); !errors.Is(err, store.ErrNoSession) {
			t.Errorf("at its end: %v, want ErrNoSession", err)
		}
		if got := must[[]store.Session](t)(s.Sessions(t.Context(), alice)); len(got) != 1 || got[0].ID != long.ID {
			t.Errorf("got sessions %v, want the other alone", got)
		}
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.EndSession(t.Context(), alice, session.ID); !errors.Is(err, store.ErrNoSession) {
			t.Errorf("after a purge: %v, want ErrNoSession", err)
		}
	})
}

func TestStateIsUsedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		steps := []struct {
			state string
			wait  time.Duration
			want  error
		}{{"a", 0, nil}, {"b", 0, nil}, {"a", time.Hour, store.ErrUsed}, {"b", time.Hour, store.ErrUsed}, {"a", 48 * time.Hour, nil}}
		for _, tt := range steps {
			c.advance(tt.wait)
			if err := s.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.UseState(t.Context(), tt.state); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.state, err, tt.want)
			}
		}
	})
}
