package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/store"
)

var client = store.Client{Address: "192.0.2.7", Browser: "Lynx/2.8"}

func startSession(t testing.TB, s *store.Store, operator store.Operator) (string, store.Session) {
	t.Helper()
	secret, session, err := s.StartSession(t.Context(), operator, client)
	if err != nil {
		t.Fatalf("StartSession: %v", err)
	}
	return secret, session
}

func TestSession(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, Now: newClock().Now})
		nurse := addOperator(t, s, "nurse")
		secret, started := startSession(t, s, nurse)
		want := store.Session{Operator: nurse, Client: client, Created: start, LastSeen: start}
		got := must[store.Session](t)(s.Session(t.Context(), secret))
		if diff := cmp.Diff(want, got, shown); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got.ID != started.ID || got.CSRF != started.CSRF {
			t.Error("id or CSRF secret is not the one it started with")
		}
		if len(started.CSRF) < 43 || len(secret) < 43 || started.CSRF == secret || started.ID == secret {
			t.Errorf("secrets are short or shared: %q, %q, %q", secret, started.CSRF, started.ID)
		}
	})
}

func TestSessionSecretIsNotStored(t *testing.T) {
	s := open(t, store.Options{URL: "sqlite::memory:"})
	secret, _ := startSession(t, s, addOperator(t, s, "nurse"))
	found, err := s.Exec(t.Context(), `UPDATE sessions SET browser = browser
		WHERE instr(id || hex(hash) || CAST(hash AS TEXT) || address || browser || csrf, $1) > 0`, secret)
	if err != nil || found > 0 {
		t.Errorf("%d rows hold the secret, error %v", found, err)
	}
}

func TestNoSession(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		_, session := startSession(t, s, addOperator(t, s, "nurse"))
		for _, secret := range []string{"", "x", session.ID, session.CSRF, "\x00\xff", strings.Repeat("a", 1<<20)} {
			if _, err := s.Session(t.Context(), secret); !errors.Is(err, store.ErrNoSession) {
				t.Errorf("secret %.50q: %v, want ErrNoSession", secret, err)
			}
		}
	})
}

func TestSessionExpiry(t *testing.T) {
	tests := []struct {
		name  string
		steps []time.Duration // the session is used after each
		alive bool            // after the last
	}{
		{"used in time", []time.Duration{59 * time.Minute}, true},
		{"idle", []time.Duration{time.Hour}, false},
		{"use prolongs", []time.Duration{50 * time.Minute, 50 * time.Minute, 50 * time.Minute}, true},
		{"idle after use", []time.Duration{50 * time.Minute, time.Hour}, false},
		{"use within the minute is not recorded", []time.Duration{30 * time.Second, 59*time.Minute + 30*time.Second}, false},
		{"too old however busy", []time.Duration{50 * time.Minute, 50 * time.Minute, 50 * time.Minute, 30 * time.Minute}, false},
	}
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now, SessionIdle: time.Hour, SessionLifetime: 3 * time.Hour})
		nurse := addOperator(t, s, "nurse")
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				secret, session := startSession(t, s, nurse)
				var err error
				for _, step := range tt.steps {
					c.advance(step)
					_, err = s.Session(t.Context(), secret)
				}
				if alive := !errors.Is(err, store.ErrNoSession); alive != tt.alive {
					t.Errorf("Session: %v", err)
				}
				listed := false
				for _, one := range must[[]store.Session](t)(s.Sessions(t.Context(), nurse)) {
					listed = listed || one.ID == session.ID
				}
				if listed != tt.alive {
					t.Errorf("listed: %t, want %t", listed, tt.alive)
				}
				if err := s.Purge(t.Context()); err != nil {
					t.Fatal(err)
				}
				err = s.EndSession(t.Context(), nurse, session.ID)
				if purged := errors.Is(err, store.ErrNoSession); purged == tt.alive {
					t.Errorf("EndSession after Purge: %v", err)
				}
			})
		}
	})
}

