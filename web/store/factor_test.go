package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"
	"golang.org/x/sync/errgroup"

	"muckick/web/store"
)

// codeAt returns what an authenticator app shows at that time.
func codeAt(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	return must[string](t)(totp.GenerateCode(secret, at))
}

// addFactor gives an operator a second factor, and returns them with its secret
// and the recovery codes. The code of now is used up then.
func addFactor(t testing.TB, s *store.Store, c *clock, operator store.Operator) (_ store.Operator, secret string, recovery []string) {
	t.Helper()
	_, session := startSession(t, s, operator)
	if err := s.BeginFactor(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	secret = must[string](t)(s.FactorSecret(t.Context(), session))
	operator, recovery, err := s.ConfirmFactor(t.Context(), session, codeAt(t, secret, c.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return operator, secret, recovery
}

// A second factor counts once a code has shown that its operator has it, and ends
// what was signed in without it.
func TestFactorIsConfirmed(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		nurse := addOperator(t, s, "nurse")
		kept, session := startSession(t, s, nurse)
		_, other := startSession(t, s, nurse)
		if _, err := s.FactorSecret(t.Context(), session); !errors.Is(err, store.ErrNoFactor) {
			t.Errorf("before: %v, want ErrNoFactor", err)
		}
		if err := s.BeginFactor(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		first := must[string](t)(s.FactorSecret(t.Context(), session))
		if err := s.BeginFactor(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		secret := must[string](t)(s.FactorSecret(t.Context(), session))
		if secret == first || len(secret) < 32 {
			t.Errorf("secrets %q and %q are short or the same", first, secret)
		}
		if _, err := s.FactorSecret(t.Context(), other); !errors.Is(err, store.ErrNoFactor) {
			t.Errorf("in another session: %v, want ErrNoFactor", err)
		}
		if signedIn := must[store.Operator](t)(s.Authenticate(t.Context(), "nurse", password)); signedIn.SecondFactor {
			t.Error("it counts before it was confirmed")
		}
		for _, code := range []string{"", "123", codeAt(t, first, c.Now()), codeAt(t, secret, c.Now().Add(-time.Hour))} {
			if _, _, err := s.ConfirmFactor(t.Context(), session, code); !errors.Is(err, store.ErrWrongCode) {
				t.Errorf("code %q: %v, want ErrWrongCode", code, err)
			}
		}
		if _, _, err := s.ConfirmFactor(t.Context(), other, codeAt(t, secret, c.Now())); !errors.Is(err, store.ErrNoFactor) {
			t.Errorf("in another session: %v, want ErrNoFactor", err)
		}
		operator, recovery, err := s.ConfirmFactor(t.Context(), session, codeAt(t, secret, c.Now()))
		if err != nil || len(recovery) != 10 {
			t.Fatalf("got %q, error %v, want ten recovery codes", recovery, err)
		}
		if _, err := s.Session(t.Context(), kept); !errors.Is(err, store.ErrNoSession) {
			t.Errorf("a session from before: %v, want ErrNoSession", err)
		}
		if _, _, err := s.StartSession(t.Context(), operator, client); err != nil {
			t.Errorf("a session from then on: %v", err)
		}
		if signedIn := must[store.Operator](t)(s.Authenticate(t.Context(), "nurse", password)); !signedIn.SecondFactor {
			t.Error("it does not count")
		}
		want := store.Factor{Confirmed: start, Recovery: 10}
		if diff := cmp.Diff(want, must[store.Factor](t)(s.Factor(t.Context(), operator))); diff != "" {
			t.Errorf("factor (-want +got):\n%s", diff)
		}
		_, session = startSession(t, s, operator)
		if err := s.BeginFactor(t.Context(), session); !errors.Is(err, store.ErrFactorExists) {
			t.Errorf("a second one: %v, want ErrFactorExists", err)
		}
	})
}

func TestFactorWaitsAnHour(t *testing.T) {
	c := newClock()
	s := open(t, store.Options{URL: "sqlite::memory:", Now: c.Now})
	_, session := startSession(t, s, addOperator(t, s, "nurse"))
	if err := s.BeginFactor(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	secret := must[string](t)(s.FactorSecret(t.Context(), session))
	c.advance(time.Hour)
	if _, err := s.FactorSecret(t.Context(), session); !errors.Is(err, store.ErrNoFactor) {
		t.Errorf("its secret: %v, want ErrNoFactor", err)
	}
	if _, _, err := s.ConfirmFactor(t.Context(), session, codeAt(t, secret, c.Now())); !errors.Is(err, store.ErrNoFactor) {
		t.Errorf("confirmed: %v, want ErrNoFactor", err)
	}
}

// A code counts in its own half minute and in those beside it, once.
func TestFactorCodes(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		nurse, secret, recovery := addFactor(t, s, c, addOperator(t, s, "nurse"))
		stranger, _, foreign := addFactor(t, s, c, addOperator(t, s, "stranger"))
		none := addOperator(t, s, "none")
		now := func(after time.Duration) string { return codeAt(t, secret, c.Now().Add(after)) }
		steps := []struct {
			name     string
			wait     time.Duration
			operator store.Operator
			code     func() string
			right    bool
		}{
			{"the one that confirmed it", 0, nurse, func() string { return now(0) }, false},
			{"the next", 0, nurse, func() string { return now(30 * time.Second) }, true},
			{"again", 0, nurse, func() string { return now(30 * time.Second) }, false},
			{"again in its own time", 30 * time.Second, nurse, func() string { return now(0) }, false},
			{"the one before, never used, but older than one that was", 0, nurse, func() string { return now(-30 * time.Second) }, false},
			{"a late one", 2 * time.Minute, nurse, func() string { return now(-30 * time.Second) }, true},
			{"as people write it", 0, nurse, func() string { code := now(0); return " " + code[:3] + " " + code[3:] + " " }, true},
			{"too late", 5 * time.Minute, nurse, func() string { return now(-time.Minute) }, false},
			{"too early", 0, nurse, func() string { return now(time.Minute) }, false},
			{"somebody else's", 0, stranger, func() string { return now(0) }, false},
			{"without a factor", 0, none, func() string { return now(0) }, false},
			{"no code", 0, nurse, func() string { return "" }, false},
			{"hostile", 0, nurse, func() string { return "\x00\xff'; --" }, false},
			{"endless", 0, nurse, func() string { return strings.Repeat("1", 1<<20) }, false},
			{"recovery code", 0, nurse, func() string { return recovery[3] }, true},
			{"again", 0, nurse, func() string { return recovery[3] }, false},
			{"as people write it", 0, nurse, func() string { return strings.ToUpper(strings.ReplaceAll(recovery[4], "-", " ")) }, true},
			{"somebody else's", 0, nurse, func() string { return foreign[0] }, false},
			{"without a factor", 0, none, func() string { return recovery[0] }, false},
		}
		for _, tt := range steps {
			c.advance(tt.wait)
			err := s.CheckFactor(t.Context(), tt.operator, tt.code())
			if (err == nil) != tt.right || err != nil && !errors.Is(err, store.ErrWrongCode) {
				t.Errorf("%s: %v, want right %v", tt.name, err, tt.right)
			}
		}
		if got := must[store.Factor](t)(s.Factor(t.Context(), nurse)).Recovery; got != 8 {
			t.Errorf("got %d recovery codes left, want 8", got)
		}
		got := make(map[string]string) // by detail, whose
		for _, event := range events(t, s, store.EventFilter{Kind: store.RecoveryCodeUsed}) {
			got[event.Detail] = event.Subject
		}
		if diff := cmp.Diff(map[string]string{"left: 9": "nurse", "left: 8": "nurse"}, got); diff != "" {
			t.Errorf("recovery codes on the trail (-want +got):\n%s", diff)
		}
	})
}

// Of many who come with the same code at once, one has it.
func TestCodeIsUsedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		nurse, secret, recovery := addFactor(t, s, c, addOperator(t, s, "nurse"))
		c.advance(time.Minute)
		for _, code := range []string{codeAt(t, secret, c.Now()), recovery[0]} {
			right := make(chan struct{}, 20)
			var group errgroup.Group
			for range cap(right) {
				group.Go(func() error {
					err := s.CheckFactor(t.Context(), nurse, code)
					if errors.Is(err, store.ErrWrongCode) {
						return nil
					}
					right <- struct{}{}
					return err
				})
			}
			if err := group.Wait(); err != nil {
				t.Error(err)
			}
			if len(right) != 1 {
				t.Errorf("it was right %d times", len(right))
			}
		}
	})
}

