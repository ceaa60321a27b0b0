package web_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"muckick/web/store"
)

var eventRow = regexp.MustCompile(`id="event-`)

// untilShown gets a page until it has what is wanted: events are stored a moment
// after they happened.
func untilShown(t *testing.T, b *browser, path, want string) string {
	t.Helper()
	var got page
	waitFor(t, fmt.Sprintf("%s to show %q", path, want), func() bool {
		if got = b.get(t, path); got.status != http.StatusOK {
			t.Fatalf("%s: got %d", path, got.status)
		}
		return strings.Contains(got.body, want)
	})
	return got.body
}

// What happened besides kicks is shown, with who, when, from where and to whom,
// and can be filtered and exported.
func TestAuditEvents(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	untilShown(t, b, "/audit/events", "<span class=\"outcome\" data-tone=\"\">signed in</span>")
	nurse := store.Actor{Kind: store.ByOperator, Name: "nurse", ID: "0pgdoidbsp6o1j6cpk22qrcb"}
	record := func(event store.Event) {
		t.Helper()
		if err := here.store.Record(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	}
	record(store.Event{Kind: store.PasswordReset, Origin: store.Origin{Actor: nurse, Address: "192.0.2.7"}, Subject: "romeo", Detail: strings.Repeat("long ", 100) + "end"})
	record(store.Event{Kind: store.SignInFailed, Origin: store.Origin{Address: "192.0.2.8"}, Subject: "<b>guess</b>"})
	page := untilShown(t, b, "/audit/events", "guess")
	for _, want := range []string{"id 0pgdoidbsp6o1j6cpk22qrcb", "192.0.2.7", "not signed in", "&lt;b&gt;guess", "<summary>", "long end"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	tests := []struct {
		query  string
		status int
		rows   int // of the events recorded here
	}{
		{"kind=password+reset", http.StatusOK, 1},
		{"actor=nurse", http.StatusOK, 1},
		{"subject=romeo", http.StatusOK, 1},
		{"kind=password+reset&subject=nobody", http.StatusOK, 0},
		{"kind=nonsense", http.StatusBadRequest, 0},
		{"from=yesterday", http.StatusBadRequest, 0},
		{"from=2026-01-02&zone=Local", http.StatusBadRequest, 0},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			got := b.get(t, "/audit/events?"+tt.query)
			if rows := len(eventRow.FindAllString(got.body, -1)); got.status != tt.status || rows != tt.rows {
				t.Errorf("got %d and %d rows, want %d and %d", got.status, rows, tt.status, tt.rows)
			}
			for extension, head := range map[string]int{"csv": 1, "jsonl": 0} {
				got := b.get(t, "/audit/events."+extension+"?"+tt.query)
				if got.status != tt.status {
					t.Errorf("%s: got %d, want %d", extension, got.status, tt.status)
				}
				if lines := strings.Count(got.body, "\n"); got.status == http.StatusOK && lines != head+tt.rows {
					t.Errorf("%s: got %d lines, want %d:\n%s", extension, lines, head+tt.rows, got.body)
				}
			}
		})
	}
	untilShown(t, b, "/audit/events?kind=exported", "events csv")
}

// Nobody sees the trail without signing in.
func TestAuditEventsAreForOperators(t *testing.T) {
	here := newEmbedded(t).site(t)
	for _, path := range []string{"/audit/events", "/audit/events.csv", "/audit/events.jsonl"} {
		response, err := http.Get(here.url(path))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Request.URL.Path; response.StatusCode == http.StatusOK && got != "/login" {
			t.Errorf("%s: got %d from %s, want the sign-in page", path, response.StatusCode, got)
		}
	}
}

var olderLink = regexp.MustCompile(`rel="next" href="([^"]+)"`)

// Pages show every event once.
func TestAuditEventsPages(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	const events = 120
	for i := range events {
		err := here.store.Record(t.Context(), store.Event{Kind: store.Exported, Origin: store.Origin{Actor: store.Actor{Name: "nurse"}}, Subject: fmt.Sprintf("s%03d", i)})
		if err != nil {
			t.Fatal(err)
		}
	}
	path := "/audit/events?actor=nurse"
	untilShown(t, b, path, fmt.Sprintf("s%03d", events-1))
	var all string
	for pages := 1; ; pages++ {
		got := b.get(t, path)
		if got.status != http.StatusOK {
			t.Fatalf("%s: got %d: %s", path, got.status, got.body)
		}
		body := got.body
		all += body
		next := olderLink.FindStringSubmatch(body)
		if next == nil {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
		path = html.UnescapeString(next[1])
	}
	for i := range events {
		if got := strings.Count(all, fmt.Sprintf("<bdi>s%03d</bdi>", i)); got != 1 {
			t.Errorf("event %d is shown %d times", i, got)
		}
	}
}
