package store_test

import (
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// What Postgres undoes because of another transaction is done again, unless that
// goes on for ever.
func TestConflicts(t *testing.T) {
	s := open(t, store.Options{URL: storetest.Postgres(t)})
	tamper(t, s, `CREATE SEQUENCE tries`)
	tamper(t, s, `CREATE TABLE ends_at (try INTEGER)`)
	tamper(t, s, `INSERT INTO ends_at VALUES (0)`)
	tamper(t, s, `CREATE FUNCTION conflict() RETURNS trigger AS $$
		BEGIN
			IF nextval('tries') < (SELECT try FROM ends_at) THEN -- which no rollback takes back
				RAISE EXCEPTION 'conflict' USING ERRCODE = 'serialization_failure';
			END IF;
			RETURN NEW;
		END $$ LANGUAGE plpgsql`)
	for _, table := range []string{"operators", "recent_attempts"} {
		tamper(t, s, `CREATE TRIGGER conflict BEFORE INSERT OR UPDATE ON `+table+` FOR EACH ROW EXECUTE FUNCTION conflict()`)
	}
	tests := []struct {
		name   string
		endsAt int
		fails  bool
	}{
		{"nurse", 0, false},
		{"romeo", 3, false},
		{"juliet", 1000, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tamper(t, s, `SELECT setval('tries', 1)`)
			tamper(t, s, `UPDATE ends_at SET try = $1`, tt.endsAt)
			_, err := s.AddOperator(t.Context(), tt.name, "good night Romeo", moderation.Everything())
			if got := err != nil; got != tt.fails {
				t.Errorf("got %v, want a failure: %v", err, tt.fails)
			}
			tamper(t, s, `SELECT setval('tries', 1)`)
			id, err := s.Intend(t.Context(), intent())
			if got := err != nil; got != tt.fails {
				t.Errorf("an intent: got %v, want a failure: %v", err, tt.fails)
			}
			if err != nil {
				return
			}
			tamper(t, s, `SELECT setval('tries', 1)`)
			if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
				t.Errorf("a conclusion: %v", err)
			}
		})
	}
}

// A replica whose clock is wrong neither forgets what others need nor lets guesses
// pass that others count.
func TestReplicaWithWrongClock(t *testing.T) {
	url := storetest.Postgres(t)
	right := open(t, store.Options{URL: url, Logins: limits, KeepAudit: time.Hour})
	for range limits.PerPair {
		must[time.Duration](t)(right.AdmitLogin(t.Context(), "nurse", "192.0.2.1"))
	}
	must[store.Operator](t)(right.AddOperator(t.Context(), "nurse", "good night Romeo", moderation.Everything()))
	operator := must[store.Operator](t)(right.Authenticate(t.Context(), "nurse", "good night Romeo"))
	secret, _, err := right.StartSession(t.Context(), operator, store.Client{})
	if err != nil {
		t.Fatal(err)
	}
	id := must[store.AttemptID](t)(right.Intend(t.Context(), intent()))
	if err := right.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
		t.Fatal(err)
	}
	for name, off := range map[string]time.Duration{"ahead": 365 * 24 * time.Hour, "behind": -365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			wrong := open(t, store.Options{
				URL: url, Logins: limits, KeepAudit: time.Hour, Now: func() time.Time { return time.Now().Add(off) },
			}.Agreeing())
			if err := wrong.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			if wait := must[time.Duration](t)(wrong.AdmitLogin(t.Context(), "nurse", "192.0.2.1")); wait <= 0 || wait > limits.Window {
				t.Errorf("wait %v, want up to %v", wait, limits.Window)
			}
			if _, err := right.Session(t.Context(), secret); err != nil {
				t.Errorf("session: %v", err)
			}
			if _, err := right.Attempt(t.Context(), id); err != nil {
				t.Errorf("attempt: %v", err)
			}
		})
	}
}