// What changes a second factor ends all sessions and is on the trail; recovery
// codes and the factor of before are good for nothing then.
func TestFactorChanges(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, s *store.Store, nurse store.Operator) error
		event  store.EventKind
		left   bool // a second factor
	}{
		{"renewed", func(t *testing.T, s *store.Store, nurse store.Operator) error {
			_, codes, err := s.RenewRecovery(t.Context(), nurse)
			if err == nil && len(codes) != 10 {
				t.Errorf("got %q, want ten codes", codes)
			}
			return err
		}, store.RecoveryCodesRenewed, true},
		{"removed", func(t *testing.T, s *store.Store, nurse store.Operator) error {
			_, err := s.RemoveFactor(t.Context(), nurse)
			return err
		}, store.FactorRemoved, false},
		{"reset", func(t *testing.T, s *store.Store, _ store.Operator) error { return s.ResetFactor(t.Context(), "NURSE") },
			store.FactorReset, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onEach(t, func(t *testing.T, url string) {
				c := newClock()
				s := open(t, store.Options{URL: url, Now: c.Now})
				nurse := addOperator(t, s, "nurse")
				if err := tt.change(t, s, nurse); !errors.Is(err, store.ErrNoFactor) {
					t.Errorf("without a factor: %v, want ErrNoFactor", err)
				}
				nurse, secret, recovery := addFactor(t, s, c, nurse)
				c.advance(time.Minute)
				kept, _ := startSession(t, s, nurse)
				proof := nurse.Proof()
				must[store.Operator](t)(s.Proven(t.Context(), proof))
				if err := tt.change(t, s, nurse); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Session(t.Context(), kept); !errors.Is(err, store.ErrNoSession) {
					t.Errorf("Session: %v, want ErrNoSession", err)
				}
				if _, err := s.Proven(t.Context(), proof); !errors.Is(err, store.ErrNoOperator) {
					t.Errorf("Proven: %v, want ErrNoOperator", err)
				}
				if err := s.CheckFactor(t.Context(), nurse, recovery[0]); !errors.Is(err, store.ErrWrongCode) {
					t.Errorf("a recovery code of before: %v, want ErrWrongCode", err)
				}
				err := s.CheckFactor(t.Context(), nurse, codeAt(t, secret, c.Now()))
				if (err == nil) != tt.left {
					t.Errorf("a code: %v, want right %v", err, tt.left)
				}
				if got := events(t, s, store.EventFilter{Kind: tt.event}); len(got) != 1 || got[0].Subject != "nurse" {
					t.Errorf("got events %+v, want one", got)
				}
			})
		})
	}
}

