package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"muckick/web/moderation"
	"muckick/web/store"
)

const password = "good night Romeo"

// shown compares what is seen of operators, tokens and sessions from outside.
var shown = cmp.Options{
	cmpopts.IgnoreUnexported(store.Operator{}),
	cmpopts.IgnoreFields(store.Session{}, "ID", "CSRF"),
	cmpopts.IgnoreFields(store.Operator{}, "Grants"), // which have tests of their own
	cmpopts.IgnoreFields(store.Token{}, "ID", "Grants"),
}

func addOperator(t testing.TB, s *store.Store, name string) store.Operator {
	t.Helper()
	return must[store.Operator](t)(s.AddOperator(t.Context(), name, password, moderation.Everything()))
}

func TestOperatorNames(t *testing.T) {
	const characters, length = "letters, digits", "1 to 64"
	tests := []struct {
		name string
		rule string // empty: accepted
	}{
		{"nurse", ""},
		{"Nurse.Ratched-2@example.org", ""},
		{"ナース", ""},
		{"Åsa", ""},
		{strings.Repeat("a", 64), ""},
		{strings.Repeat("ü", 64), ""},
		{"", length},
		{strings.Repeat("a", 65), length},
		{"two words", characters},
		{"new\nline", characters},
		{"NUL\x00", characters},
		{"\xff", characters},
		{"zero\u200bwidth", characters},
		{"right\u202eleft", characters},
	}
	s := open(t, store.Options{URL: "sqlite::memory:"})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.AddOperator(t.Context(), tt.name, password, moderation.Everything())
			if tt.rule == "" {
				if err != nil {
					t.Errorf("error %v, want none", err)
				}
				return
			}
			var rule *store.RuleError
			if !errors.As(err, &rule) || !strings.Contains(rule.Error(), tt.rule) {
				t.Errorf("error %v, want a RuleError about %q", err, tt.rule)
			}
		})
	}
}

func TestPasswordRules(t *testing.T) {
	tests := []struct {
		name     string
		password string
		rule     string
	}{
		{"8 characters", "71629405", ""},
		{"8 characters of many bytes", strings.Repeat("🛏", 8), ""},
		{"1024 bytes", strings.Repeat("a", 1024), ""},
		{"any bytes", "\x00\xff\x00\xff\x00\xff\x00\xff", ""},
		{"empty", "", "at least 8"},
		{"7 characters", "1234567", "at least 8"},
		{"7 characters of many bytes", strings.Repeat("🛏", 7), "at least 8"},
		{"1025 bytes", strings.Repeat("a", 1025), "at most 1024"},
	}
	s := open(t, store.Options{URL: "sqlite::memory:"})
	addOperator(t, s, "nurse")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := s.SetPassword(t.Context(), "nurse", tt.password)
			var rule *store.RuleError
			switch {
			case tt.rule == "" && err != nil:
				t.Errorf("error %v, want none", err)
			case tt.rule != "" && (!errors.As(err, &rule) || !strings.Contains(rule.Error(), tt.rule)):
				t.Errorf("error %v, want a RuleError about %q", err, tt.rule)
			}
			_, err = s.Authenticate(t.Context(), "nurse", tt.password)
			if accepted := err == nil; accepted != (tt.rule == "") {
				t.Errorf("Authenticate: %v", err)
			}
		})
	}
}

func TestDuplicateOperators(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, Now: newClock().Now})
		addOperator(t, s, "Nurse")
		for _, name := range []string{"Nurse", "nurse", "NURSE", "Ｎurse"} {
			if _, err := s.AddOperator(t.Context(), name, password, moderation.Everything()); !errors.Is(err, store.ErrDuplicate) {
				t.Errorf("%s: error %v, want ErrDuplicate", name, err)
			}
		}
		addOperator(t, s, "alice")
		want := []store.Operator{{Name: "alice", Created: start}, {Name: "Nurse", Created: start}}
		got := must[[]store.Operator](t)(s.Operators(t.Context()))
		if diff := cmp.Diff(want, got, shown); diff != "" {
			t.Errorf("operators (-want +got):\n%s", diff)
		}
	})
}

