package web

import (
	"testing"

	"muckick/web/store"
	"muckick/web/store/storetest"
)

// A stream ends with its session, and not because the store cannot say.
func TestStreamIsAllowed(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{
		URL: storetest.SQLite(t), Hashing: store.Hashing{Memory: 64, Passes: 1, Lanes: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	operator, err := db.AddOperator(t.Context(), "mod", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	stream := func() *eventStream {
		secret, _, err := db.StartSession(t.Context(), operator, store.Client{})
		if err != nil {
			t.Fatal(err)
		}
		return &eventStream{server: &Server{store: db}, secret: secret}
	}
	signedOut, stays := stream(), stream()
	session, err := db.Session(t.Context(), stays.secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.EndOtherSessions(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if signedOut.allowed() {
		t.Error("the stream outlives its session")
	}
	if !stays.allowed() {
		t.Error("the stream ends before its session")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if !stays.allowed() {
		t.Error("the stream ends because the store cannot be asked")
	}
}