// Whoever is removed takes the second factor along, and a new one of that name
// has none.
func TestFactorOfRemovedOperator(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		addOperator(t, s, "other")
		addFactor(t, s, c, addOperator(t, s, "nurse"))
		if err := s.RemoveOperator(t.Context(), "nurse"); err != nil {
			t.Fatal(err)
		}
		if again := addOperator(t, s, "nurse"); again.SecondFactor {
			t.Error("the new one has a second factor")
		}
		if signedIn := must[store.Operator](t)(s.Authenticate(t.Context(), "nurse", password)); signedIn.SecondFactor {
			t.Error("the new one is asked for a code")
		}
	})
}

func TestNotProven(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		addOperator(t, s, "other")
		nurse := addOperator(t, s, "nurse")
		for _, proof := range []string{"", ".", "x.1", "\x00\xff", nurse.Proof() + "0", strings.TrimSuffix(nurse.Proof(), ".1")} {
			if _, err := s.Proven(t.Context(), proof); !errors.Is(err, store.ErrNoOperator) {
				t.Errorf("proof %q: %v, want ErrNoOperator", proof, err)
			}
		}
		if err := s.SetDisabled(t.Context(), "nurse", true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Proven(t.Context(), nurse.Proof()); !errors.Is(err, store.ErrNoOperator) {
			t.Errorf("disabled: %v, want ErrNoOperator", err)
		}
	})
}

// Neither recovery codes nor what they are made of are kept.
func TestRecoveryCodesAreNotStored(t *testing.T) {
	c := newClock()
	s := open(t, store.Options{URL: "sqlite::memory:", Now: c.Now})
	_, _, recovery := addFactor(t, s, c, addOperator(t, s, "nurse"))
	for _, code := range []string{recovery[0], strings.ReplaceAll(recovery[0], "-", "")} {
		found, err := s.Exec(t.Context(), `UPDATE recovery_codes SET used = used WHERE instr(CAST(hash AS TEXT), $1) > 0`, code)
		if err != nil || found > 0 {
			t.Errorf("%d rows hold the code, error %v", found, err)
		}
	}
}
