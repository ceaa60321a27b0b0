package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/web/store"
)

// Hundreds of strangers who promise large bodies and send a part cost the memory of
// their connections, and no more when they have left.
func TestMemoryOfStrangers(t *testing.T) {
	const (
		strangers = 400
		bound     = 64 << 20 // each of them promises 2 MB
	)
	here := newEmbedded(t).site(t)
	sent := strings.Repeat("x", 60_000)
	tests := []struct {
		name, path, head, before, after string
		want                            int
	}{
		{"promised", "/muc_kick", "Authorization: Basic x\r\nContent-Length: 2000000\r\n", "", "", 401},
		{"promised and not sent", "/muc_kick", "Content-Length: 1000000\r\n", "", "", 401},
		{"in chunks", "/muc_kick", "Authorization: Basic x\r\nTransfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n", len(sent)), "\r\n", 401},
		{"at sign-in", "/login", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2000000\r\n", "", "", 413},
		{"nowhere", "/nothing", "Content-Length: 2000000\r\n", "", "", 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := heap()
			var open []*wire
			for range strangers {
				w := dial(t, here)
				w.send(t, "POST "+tt.path+" HTTP/1.1\r\nHost: x\r\n"+tt.head+"\r\n"+tt.before)
				if tt.name != "promised and not sent" {
					w.send(t, sent+tt.after)
				}
				open = append(open, w)
			}
			for _, w := range open {
				if response, body := w.answer(t); response.StatusCode != tt.want && response.StatusCode != 429 { // many are wrong here
					t.Fatalf("got %d %s, want %d", response.StatusCode, body, tt.want)
				}
			}
			if during := heap(); during > before+bound {
				t.Errorf("%d strangers take %d MiB, want less than %d", strangers, (during-before)>>20, bound>>20)
			}
			for _, w := range open {
				w.Close()
			}
			if after := heap(); after > before+bound/2 {
				t.Errorf("%d MiB are kept for strangers who left", (after-before)>>20)
			}
		})
	}
}

// Who is held up when they sign in is on the trail, and from where.
func TestThrottlingIsOnTheTrail(t *testing.T) {
	tests := []struct {
		name string
		user func(try int) string
	}{
		{"guesses at one operator", func(int) string { return operatorName }},
		{"guesses at many", func(try int) string { return fmt.Sprintf("guess%d", try) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			here := newEmbedded(t).site(t)
			signIn(t, here)
			stranger, status, user := newBrowser(t, here), 0, ""
			for try := 0; status != http.StatusTooManyRequests; try++ {
				if try == 200 {
					t.Fatal("nobody is held up")
				}
				user = tt.user(try)
				status = stranger.do(t, http.MethodPost, "/login", url.Values{"username": {user}, "password": {"wrong"}}).status
			}
			events := awaitEvent(t, here, store.SignInThrottled)
			if len(events) != 1 || events[0].Subject != user || events[0].Address != "127.0.0.1" || events[0].Actor != (store.Actor{}) {
				t.Errorf("got %+v, want one of %s from here", events, user)
			}
		})
	}
}

// An export ends with the session that began it, before it is whole, and not with
// another one of the same operator.
func TestExportsEndWithTheirSession(t *testing.T) {
	here := newEmbedded(t).site(t)
	signIn(t, here) // the first operator
	first := signInAs(t, here, "auditor")
	second := newBrowser(t, here)
	if got := second.do(t, http.MethodPost, "/login", url.Values{"username": {"opauditor"}, "password": {operatorPassword}}); got.status != http.StatusSeeOther {
		t.Fatalf("sign-in: got %d", got.status)
	}
	// More than the kernel buffers, so that an export lasts until it is read.
	intents := make([]store.Intent, 250)
	for i := range intents {
		intents[i] = store.Intent{Room: embeddedRoom, Nick: "Bob", Reason: strings.Repeat("spam ", 20<<10)}
	}
	intend(t, here, intents...)
	get := func(b *browser) io.ReadCloser {
		t.Helper()
		client := b.Client
		client.Timeout = 0 // which counts until the body is read
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, here.url("/audit.jsonl"), nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { response.Body.Close() })
		if response.StatusCode != http.StatusOK {
			return nil
		}
		return response.Body
	}
	ending, lasting := get(first), get(second) // which are all that one operator may have
	if ending == nil || lasting == nil {
		t.Fatal("an export did not begin")
	}
	first.do(t, http.MethodPost, "/logout", url.Values{"csrf": {first.csrf(t)}})
	waitFor(t, "the export to give up its place", func() bool { return get(second) != nil })
	if data, err := io.ReadAll(ending); err == nil {
		t.Errorf("the export ended with %v after %d bytes, want that it is broken off", err, len(data))
	}
	data, err := io.ReadAll(lasting)
	if lines := strings.Count(string(data), "\n"); err != nil || lines != len(intents) {
		t.Errorf("that of the other session has %d lines, %v, want all %d", lines, err, len(intents))
	}
}
