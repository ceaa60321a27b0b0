package web_test

import (
	"bufio"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"muckick/web/store"
	"muckick/xmpp"
)

// intend puts kicks into the audit trail.
func intend(t *testing.T, here *site, intents ...store.Intent) {
	t.Helper()
	var stored sync.WaitGroup
	for _, intent := range intents {
		stored.Go(func() {
			if _, err := here.store.Intend(t.Context(), intent); err != nil {
				t.Error(err)
			}
		})
	}
	stored.Wait()
}

// An export that the store cannot complete must not look complete.
func TestExportCutShort(t *testing.T) {
	tests := []struct{ path, encoding string }{
		{"/audit.csv", "br"},
		{"/audit.jsonl", "gzip"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			here := newEmbedded(t).site(t)
			b := signIn(t, here)
			// More than the store reads at once, and more than the kernel buffers.
			intents := make([]store.Intent, 250)
			for i := range intents {
				intents[i] = store.Intent{Room: embeddedRoom, Nick: "Bob", Reason: strings.Repeat("spam ", 20<<10)}
			}
			intend(t, here, intents...)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, here.url(tt.path), nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Accept-Encoding", tt.encoding)
			response, err := b.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Fatalf("got %d", response.StatusCode)
			}
			if err := here.store.Close(); err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, response.Body); err == nil {
				t.Errorf("got a whole file of %d bytes, want an error", n)
			}
		})
	}
}

func TestExport(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	intend(t, here,
		store.Intent{Actor: store.Actor{Kind: store.ByToken, Name: "bot"}, Room: embeddedRoom, Nick: "Bob"},
		store.Intent{Actor: store.Actor{Kind: store.ByOperator, Name: "bot"}, Room: embeddedRoom, Nick: "Carol"})
	tests := []struct {
		path  string
		lines int
	}{
		{"/audit.csv", 3},
		{"/audit.jsonl", 2},
		{"/audit.csv?kind=token", 2},
		{"/audit.jsonl?actor=nobody", 0},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			got := b.get(t, tt.path)
			if lines := strings.Count(got.body, "\n"); got.status != http.StatusOK || lines != tt.lines {
				t.Errorf("got %d and %d lines, want 200 and %d:\n%s", got.status, lines, tt.lines, got.body)
			}
		})
	}
}

