package store_test

import (
	"errors"
	"testing"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// outcome returns the stored outcome of an attempt.
func outcome(t *testing.T, s *store.Store, id store.AttemptID) xmpp.Outcome {
	t.Helper()
	return must[store.Attempt](t)(s.Attempt(t.Context(), id)).Outcome
}

func expectOutcome(t *testing.T, s *store.Store, id store.AttemptID, want xmpp.Outcome) {
	t.Helper()
	if got := outcome(t, s, id); got != want {
		t.Errorf("outcome %q, want %q", got, want)
	}
}

// kill makes a store's process look as if it ended without closing: what it
// has pending stays so, and its lease runs out. The other store does it.
func kill(t *testing.T, other *store.Store, name string) {
	t.Helper()
	tamper(t, other, `UPDATE replicas SET expires = 0 WHERE name = $1`, name)
}

func TestCloseSettlesOwnAttempts(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		pending := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		kicked := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		if err := s.Conclude(t.Context(), kicked, store.Conclusion{Outcome: xmpp.Done}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		reader := open(t, store.Options{URL: url, NoAudit: true})
		expectOutcome(t, reader, pending, xmpp.Unknown)
		expectOutcome(t, reader, kicked, xmpp.Done)
	})
}

func TestLeftoversOfTheSameNameAreSettledAtStart(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		crashed := open(t, store.Options{URL: url, Replica: "a"}.Shared())
		id := must[store.AttemptID](t)(crashed.Intend(t.Context(), intent()))
		restarted := open(t, store.Options{URL: url, Replica: "a"}.Shared())
		expectOutcome(t, restarted, id, xmpp.Unknown)
	})
}

func TestLeftoversOnSQLiteAreSettledAtStart(t *testing.T) {
	url := storetest.SQLite(t)
	crashed := open(t, store.Options{URL: url}.Shared())
	id := must[store.AttemptID](t)(crashed.Intend(t.Context(), intent()))
	expectOutcome(t, open(t, store.Options{URL: url}.Shared()), id, xmpp.Unknown)
}

func TestLivingReplicaKeepsItsAttempts(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		a := open(t, store.Options{URL: url, Replica: "a"}.Shared())
		id := must[store.AttemptID](t)(a.Intend(t.Context(), intent()))
		b := open(t, store.Options{URL: url, Replica: "b"}.Shared())
		expectOutcome(t, b, id, xmpp.Pending)
		if err := b.Heartbeat(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		expectOutcome(t, a, id, xmpp.Pending)
		if err := a.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
			t.Fatal(err)
		}
		expectOutcome(t, a, id, xmpp.Done)
	})
}

func TestUnnamedReplicasOnPostgresDoNotTakeEachOtherForDead(t *testing.T) {
	url := storetest.Postgres(t)
	a, b := open(t, store.Options{URL: url}), open(t, store.Options{URL: url})
	ofA := must[store.AttemptID](t)(a.Intend(t.Context(), intent()))
	ofB := must[store.AttemptID](t)(b.Intend(t.Context(), intent()))
	open(t, store.Options{URL: url})
	for _, s := range []*store.Store{a, b} {
		if err := s.Heartbeat(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	expectOutcome(t, a, ofA, xmpp.Pending)
	expectOutcome(t, a, ofB, xmpp.Pending)
}

func TestDeadReplicaIsSettledByAnother(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		dead := open(t, store.Options{URL: url, Replica: "dead"}.Shared())
		id := must[store.AttemptID](t)(dead.Intend(t.Context(), intent()))
		b := open(t, store.Options{URL: url, Replica: "b"}.Shared())
		kill(t, b, "dead")
		if err := b.Heartbeat(t.Context()); err != nil {
			t.Fatal(err)
		}
		expectOutcome(t, b, id, xmpp.Unknown)

		// It was only slow: it takes its lease again and says what it knows.
		if err := dead.Heartbeat(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := dead.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
			t.Errorf("late outcome: %v", err)
		}
		expectOutcome(t, b, id, xmpp.Done)
		later := must[store.AttemptID](t)(dead.Intend(t.Context(), intent()))
		if err := b.Heartbeat(t.Context()); err != nil {
			t.Fatal(err)
		}
		expectOutcome(t, b, later, xmpp.Pending)
	})
}

func TestNoAuditTouchesNothing(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		server := open(t, store.Options{URL: url})
		id := must[store.AttemptID](t)(server.Intend(t.Context(), intent()))
		command := open(t, store.Options{URL: url, NoAudit: true})
		if _, err := command.AddOperator(t.Context(), "nurse", "good night Romeo", moderation.Everything()); err != nil {
			t.Fatal(err)
		}
		if _, err := command.Intend(t.Context(), intent()); !errors.Is(err, store.ErrNotStored) {
			t.Errorf("Intend: %v, want ErrNotStored", err)
		}
		conclusion := store.Conclusion{Outcome: xmpp.Done}
		if err := command.Conclude(t.Context(), id, conclusion); !errors.Is(err, store.ErrNotStored) {
			t.Errorf("Conclude: %v, want ErrNotStored", err)
		}
		if err := command.Ping(t.Context()); err != nil {
			t.Errorf("Ping: %v", err)
		}
		if err := command.Close(); err != nil {
			t.Fatal(err)
		}
		expectOutcome(t, server, id, xmpp.Pending)
		if err := server.Conclude(t.Context(), id, conclusion); err != nil {
			t.Errorf("Conclude by the server: %v", err)
		}
	})
}
