package store_test

import (
	"testing"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

// TestSearchesKeepNobodyWaiting: while all the connections of searches are busy,
// sessions are found, kicks go on record and the store says that it is ready.
func TestSearchesKeepNobodyWaiting(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		nurse := must[store.Operator](t)(s.AddOperator(t.Context(), "nurse", "good night Romeo", moderation.Everything()))
		secret, _, err := s.StartSession(t.Context(), nurse, store.Client{})
		if err != nil {
			t.Fatal(err)
		}
		release := s.HoldSearches(t)
		defer release()
		if _, err := s.Session(t.Context(), secret); err != nil {
			t.Errorf("session: %v", err)
		}
		id := must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
		if err := s.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
			t.Errorf("conclude: %v", err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("ping: %v", err)
		}
		expectOutcome(t, s, id, xmpp.Done)
		release()
		if _, _, err := s.Attempts(t.Context(), store.Filter{}, store.Page{}); err != nil {
			t.Errorf("search: %v", err)
		}
	})
}
