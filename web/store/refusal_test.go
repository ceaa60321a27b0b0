package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

func TestBadRowFailsAlone(t *testing.T) {
	constraint := map[string]string{
		"sqlite": `CREATE TRIGGER poison BEFORE INSERT ON recent_attempts WHEN NEW.nick = 'poison'
			BEGIN SELECT RAISE(ABORT, 'poison'); END`,
		"postgres": `ALTER TABLE recent_attempts ADD CHECK (nick <> 'poison')`,
	}
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		scheme, _, _ := strings.Cut(url, ":")
		tamper(t, s, constraint[scheme])
		var group errgroup.Group
		for i := range 64 {
			group.Go(func() error {
				in := intent()
				bad := i%8 == 0
				if bad {
					in.Nick = "poison"
				}
				_, err := s.Intend(t.Context(), in)
				if bad && (!errors.Is(err, store.ErrNotStored) || errors.Is(err, store.ErrMaybeStored)) {
					return fmt.Errorf("bad row: error %v, want ErrNotStored for certain", err)
				}
				if !bad && err != nil {
					return fmt.Errorf("good row: %w", err)
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		count := 0
		for a, err := range s.EachAttempt(t.Context(), store.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			if a.Nick != "Bob" {
				t.Errorf("%q was stored", a.Nick)
			}
			count++
		}
		if count != 56 {
			t.Errorf("%d rows, want 56", count)
		}
	})
}

func TestReadOnlyFile(t *testing.T) {
	url := storetest.SQLite(t)
	s := open(t, store.Options{URL: url})
	id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
	if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	readOnly := open(t, store.Options{URL: url + "?mode=ro"})
	if err := readOnly.Ping(t.Context()); !errors.Is(err, store.ErrNotStored) {
		t.Errorf("Ping: %v, want ErrNotStored", err)
	}
	_, err := readOnly.Intend(t.Context(), intent())
	if !errors.Is(err, store.ErrNotStored) || errors.Is(err, store.ErrMaybeStored) {
		t.Errorf("Intend: %v, want ErrNotStored for certain", err)
	}
	expectAttempts(t, readOnly, id)
}

// A database that nobody served yet lacks the keys, and says what to do where they
// cannot be made.
func TestReadOnlyBeforeItWasServed(t *testing.T) {
	readOnly := map[string]string{"sqlite": "?mode=ro", "postgres": "&default_transaction_read_only=on"}
	onEachServerOrFile(t, func(t *testing.T, url string) {
		if err := open(t, store.Options{URL: url, NoAudit: true, Create: true}).Close(); err != nil {
			t.Fatal(err)
		}
		scheme, _, _ := strings.Cut(url, ":")
		s := open(t, store.Options{URL: url + readOnly[scheme]})
		if _, err := s.CookieKeys(t.Context()); !errors.Is(err, store.ErrNeverServed) {
			t.Errorf("got %v, want ErrNeverServed", err)
		}
		served := open(t, store.Options{URL: url})
		want := must[store.CookieKeys](t)(served.CookieKeys(t.Context()))
		if got := must[store.CookieKeys](t)(s.CookieKeys(t.Context())); !bytes.Equal(got.Hash, want.Hash) {
			t.Error("the keys are not those that a server made")
		}
	})
}

func TestFullFile(t *testing.T) {
	s := open(t, store.Options{URL: storetest.SQLite(t)})
	tamper(t, s, `PRAGMA max_page_count = 300`)
	long := intent()
	long.Reason = strings.Repeat("because ", 10_000)
	var stored []store.AttemptID
	for range 100 {
		id, err := s.Intend(t.Context(), long)
		if err == nil {
			stored = append([]store.AttemptID{id}, stored...)
			continue
		}
		if !errors.Is(err, store.ErrNotStored) || errors.Is(err, store.ErrMaybeStored) {
			t.Fatalf("Intend: %v, want ErrNotStored for certain", err)
		}
	}
	if len(stored) == 0 || len(stored) == 100 {
		t.Fatalf("%d of 100 attempts fitted, want some", len(stored))
	}
	expectAttempts(t, s, stored...)
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrFull) || !errors.Is(err, store.ErrNotStored) || s.Writable() {
		t.Errorf("Ping: %v, want ErrFull as soon as a write failed", err)
	}

	// The file grows by what an outcome takes, too.
	conclusion := store.Conclusion{Outcome: xmpp.Done, Detail: long.Reason}
	if err := s.Conclude(t.Context(), stored[0], conclusion); !errors.Is(err, store.ErrMaybeStored) {
		t.Fatalf("Conclude: %v, want ErrMaybeStored", err)
	}
	if got := must[store.Attempt](t)(s.Attempt(t.Context(), stored[0])).Outcome; got != xmpp.Pending {
		t.Errorf("outcome %q, want pending while there is no room", got)
	}
	tamper(t, s, `PRAGMA max_page_count = 100000`)
	until(t, "the outcome is stored after all", func() bool {
		return must[store.Attempt](t)(s.Attempt(t.Context(), stored[0])).Outcome == xmpp.Done
	})
}

func TestReadOnlyPostgres(t *testing.T) {
	url := storetest.Postgres(t)
	must[store.CookieKeys](t)(open(t, store.Options{URL: url}).CookieKeys(t.Context()))
	s := open(t, store.Options{URL: url + "&default_transaction_read_only=on"})
	_, err := s.Intend(t.Context(), intent())
	if !errors.Is(err, store.ErrNotStored) || errors.Is(err, store.ErrMaybeStored) {
		t.Errorf("Intend: %v, want ErrNotStored for certain", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("Ping: %v, want ErrReadOnly", err)
	}
	if got := must[store.CookieKeys](t)(s.CookieKeys(t.Context())); len(got.Hash) == 0 {
		t.Error("the keys that there are were not read")
	}
	expectAttempts(t, s)
}
