package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// intent is an intent with every field set.
func intent() store.Intent {
	return store.Intent{
		Actor:   store.Actor{Kind: store.ByOperator, Name: "nurse"},
		Address: "192.0.2.7",
		Action:  xmpp.ActionKick,
		Room:    "snuggery@chat.example.org",
		Nick:    "Bob",
		RealJID: "bob@example.org/phone",
		Reason:  "Time for bed.",
	}
}

func TestAttemptIsPendingThenConcluded(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, Now: newClock().Now})
		id, err := s.Intend(t.Context(), intent())
		if err != nil {
			t.Fatalf("Intend: %v", err)
		}
		want := store.Attempt{ID: id, Time: start, Intent: intent(), Outcome: xmpp.Pending}
		if diff := cmp.Diff(want, must[store.Attempt](t)(s.Attempt(t.Context(), id))); diff != "" {
			t.Errorf("after Intend (-want +got):\n%s", diff)
		}
		err = s.Conclude(t.Context(), id, store.Conclusion{
			Outcome: xmpp.Done, Detail: "as asked", RealJID: "bob@example.org/tablet", Duration: 1234 * time.Microsecond,
		})
		if err != nil {
			t.Fatalf("Conclude: %v", err)
		}
		want.Outcome, want.Detail, want.RealJID, want.Duration = xmpp.Done, "as asked", "bob@example.org/tablet", 1234*time.Microsecond
		if diff := cmp.Diff(want, must[store.Attempt](t)(s.Attempt(t.Context(), id))); diff != "" {
			t.Errorf("after Conclude (-want +got):\n%s", diff)
		}
	})
}

func TestConclude(t *testing.T) {
	tests := []struct {
		name   string
		before []xmpp.Outcome
		then   xmpp.Outcome
		want   xmpp.Outcome
		err    error
	}{
		{"pending takes kicked", nil, xmpp.Done, xmpp.Done, nil},
		{"pending takes refused", nil, xmpp.Refused, xmpp.Refused, nil},
		{"pending takes not found", nil, xmpp.Gone, xmpp.Gone, nil},
		{"pending takes failed", nil, xmpp.NotSent, xmpp.NotSent, nil},
		{"pending takes unknown", nil, xmpp.Unknown, xmpp.Unknown, nil},
		{"a late answer replaces unknown", []xmpp.Outcome{xmpp.Unknown}, xmpp.Done, xmpp.Done, nil},
		{"the same again is accepted", []xmpp.Outcome{xmpp.Done}, xmpp.Done, xmpp.Done, nil},
		{"a definite outcome stays", []xmpp.Outcome{xmpp.Refused}, xmpp.Done, xmpp.Refused, store.ErrConcluded},
		{"a definite outcome does not become unknown", []xmpp.Outcome{xmpp.Done}, xmpp.Unknown, xmpp.Done, store.ErrConcluded},
	}
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
				for _, outcome := range tt.before {
					if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: outcome}); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: tt.then}); !errors.Is(err, tt.err) {
					t.Errorf("error %v, want %v", err, tt.err)
				}
				got := must[store.Attempt](t)(s.Attempt(t.Context(), id))
				if got.Outcome != tt.want {
					t.Errorf("outcome %q, want %q", got.Outcome, tt.want)
				}
				if got.RealJID != intent().RealJID {
					t.Errorf("real JID %q, want that of the intent", got.RealJID)
				}
			})
		}
	})
}

func TestConcludeRefusesWhatIsNoOutcome(t *testing.T) {
	s := open(t, store.Options{URL: "sqlite::memory:"})
	id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
	for _, outcome := range []xmpp.Outcome{"", xmpp.Pending, "banned"} {
		if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: outcome}); err == nil {
			t.Errorf("%q was accepted", outcome)
		}
	}
	if got := must[store.Attempt](t)(s.Attempt(t.Context(), id)).Outcome; got != xmpp.Pending {
		t.Errorf("outcome %q, want pending", got)
	}
}

func TestConcludeOfNoAttempt(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		for _, id := range []store.AttemptID{"", "000000000000000000000000", "'; --", "\x00\xff"} {
			err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done})
			if !errors.Is(err, store.ErrNoAttempt) {
				t.Errorf("id %q: error %v, want ErrNoAttempt", id, err)
			}
		}
	})
}

