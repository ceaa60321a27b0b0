package store

import (
	"testing"

	"muckick/xmpp"
)

func TestWriterCloseStoresWhatIsQueued(t *testing.T) {
	db := &fakeDB{hold: make(chan struct{}), kind: faultStore}
	withWriter(t, db, func(t *testing.T, w *writer) {
		first := submit(t.Context(), w, intentOf("a"))
		second := submit(t.Context(), w, intentOf("b"))
		w.close()
		expectError(t, <-submit(t.Context(), w, intentOf("c")), ErrNotStored, ErrClosed)
		expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Done)), ErrNotStored, ErrClosed)
		db.hold <- struct{}{}
		db.hold <- struct{}{}
		expectError(t, <-first)
		expectError(t, <-second)
	})
	db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Pending, "b": xmpp.Pending})
}

func TestWriterCloseTriesAgainOnce(t *testing.T) {
	db := &fakeDB{kind: faultStore}
	withWriter(t, db, func(t *testing.T, w *writer) {
		expectError(t, <-submit(t.Context(), w, intentOf("a")))
		db.fail(func([]*record) (bool, error) { return false, errFake })
		expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Done)), ErrMaybeStored)
		db.fail(nil)
	})
	db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Done})
}

func TestWriterClosesWhileTheDatabaseIsAway(t *testing.T) {
	db := &fakeDB{kind: faultUnsure}
	withWriter(t, db, func(t *testing.T, w *writer) {
		expectError(t, <-submit(t.Context(), w, intentOf("a")))
		db.fail(func([]*record) (bool, error) { return false, errFake })
		expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Unknown)), ErrMaybeStored)
		expectError(t, <-submit(t.Context(), w, conclusionOf("a", xmpp.Done)), ErrMaybeStored)
		expectError(t, <-submit(t.Context(), w, intentOf("b")), ErrMaybeStored)
	})
	db.expect(t, map[AttemptID]xmpp.Outcome{"a": xmpp.Pending})
}
