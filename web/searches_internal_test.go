package web

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// Pages beyond the limit wait for those before them.
func TestSearchesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSearches()
		var ends []func()
		for range maxSearches {
			end, err := s.page(t.Context(), "alice")
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, end)
		}
		if _, err := s.page(t.Context(), "bob"); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		leaving, leave := context.WithCancel(t.Context())
		left, entered := make(chan error, 1), make(chan error, 1)
		go func() { _, err := s.page(leaving, "alice"); left <- err }()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, errTooManySearches) {
			t.Errorf("got %v, want errTooManySearches", err)
		}
		go func() { _, err := s.page(t.Context(), "alice"); entered <- err }()
		synctest.Wait()
		select {
		case err := <-entered:
			t.Fatalf("one more entered, error %v", err)
		default:
		}
		ends[0]()
		if err := <-entered; err != nil {
			t.Error(err)
		}
	})
}