func TestAuthenticate(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, Now: newClock().Now})
		addOperator(t, s, "Nurse")
		addOperator(t, s, "gone")
		if err := s.SetDisabled(t.Context(), "gone", true); err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			name, operator, password string
			err                      error
		}{
			{"right", "Nurse", password, nil},
			{"case of the name", "nUrSe", password, nil},
			{"wrong", "Nurse", password + "!", store.ErrWrongPassword},
			{"case of the password", "Nurse", strings.ToUpper(password), store.ErrWrongPassword},
			{"empty password", "Nurse", "", store.ErrWrongPassword},
			{"endless password", "Nurse", strings.Repeat(password, 1000), store.ErrWrongPassword},
			{"unknown", "nobody", password, store.ErrNoOperator},
			{"empty name", "", password, store.ErrNoOperator},
			{"hostile name", "\x00\xff'; --", password, store.ErrNoOperator},
			{"disabled", "gone", password, store.ErrDisabled},
			{"disabled, wrong", "gone", "wrong", store.ErrWrongPassword},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got, err := s.Authenticate(t.Context(), tt.operator, tt.password)
				if tt.err == nil {
					want := store.Operator{Name: "Nurse", Created: start}
					if diff := cmp.Diff(want, got, shown); diff != "" || err != nil {
						t.Errorf("error %v, operator (-want +got):\n%s", err, diff)
					}
					return
				}
				if !errors.Is(err, tt.err) || !errors.Is(err, store.ErrAuthentication) {
					t.Errorf("error %v, want ErrAuthentication and %v", err, tt.err)
				}
			})
		}
	})
}

// Whoever signs in under a name that does not exist waits for the same work as
// under one that does: for a place among the hashes, and for a hash of the same
// cost.
func TestUnknownOperatorCostsOneHash(t *testing.T) {
	s := open(t, store.Options{URL: "sqlite::memory:", Hashing: cheap})
	addOperator(t, s, "nurse")
	if got, want := store.HashCost(s.DummyHash()), store.HashCost(s.StoredHash(t, "nurse")); got != want {
		t.Errorf("got a hash of cost %q for unknown operators, want %q", got, want)
	}
	release := s.HoldHashing(t)
	defer release()
	for _, name := range []string{"nurse", "nobody", "no name", ""} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := s.Authenticate(ctx, name, "wrong")
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("name %q: got %v without waiting for a place among the hashes", name, err)
		}
	}
}

func TestOperatorChangesEndSessions(t *testing.T) {
	changes := map[string]func(t *testing.T, s *store.Store) error{
		"new password": func(t *testing.T, s *store.Store) error {
			return s.SetPassword(t.Context(), "NURSE", password)
		},
		"disabled": func(t *testing.T, s *store.Store) error {
			return s.SetDisabled(t.Context(), "NURSE", true)
		},
		"disabled and enabled": func(t *testing.T, s *store.Store) error {
			return errors.Join(s.SetDisabled(t.Context(), "NURSE", true), s.SetDisabled(t.Context(), "NURSE", false))
		},
		"removed": func(t *testing.T, s *store.Store) error {
			return s.RemoveOperator(t.Context(), "NURSE")
		},
		"removed and added": func(t *testing.T, s *store.Store) error {
			err := s.RemoveOperator(t.Context(), "NURSE")
			addOperator(t, s, "nurse")
			return err
		},
	}
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		addOperator(t, s, "other")
		for name, change := range changes {
			t.Run(name, func(t *testing.T) {
				nurse := addOperator(t, s, "nurse")
				other := must[store.Operator](t)(s.Authenticate(t.Context(), "other", password))
				secret, _ := startSession(t, s, nurse)
				kept, _ := startSession(t, s, other)
				if err := change(t, s); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Session(t.Context(), secret); !errors.Is(err, store.ErrNoSession) {
					t.Errorf("Session: %v, want ErrNoSession", err)
				}
				if _, err := s.Session(t.Context(), kept); err != nil {
					t.Errorf("another operator's session: %v", err)
				}
				if got := must[[]store.Session](t)(s.Sessions(t.Context(), nurse)); len(got) > 0 {
					t.Errorf("sessions still listed: %v", got)
				}
				// Whoever authenticated before the change starts nothing after it.
				_, _, err := s.StartSession(t.Context(), nurse, store.Client{})
				if !errors.Is(err, store.ErrNoOperator) {
					t.Errorf("StartSession: %v, want ErrNoOperator", err)
				}
				if err := s.RemoveOperator(t.Context(), "nurse"); err != nil && name != "removed" {
					t.Fatal(err)
				}
			})
		}
	})
}

