package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muckick/web/moderation"
	"muckick/web/store"
)

// events returns all events that the filter allows, newest first, a few a page.
func events(t *testing.T, s *store.Store, filter store.EventFilter) []store.Event {
	t.Helper()
	var all []store.Event
	page := store.Page{Limit: 3}
	for {
		some, next, err := s.Events(t.Context(), filter, page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
		if next == "" {
			return all
		}
		page.After = next
	}
}

// sameEvents compares events without what the store gives them.
var sameEvents = cmpopts.IgnoreFields(store.Event{}, "ID", "Time", "SubjectID", "Actor.ID")

// administrator is who makes the changes of the tests.
var administrator = store.Origin{Actor: store.Actor{Kind: store.ByCommand, Name: "root"}, Address: "198.51.100.7"}

func TestChangesAreEvents(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, NoAudit: true, Create: true, Origin: administrator})
		ctx := t.Context()
		addOperator(t, s, "matron") // the last administrator is not removed
		nurse := addOperator(t, s, "nurse")
		_, session := startSession(t, s, nurse)
		startSession(t, s, nurse)
		browser := store.Origin{Actor: nurse.Actor(), Address: "192.0.2.1"}
		if _, err := s.EndOtherSessions(store.WithOrigin(ctx, browser), session); err != nil {
			t.Fatal(err)
		}
		if err := s.EndSession(store.WithOrigin(ctx, browser), nurse, session.ID); err != nil {
			t.Fatal(err)
		}
		changed, err := s.ChangePassword(store.WithOrigin(ctx, browser), nurse, "parting is such")
		if err != nil {
			t.Fatal(err)
		}
		startSession(t, s, changed)
		for _, change := range []func() error{
			func() error { return s.SetPassword(ctx, "nurse", "good night Romeo") },
			func() error { return s.SetDisabled(ctx, "nurse", true) },
			func() error { return s.SetDisabled(ctx, "nurse", false) },
			func() error {
				_, err := s.ChangeGrants(ctx, "nurse", func(moderation.Grants) (moderation.Grants, error) { return viewer(t), nil })
				return err
			},
			func() error { return s.RemoveOperator(ctx, "nurse") },
			func() error {
				_, _, err := s.AddToken(ctx, store.NewToken{Name: "ci", CreatedBy: "root", Grants: moderation.KickEverywhere()})
				return err
			},
			func() error { return s.RevokeToken(ctx, "CI") },
		} {
			if err := change(); err != nil {
				t.Fatal(err)
			}
		}
		// What did not happen is no event.
		for _, change := range []func() error{
			func() error { return s.SetPassword(ctx, "romeo", "good night Romeo") },
			func() error { return s.RemoveOperator(ctx, "nurse") },
			func() error { return s.RevokeToken(ctx, "ci") },
			func() error { return s.EndSession(ctx, nurse, session.ID) },
		} {
			if err := change(); err == nil {
				t.Error("a change of nothing succeeded")
			}
		}

		event := func(kind store.EventKind, origin store.Origin, subject, detail string) store.Event {
			return store.Event{Kind: kind, Origin: origin, Subject: subject, Detail: detail, Count: 1}
		}
		want := []store.Event{
			event(store.TokenRevoked, administrator, "ci", ""),
			event(store.TokenAdded, administrator, "ci", "kick everywhere"),
			event(store.OperatorRemoved, administrator, "nurse", ""),
			event(store.GrantsChanged, administrator, "nurse", "viewer in snuggery@chat.example.org; before: administrator everywhere"),
			event(store.OperatorEnabled, administrator, "nurse", ""),
			event(store.OperatorDisabled, administrator, "nurse", ""),
			event(store.PasswordReset, administrator, "nurse", ""),
			event(store.PasswordChanged, browser, "nurse", ""),
			event(store.SessionEnded, browser, "nurse", "sessions: 1"),
			event(store.SessionEnded, browser, "nurse", "sessions: 1"),
			event(store.OperatorAdded, administrator, "nurse", "administrator everywhere"),
			event(store.OperatorAdded, administrator, "matron", "administrator everywhere"),
		}
		got := events(t, s, store.EventFilter{})
		if diff := cmp.Diff(want, got, sameEvents); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		for _, e := range got {
			if e.SubjectID == "" {
				t.Errorf("%s: no id of the subject", e.Kind)
			}
		}
		if id := got[7].Actor.ID; id == "" || id != got[10].SubjectID {
			t.Errorf("the actor's id is %q, want that of the operator, %q", id, got[10].SubjectID)
		}
	})
}

