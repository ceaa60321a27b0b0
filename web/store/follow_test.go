package store_test

import (
	"context"
	"errors"
	"testing"

	"muckick/web/store"
	"muckick/web/store/storetest"
)

// What follows a session ends with it, wherever that was ended, and nothing
// else does.
func TestFollow(t *testing.T) {
	tests := []struct {
		name string
		end  func(t *testing.T, s *store.Store, session store.Session) error
	}{
		{"signed out", func(t *testing.T, s *store.Store, session store.Session) error {
			return s.EndSession(t.Context(), session.Operator, session.ID)
		}},
		{"disabled", func(t *testing.T, s *store.Store, session store.Session) error {
			return s.SetDisabled(t.Context(), session.Operator.Name, true)
		}},
		{"a new password", func(t *testing.T, s *store.Store, session store.Session) error {
			return s.SetPassword(t.Context(), session.Operator.Name, "good night Romeo")
		}},
		{"removed", func(t *testing.T, s *store.Store, session store.Session) error {
			return s.RemoveOperator(t.Context(), session.Operator.Name)
		}},
	}
	onEachServerOrFile(t, func(t *testing.T, url string) {
		here := open(t, store.Options{URL: url})
		elsewhere := open(t, store.Options{URL: url, NoAudit: true})
		_, other := startSession(t, here, addOperator(t, here, "other"))
		untouched, stop := here.Follow(t.Context(), other)
		defer stop()
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				operator := addOperator(t, here, "operator"+tt.name[:1])
				_, session := startSession(t, here, operator)
				first, stop := here.Follow(t.Context(), session)
				defer stop()
				second, stop := here.Follow(t.Context(), session)
				defer stop()
				if err := tt.end(t, elsewhere, session); err != nil {
					t.Fatal(err)
				}
				for _, ctx := range []context.Context{first, second} {
					<-ctx.Done()
					if err := context.Cause(ctx); !errors.Is(err, store.ErrNoSession) {
						t.Errorf("cause %v, want ErrNoSession", err)
					}
				}
			})
		}
		if err := untouched.Err(); err != nil {
			t.Errorf("a session that lives: %v", err)
		}
	})
}

// When the database does not say, what follows ends as well.
func TestFollowWithoutAnswer(t *testing.T) {
	url := storetest.Postgres(t)
	s := open(t, store.Options{URL: url})
	other := open(t, store.Options{URL: url, NoAudit: true})
	_, session := startSession(t, s, addOperator(t, s, "nurse"))
	ctx, stop := s.Follow(t.Context(), session)
	defer stop()
	other.Hold(t, `LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE`)
	<-ctx.Done()
	if err := context.Cause(ctx); errors.Is(err, store.ErrNoSession) {
		t.Errorf("cause %v, want why it is not known", err)
	}
}