func TestDisabledAndEnabledOperator(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, Now: newClock().Now})
		addOperator(t, s, "administrator") // the last one is not disabled
		addOperator(t, s, "nurse")
		for _, disabled := range []bool{true, true, false} {
			if err := s.SetDisabled(t.Context(), "nurse", disabled); err != nil {
				t.Fatal(err)
			}
			want := []store.Operator{{Name: "administrator", Created: start}, {Name: "nurse", Created: start, Disabled: disabled}}
			if diff := cmp.Diff(want, must[[]store.Operator](t)(s.Operators(t.Context())), shown); diff != "" {
				t.Errorf("operators (-want +got):\n%s", diff)
			}
			_, err := s.Authenticate(t.Context(), "nurse", password)
			if got := errors.Is(err, store.ErrDisabled); got != disabled {
				t.Errorf("Authenticate of disabled=%t: %v", disabled, err)
			}
		}
	})
}

func TestChangesOfNoOperator(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		for _, name := range []string{"nobody", "", "\x00\xff"} {
			for what, err := range map[string]error{
				"SetPassword":    s.SetPassword(t.Context(), name, password),
				"SetDisabled":    s.SetDisabled(t.Context(), name, true),
				"RemoveOperator": s.RemoveOperator(t.Context(), name),
			} {
				if !errors.Is(err, store.ErrNoOperator) {
					t.Errorf("%s of %q: %v, want ErrNoOperator", what, name, err)
				}
			}
		}
	})
}

func TestOneNameAddedByManyAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		added := make(chan struct{}, 20)
		var group errgroup.Group
		for range cap(added) {
			group.Go(func() error {
				_, err := s.AddOperator(t.Context(), "nurse", password, moderation.Everything())
				if errors.Is(err, store.ErrDuplicate) {
					return nil
				}
				added <- struct{}{}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		if len(added) != 1 {
			t.Errorf("added %d times", len(added))
		}
	})
}

// A password is hashed anew at sign-in when hashes cost something else than before,
// and no session ends.
func TestHashesFollowTheirCost(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		dear := cheap
		dear.Passes++
		before := open(t, store.Options{URL: url, Hashing: dear, Replica: "before"}.Shared())
		must[store.Operator](t)(before.AddOperator(t.Context(), "nurse", "good night Romeo", moderation.Everything()))
		operator := must[store.Operator](t)(before.Authenticate(t.Context(), "nurse", "good night Romeo"))
		secret, _, err := before.StartSession(t.Context(), operator, store.Client{})
		if err != nil {
			t.Fatal(err)
		}
		now := open(t, store.Options{URL: url, Hashing: cheap, Replica: "now"}.Shared())
		if _, err := now.Authenticate(t.Context(), "nurse", "good night Juliet"); !errors.Is(err, store.ErrWrongPassword) {
			t.Errorf("another password: %v", err)
		}
		if got, want := store.HashCost(now.StoredHash(t, "nurse")), store.HashCost(before.DummyHash()); got != want {
			t.Errorf("after a wrong password: cost %s, want %s", got, want)
		}
		for range 2 {
			must[store.Operator](t)(now.Authenticate(t.Context(), "nurse", "good night Romeo"))
			if got, want := store.HashCost(now.StoredHash(t, "nurse")), store.HashCost(now.DummyHash()); got != want {
				t.Errorf("after the right one: cost %s, want %s", got, want)
			}
		}
		if _, err := now.Session(t.Context(), secret); err != nil {
			t.Errorf("the session ended: %v", err)
		}
	})
}