// The answer to HEAD is a head and nothing else, so that the connection can be
// used again.
func TestHeadOfStreamedAnswers(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	address, err := url.Parse(here.url("/"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/audit.csv", "/audit.jsonl", roomURL(embeddedRoom)} {
		t.Run(path, func(t *testing.T) {
			conn, err := net.Dial("tcp", here.address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			answers := bufio.NewReader(conn)
			for _, closing := range []bool{false, true} {
				request, err := http.NewRequest(http.MethodHead, here.url(path), nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Close = closing
				for _, cookie := range b.Jar.Cookies(address) {
					request.AddCookie(cookie)
				}
				if err := request.Write(conn); err != nil {
					t.Fatal(err)
				}
				response, err := http.ReadResponse(answers, request)
				if err != nil {
					t.Fatal(err)
				}
				if response.StatusCode != http.StatusOK || response.ContentLength != -1 {
					t.Errorf("got %d with length %d, want 200 with none", response.StatusCode, response.ContentLength)
				}
			}
			if rest, err := io.ReadAll(answers); err != nil || len(rest) > 0 {
				t.Errorf("got %q, %v after the head, want nothing", rest, err)
			}
		})
	}
}

var actorLink = regexp.MustCompile(`data-label="By">\s*<a href="([^"]+)">(.*?)</a>`)

// The name of whoever kicked leads to what else they did, and to nothing that
// somebody else of that name did.
func TestAuditActorLink(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	tests := []struct {
		nick  string
		actor store.Actor
		text  string
	}{
		{"Bob", store.Actor{Kind: store.ByToken, Name: "ci"}, "token <bdi>ci</bdi>"},
		{"Carol", store.Actor{Kind: store.ByOperator, Name: "ci"}, "<bdi>ci</bdi>"},
		{"Dave", store.Actor{Kind: store.ByOperator, Name: "token ci"}, "<bdi>token ci</bdi>"},
		{"Erin", store.Actor{Kind: store.ByAPI}, "API"},
	}
	for _, tt := range tests {
		intend(t, here, store.Intent{Actor: tt.actor, Room: embeddedRoom, Nick: tt.nick})
	}
	for _, tt := range tests {
		t.Run(tt.nick, func(t *testing.T) {
			found := actorLink.FindAllStringSubmatch(b.get(t, "/audit?nick="+url.QueryEscape(tt.nick)).body, -1)
			if len(found) != 1 {
				t.Fatalf("got %d links, want 1", len(found))
			}
			if got, want := strings.TrimSpace(found[0][2]), tt.text; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			body := b.get(t, html.UnescapeString(found[0][1])).body
			for _, other := range tests {
				if got, want := strings.Contains(body, "<bdi>"+other.nick+"</bdi>"), other.nick == tt.nick; got != want {
					t.Errorf("%s shows %s: got %v, want %v", found[0][1], other.nick, got, want)
				}
			}
		})
	}
	if got := b.get(t, "/audit?kind=nonsense"); got.status != http.StatusBadRequest {
		t.Errorf("an unknown kind: got %d, want 400", got.status)
	}
}

// Outcomes go by the names of exports too, and what is wrong with a filter is
// said.
func TestExportFilter(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	id, err := here.store.Intend(t.Context(), store.Intent{Room: embeddedRoom, Nick: "Nobody"})
	if err == nil {
		err = here.store.Conclude(t.Context(), id, store.Conclusion{Outcome: xmpp.Gone})
	}
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		query  string
		status int
		want   string // in the answer
	}{
		{"outcome=gone", http.StatusOK, "Nobody"},
		{"outcome=not+sent", http.StatusOK, "id,time"},
		{"outcome=lost", http.StatusBadRequest, "There is no such outcome."},
		{"action=ban", http.StatusOK, "id,time"},
		{"action=hug", http.StatusBadRequest, "There is no such action."},
		{"kind=ghost", http.StatusBadRequest, "There is no such way to ask for anything."},
		{"from=yesterday", http.StatusBadRequest, "A day has the form 2006-01-31."},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			if got := b.get(t, "/audit.csv?"+tt.query); got.status != tt.status || !strings.Contains(got.body, tt.want) {
				t.Errorf("got %d %s, want %d with %s", got.status, got.body, tt.status, tt.want)
			}
		})
	}
}

// A day is one of the zone that the filter names, which is what the table shows.
func TestFilterDaysOfZone(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	intend(t, here, store.Intent{Room: embeddedRoom, Nick: "Bob"})
	attempts, _, err := here.store.Attempts(t.Context(), store.Filter{}, store.Page{Limit: 1})
	if err != nil || len(attempts) != 1 {
		t.Fatalf("got %d attempts and error %v, want one", len(attempts), err)
	}
	for _, zone := range []string{"", "UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		day := attempts[0].Time.In(location)
		for days, want := range map[int]bool{-1: false, 0: true, 1: false} {
			date := day.AddDate(0, 0, days).Format("2006-01-02")
			query := url.Values{"from": {date}, "to": {date}, "zone": {zone}}.Encode()
			page := b.get(t, "/audit?"+query).body
			if got := strings.Contains(page, `id="kick-`); got != want {
				t.Errorf("%s in %q: shown %t, want %t", date, zone, got, want)
			}
		}
	}
	for _, zone := range []string{"Local", "Nowhere/Such", "../../etc/passwd", "/etc/localtime"} {
		page := b.get(t, "/audit?from=2026-01-02&zone="+url.QueryEscape(zone)).body
		if !strings.Contains(page, "There is no such time zone.") {
			t.Errorf("%q passes for a time zone", zone)
		}
	}
}