func TestEventFilter(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, NoAudit: true, Create: true, Now: c.Now})
		record := func(kind store.EventKind, actor, subject string) {
			t.Helper()
			event := store.Event{Kind: kind, Origin: store.Origin{Actor: store.Actor{Name: actor}}, Subject: subject}
			if err := s.Record(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			c.advance(time.Minute)
		}
		record(store.SignedIn, "nurse", "nurse")
		record(store.SignInFailed, "", "nurse")
		record(store.SignInFailed, "", "romeo\x00")
		record(store.Exported, "nurse", "")
		tests := []struct {
			name   string
			filter store.EventFilter
			want   int
		}{
			{"all", store.EventFilter{}, 4},
			{"kind", store.EventFilter{Kind: store.SignInFailed}, 2},
			{"actor", store.EventFilter{Actor: "nurse"}, 2},
			{"subject", store.EventFilter{Subject: "nurse"}, 2},
			{"subject that is no text", store.EventFilter{Subject: "romeo\x00"}, 1},
			{"kind and subject", store.EventFilter{Kind: store.SignedIn, Subject: "nurse"}, 1},
			{"from", store.EventFilter{From: start.Add(time.Minute)}, 3},
			{"to", store.EventFilter{To: start.Add(time.Minute)}, 1},
			{"nobody", store.EventFilter{Actor: "tybalt"}, 0},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if got := len(events(t, s, tt.filter)); got != tt.want {
					t.Errorf("%d events, want %d", got, tt.want)
				}
			})
		}
		if _, _, err := s.Events(t.Context(), store.EventFilter{}, store.Page{After: "here"}); !errors.Is(err, store.ErrCursor) {
			t.Errorf("error %v, want ErrCursor", err)
		}
	})
}

// A flood makes few entries, loses no count, and drives nothing else out.
func TestFloodOfEvents(t *testing.T) {
	const like, unlike = 5000, 5000
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		failed := store.Event{Kind: store.SignInFailed, Origin: store.Origin{Address: "192.0.2.1"}, Subject: "nurse"}
		for range like {
			if err := s.Record(t.Context(), failed); err != nil {
				t.Fatal(err)
			}
		}
		for i := range unlike {
			failed.Subject = fmt.Sprint("guess", i)
			if err := s.Record(t.Context(), failed); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Record(t.Context(), store.Event{Kind: store.SignedIn, Subject: "nurse"}); err != nil {
			t.Fatal(err)
		}
		until(t, "the last event is stored", func() bool {
			return len(events(t, s, store.EventFilter{Kind: store.SignedIn})) == 1
		})
		s.EndEventWindow()
		count := func() (entries, count int) {
			for _, e := range events(t, s, store.EventFilter{Kind: store.SignInFailed}) {
				entries, count = entries+1, count+e.Count
			}
			return entries, count
		}
		until(t, "all are counted", func() bool { _, total := count(); return total == like+unlike })
		if entries, _ := count(); entries > 100 {
			t.Errorf("%d entries, want at most 100", entries)
		}
	})
}

// What a store that closes has not stored yet is stored then.
func TestCloseStoresEvents(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		for range 3 {
			if err := s.Record(t.Context(), store.Event{Kind: store.SignInFailed, Subject: "nurse"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, e := range events(t, open(t, store.Options{URL: url, NoAudit: true}), store.EventFilter{}) {
			total += e.Count
		}
		if total != 3 {
			t.Errorf("%d events, want 3", total)
		}
	})
}

func TestPurgeEvents(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, NoAudit: true, Create: true, Now: c.Now})
		for _, kind := range []store.EventKind{store.SignInFailed, store.SignedIn} {
			if err := s.Record(t.Context(), store.Event{Kind: kind}); err != nil {
				t.Fatal(err)
			}
		}
		c.advance(91 * 24 * time.Hour)
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := events(t, s, store.EventFilter{})
		if len(got) != 1 || got[0].Kind != store.SignedIn {
			t.Errorf("%v are left, want what no stranger did", got)
		}
	})
}

// A password change that took its time does not undo what an administrator did
// meanwhile.
func TestChangePasswordThatIsLate(t *testing.T) {
	tests := []struct {
		name      string
		meanwhile func(*testing.T, *store.Store) error
	}{
		{"reset", func(t *testing.T, s *store.Store) error {
			return s.SetPassword(t.Context(), "nurse", "set by an administrator")
		}},
		{"disabled", func(t *testing.T, s *store.Store) error { return s.SetDisabled(t.Context(), "nurse", true) }},
		{"removed", func(t *testing.T, s *store.Store) error { return s.RemoveOperator(t.Context(), "nurse") }},
	}
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url, NoAudit: true, Create: true})
		addOperator(t, s, "administrator") // the last one is neither disabled nor removed
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				nurse := addOperator(t, s, "nurse")
				if err := tt.meanwhile(t, s); err != nil {
					t.Fatal(err)
				}
				if _, err := s.ChangePassword(t.Context(), nurse, "queued before that"); !errors.Is(err, store.ErrNoOperator) {
					t.Errorf("error %v, want ErrNoOperator", err)
				}
				_, err := s.Authenticate(t.Context(), "nurse", "queued before that")
				if !errors.Is(err, store.ErrAuthentication) {
					t.Errorf("Authenticate: %v, want ErrAuthentication", err)
				}
				if tt.name != "removed" {
					if err := s.RemoveOperator(t.Context(), "nurse"); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	})
}
