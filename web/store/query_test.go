package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/store"
	"muckick/xmpp"
)

// fill stores attempts a second apart and returns their ids, oldest first.
func fill(t *testing.T, s *store.Store, c *clock, intents ...store.Intent) []store.AttemptID {
	t.Helper()
	var ids []store.AttemptID
	for _, in := range intents {
		ids = append(ids, must[store.AttemptID](t)(s.Intend(t.Context(), in)))
		c.advance(time.Second)
	}
	return ids
}

func TestFilter(t *testing.T) {
	intents := []store.Intent{
		0: {Actor: store.Actor{Kind: store.ByAPI}, Action: xmpp.ActionBan, Room: "snuggery@chat.example.org", Nick: "Bob"},
		1: {Actor: store.Actor{Kind: store.ByToken, Name: "ci"}, Room: "snuggery@chat.example.org", Nick: "Alice"},
		2: {Actor: store.Actor{Kind: store.ByOperator, Name: "nurse"}, Room: "garden@chat.example.org", Nick: "Bob",
			RealJID: "bob@example.org/phone"},
		3: {Actor: store.Actor{Kind: store.ByOperator, Name: "ci"}, Room: "garden@chat.example.org", Nick: "bob",
			RealJID: "bob@example.org/tablet"},
		4: {Actor: store.Actor{Kind: store.ByAPI}, Room: "Snuggery@chat.example.org", Nick: "Bob",
			RealJID: "bob@example.org.evil.example"},
	}
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Second) }
	tests := []struct {
		name   string
		filter store.Filter
		want   []int // newest first
	}{
		{"all", store.Filter{}, []int{4, 3, 2, 1, 0}},
		{"from is included", store.Filter{From: at(2)}, []int{4, 3, 2}},
		{"to is excluded", store.Filter{To: at(2)}, []int{1, 0}},
		{"between", store.Filter{From: at(1), To: at(1).Add(time.Microsecond)}, []int{1}},
		{"never", store.Filter{From: at(3), To: at(1)}, nil},
		{"long ago", store.Filter{To: time.Unix(-1000, 0)}, nil},
		{"kind", store.Filter{Kind: store.ByAPI}, []int{4, 0}},
		{"actor of any kind", store.Filter{Actor: "ci"}, []int{3, 1}},
		{"actor of one kind", store.Filter{Actor: "ci", Kind: store.ByToken}, []int{1}},
		{"room", store.Filter{Room: "snuggery@chat.example.org"}, []int{1, 0}},
		{"nick", store.Filter{Nick: "Bob"}, []int{4, 2, 0}},
		{"bare real JID", store.Filter{RealJID: "bob@example.org"}, []int{3, 2}},
		{"full real JID", store.Filter{RealJID: "bob@example.org/phone"}, []int{2}},
		{"outcome", store.Filter{Outcome: xmpp.Done}, []int{4, 2, 0}},
		{"action", store.Filter{Action: xmpp.ActionBan}, []int{0}},
		{"wildcards mean nothing", store.Filter{Nick: "%"}, nil},
		{"all at once", store.Filter{
			From: at(0), To: at(5), Kind: store.ByOperator, Actor: "nurse", Room: "garden@chat.example.org",
			Nick: "Bob", RealJID: "bob@example.org", Outcome: xmpp.Done,
		}, []int{2}},
	}
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		ids := fill(t, s, c, intents...)
		for i := 0; i < len(ids); i += 2 {
			if err := s.Conclude(t.Context(), ids[i], store.Conclusion{Outcome: xmpp.Done}); err != nil {
				t.Fatal(err)
			}
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				attempts, next, err := s.Attempts(t.Context(), tt.filter, store.Page{})
				if err != nil {
					t.Fatal(err)
				}
				var got []int
				for _, a := range attempts {
					got = append(got, slices.Index(ids, a.ID))
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if next != "" {
					t.Errorf("cursor %q after the last page", next)
				}
			})
		}
	})
}

func TestPages(t *testing.T) {
	const count = 23
	tests := []struct{ limit, pages int }{{1, 23}, {5, 5}, {22, 2}, {23, 1}, {24, 1}, {0, 1}, {-1, 1}, {1 << 40, 1}}
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		ids := fill(t, s, c, slices.Repeat([]store.Intent{intent()}, count)...)
		slices.Reverse(ids)
		for _, tt := range tests {
			t.Run(fmt.Sprintf("limit %d", tt.limit), func(t *testing.T) {
				var got []store.AttemptID
				pages := 0
				page := store.Page{Limit: tt.limit}
				for {
					attempts, next, err := s.Attempts(t.Context(), store.Filter{Nick: "Bob"}, page)
					if err != nil {
						t.Fatal(err)
					}
					pages++
					for _, a := range attempts {
						got = append(got, a.ID)
					}
					if next == "" {
						break
					}
					page.After = next
				}
				if diff := cmp.Diff(ids, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if pages != tt.pages {
					t.Errorf("%d pages, want %d", pages, tt.pages)
				}
			})
		}
	})
}

func TestPagesWhileAttemptsAreAdded(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		ids := fill(t, s, c, slices.Repeat([]store.Intent{intent()}, 6)...)
		slices.Reverse(ids)
		first, next, err := s.Attempts(t.Context(), store.Filter{}, store.Page{Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, s, c, intent(), intent())
		second, _, err := s.Attempts(t.Context(), store.Filter{}, store.Page{Limit: 3, After: next})
		if err != nil {
			t.Fatal(err)
		}
		var got []store.AttemptID
		for _, a := range append(first, second...) {
			got = append(got, a.ID)
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestBadCursor(t *testing.T) {
	s := open(t, store.Options{URL: "sqlite::memory:"})
	for _, cursor := range []store.Cursor{"x", "zzzzzzzzzzzzzzzzzzzzzzzz", "\x00", "' OR 1=1"} {
		_, _, err := s.Attempts(t.Context(), store.Filter{}, store.Page{After: cursor})
		if !errors.Is(err, store.ErrCursor) {
			t.Errorf("%q: error %v, want ErrCursor", cursor, err)
		}
	}
}

// TestEachAttempt reads more attempts than one part has, while the consumer
// writes to the same store.
func TestEachAttempt(t *testing.T) {
	const count = 450
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now})
		ids := fill(t, s, c, slices.Repeat([]store.Intent{intent()}, count)...)
		slices.Reverse(ids)
		var got []store.AttemptID
		for a, err := range s.EachAttempt(t.Context(), store.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			if len(got)%100 == 0 {
				if err := s.Conclude(t.Context(), a.ID, store.Conclusion{Outcome: xmpp.Refused}); err != nil {
					t.Fatal(err)
				}
			}
			got = append(got, a.ID)
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestEachAttemptStops(t *testing.T) {
	s := open(t, store.Options{URL: "sqlite::memory:"})
	c := newClock()
	fill(t, s, c, intent(), intent(), intent())
	seen := 0
	for range s.EachAttempt(t.Context(), store.Filter{}) {
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("%d attempts after break, want 1", seen)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var errs []error
	for _, err := range s.EachAttempt(t.Context(), store.Filter{}) {
		errs = append(errs, err)
	}
	if len(errs) != 1 || errs[0] == nil {
		t.Errorf("closed store yields %v, want one error", errs)
	}
}