func TestLastSeenIsRecordedOnceAMinute(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		nurse := addOperator(t, s, "nurse")
		secret, _ := startSession(t, s, nurse)
		var got []time.Duration
		for range 5 {
			c.advance(25 * time.Second)
			must[store.Session](t)(s.Session(t.Context(), secret))
			got = append(got, must[[]store.Session](t)(s.Sessions(t.Context(), nurse))[0].LastSeen.Sub(start))
		}
		want := []time.Duration{0, 0, 75 * time.Second, 75 * time.Second, 75 * time.Second}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("last seen (-want +got):\n%s", diff)
		}
	})
}

func TestSessionOnAFullDisk(t *testing.T) {
	c := newClock()
	s := open(t, store.Options{URL: "sqlite::memory:", Now: c.Now})
	secret, _ := startSession(t, s, addOperator(t, s, "nurse"))
	tamper(t, s, `CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'full'); END`)
	c.advance(time.Hour)
	if _, err := s.Session(t.Context(), secret); err != nil {
		t.Errorf("Session: %v, want it to live on", err)
	}
}

func TestEndSession(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		nurse, romeo := addOperator(t, s, "nurse"), addOperator(t, s, "romeo")
		secret, session := startSession(t, s, nurse)
		if err := s.EndSession(t.Context(), romeo, session.ID); !errors.Is(err, store.ErrNoSession) {
			t.Errorf("by another operator: %v, want ErrNoSession", err)
		}
		if _, err := s.Session(t.Context(), secret); err != nil {
			t.Errorf("after that: %v", err)
		}
		if err := s.EndSession(t.Context(), nurse, session.ID); err != nil {
			t.Error(err)
		}
		if _, err := s.Session(t.Context(), secret); !errors.Is(err, store.ErrNoSession) {
			t.Errorf("ended session: %v, want ErrNoSession", err)
		}
		for _, id := range []string{session.ID, "", "\x00\xff"} {
			if err := s.EndSession(t.Context(), nurse, id); !errors.Is(err, store.ErrNoSession) {
				t.Errorf("ending %q: %v, want ErrNoSession", id, err)
			}
		}
	})
}

func TestEndOtherSessions(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		nurse, romeo := addOperator(t, s, "nurse"), addOperator(t, s, "romeo")
		ofRomeo, _ := startSession(t, s, romeo)
		kept, session := startSession(t, s, nurse)
		first, _ := startSession(t, s, nurse)
		second, _ := startSession(t, s, nurse)
		if ended := must[int64](t)(s.EndOtherSessions(t.Context(), session)); ended != 2 {
			t.Errorf("%d ended, want 2", ended)
		}
		for secret, want := range map[string]error{ofRomeo: nil, kept: nil, first: store.ErrNoSession, second: store.ErrNoSession} {
			if _, err := s.Session(t.Context(), secret); !errors.Is(err, want) {
				t.Errorf("error %v, want %v", err, want)
			}
		}
	})
}

func TestHostileClient(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		nurse := addOperator(t, s, "nurse")
		secret, _, err := s.StartSession(t.Context(), nurse, store.Client{
			Address: strings.Repeat("9", 1000), Browser: "\x00\xff" + strings.Repeat("ü", 1000),
		})
		if err != nil {
			t.Fatal(err)
		}
		want := store.Client{Address: strings.Repeat("9", 64), Browser: `\x00\xff` + strings.Repeat("ü", 248)}
		if diff := cmp.Diff(want, must[store.Session](t)(s.Session(t.Context(), secret)).Client); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestEndedContextKeepsMemory checks that a request that is broken off does
// not take the database in memory with it.
func TestEndedContextKeepsMemory(t *testing.T) {
	s := open(t, store.Options{URL: "sqlite::memory:"})
	addOperator(t, s, "nurse")
	for range 50 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Microsecond)
		for ctx.Err() == nil {
			_, _, _ = s.Attempts(ctx, store.Filter{}, store.Page{})
			_ = s.Purge(ctx)
		}
		cancel()
	}
	if got := must[[]store.Operator](t)(s.Operators(t.Context())); len(got) != 1 {
		t.Errorf("operators %v, want the one", got)
	}
}
