package web_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"muckick/web/store"
)

// openExport begins an export and reads none of it. The status is its head's.
func openExport(t *testing.T, here *site, b *browser, path string) (status int, end func()) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, here.url(path), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response.StatusCode, end
}

// Who exports and does not read takes no place from others, and not even from
// their own pages.
func TestExportsOfOneOperator(t *testing.T) {
	here := newEmbedded(t).site(t)
	first, second := signIn(t, here), signInAs(t, here, "auditor")
	// More than the kernel buffers, so that an export lasts until it is read.
	intents := make([]store.Intent, 250)
	for i := range intents {
		intents[i] = store.Intent{Room: embeddedRoom, Nick: "Bob", Reason: strings.Repeat("spam ", 20<<10)}
	}
	intend(t, here, intents...)

	status, end := openExport(t, here, first, "/audit.csv")
	if status != http.StatusOK {
		t.Fatalf("the first: got %d", status)
	}
	if status, _ := openExport(t, here, first, "/audit.jsonl"); status != http.StatusOK {
		t.Fatalf("the second: got %d", status)
	}
	if status, _ := openExport(t, here, first, "/audit.csv"); status != http.StatusTooManyRequests {
		t.Errorf("one too many: got %d, want 429", status)
	}
	if status, _ := openExport(t, here, second, "/audit.csv"); status != http.StatusOK {
		t.Errorf("of somebody else: got %d, want 200", status)
	}
	if status, _ := openExport(t, here, first, "/audit?nick=Nobody"); status != http.StatusOK {
		t.Errorf("a page: got %d, want 200", status)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodHead, here.url("/audit.csv"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // which takes no place
		response, err := second.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("HEAD: got %d, want 200", response.StatusCode)
		}
	}

	end()
	for late := time.Now().Add(10 * time.Second); ; {
		if status, _ := openExport(t, here, first, "/audit.csv"); status == http.StatusOK {
			break
		}
		if time.Now().After(late) {
			t.Fatal("an export that ended keeps its place")
		}
	}
}