func TestManyAttemptsAtOnce(t *testing.T) {
	const workers, each = 32, 20
	outcomes := []xmpp.Outcome{xmpp.Done, xmpp.Refused, xmpp.Gone, xmpp.NotSent, xmpp.Unknown}
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		group, ctx := errgroup.WithContext(t.Context())
		for worker := range workers {
			group.Go(func() error {
				for i := range each {
					in := intent()
					in.Nick = fmt.Sprintf("occupant %d-%d", worker, i)
					id, err := s.Intend(ctx, in)
					if err != nil {
						return err
					}
					outcome := outcomes[(worker+i)%len(outcomes)]
					if err := s.Conclude(ctx, id, store.Conclusion{Outcome: outcome, Detail: in.Nick}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		got := make(map[string]xmpp.Outcome)
		for a, err := range s.EachAttempt(t.Context(), store.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			if a.Detail != a.Nick {
				t.Errorf("attempt on %q has the outcome of %q", a.Nick, a.Detail)
			}
			got[a.Nick] = a.Outcome
		}
		want := make(map[string]xmpp.Outcome)
		for worker := range workers {
			for i := range each {
				want[fmt.Sprintf("occupant %d-%d", worker, i)] = outcomes[(worker+i)%len(outcomes)]
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

// hostile is text as it may come from the network, and how it is stored.
var hostile = []struct{ name, text, want string }{
	{"empty", "", ""},
	{"plain", "Bob", "Bob"},
	{"any script", "Ünï ㅋㅋㅋ \u115f 🛏", "Ünï ㅋㅋㅋ \u115f 🛏"},
	{"control characters", "a\tb\r\nc\x01\x7f", "a\tb\r\nc\x01\x7f"},
	{"NUL", "Bo\x00b", `Bo\x00b`},
	{"broken UTF-8", "Bo\xff\xc3b\xed\xa0\x80", `Bo\xff\xc3b\xed\xa0\x80`},
	{"backslashes", `¯\_(ツ)_/¯ C:\new \X00`, `¯\_(ツ)_/¯ C:\new \X00`},
	{"looks escaped", `Bo\x00b`, `Bo\x5cx00b`},
	{"replacement character", "\ufffd", "\ufffd"},
	{"SQL", `'; DROP TABLE attempts; --`, `'; DROP TABLE attempts; --`},
	{"100 KiB", strings.Repeat("\x00long ", 20_000), strings.Repeat(`\x00long `, 20_000)},
}

func TestHostileTextIsStoredAndFound(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, Now: newClock().Now})
		for _, tt := range hostile {
			t.Run(tt.name, func(t *testing.T) {
				id, err := s.Intend(t.Context(), store.Intent{
					Actor:   store.Actor{Kind: store.ByToken, Name: tt.text},
					Address: tt.text, Room: tt.text, Nick: tt.text, RealJID: tt.text, Reason: tt.text,
				})
				if err != nil {
					t.Fatalf("Intend: %v", err)
				}
				conclusion := store.Conclusion{Outcome: xmpp.Refused, Detail: tt.text, RealJID: tt.text}
				if err := s.Conclude(t.Context(), id, conclusion); err != nil {
					t.Fatalf("Conclude: %v", err)
				}
				want := []store.Attempt{{
					ID: id, Time: start,
					Intent: store.Intent{
						Actor:   store.Actor{Kind: store.ByToken, Name: tt.want},
						Address: tt.want, Room: tt.want, Nick: tt.want, RealJID: tt.want, Reason: tt.want,
					},
					Outcome: xmpp.Refused, Detail: tt.want,
				}}
				got, _, err := s.Attempts(t.Context(), store.Filter{
					Actor: tt.text, Room: tt.text, Nick: tt.text, RealJID: tt.text, Outcome: xmpp.Refused,
				}, store.Page{Limit: 1})
				if err != nil {
					t.Fatalf("Attempts: %v", err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestIntendWithEndedContext(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Intend(ctx, intent())
		if !errors.Is(err, store.ErrNotStored) || errors.Is(err, store.ErrMaybeStored) || !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want ErrNotStored for certain, with the context's", err)
		}
		expectAttempts(t, s)
	})
}

func TestIntendAfterClose(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := s.Intend(t.Context(), intent())
		if !errors.Is(err, store.ErrNotStored) || !errors.Is(err, store.ErrClosed) {
			t.Errorf("error %v, want ErrNotStored and ErrClosed", err)
		}
	})
}

// expectAttempts checks that exactly these attempts are in the trail, newest
// first.
func expectAttempts(t *testing.T, s *store.Store, want ...store.AttemptID) {
	t.Helper()
	attempts, _, err := s.Attempts(t.Context(), store.Filter{}, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var got []store.AttemptID
	for _, a := range attempts {
		got = append(got, a.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}

// TestPostgresFlushesIntents: what was written by the time of an intent is on
// disk when its attempt is concluded. The server writes for itself too now and
// then, which nobody has flushed yet, so most of the attempts count.
func TestPostgresFlushesIntents(t *testing.T) {
	const attempts = 20
	s := open(t, store.Options{URL: storetest.Postgres(t)})
	flushed := 0
	for range attempts {
		id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		written := s.Position(t, "pg_current_wal_insert_lsn")
		if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
			t.Fatal(err)
		}
		if s.Position(t, "pg_current_wal_flush_lsn") >= written {
			flushed++
		}
	}
	if flushed <= attempts/2 {
		t.Errorf("%d of %d intents were on disk", flushed, attempts)
	}
}
