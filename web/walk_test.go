package web_test

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Whoever was granted nothing in a room finds nothing of it behind any route
// that there is, however they ask.
func TestNothingForeignBehindAnyRoute(t *testing.T) {
	here := newGrantedSite(t)
	routes := here.server.Routes()
	signsOut := func(route string) bool { return route == "POST /logout" }
	routes = append(slices.DeleteFunc(slices.Clone(routes), signsOut), routes[slices.IndexFunc(routes, signsOut)])
	if !slices.Contains(routes, "GET /rooms") || !slices.Contains(routes, "POST /muc_kick") {
		t.Fatalf("the routes are not known: %q", routes)
	}
	// All sign in at first: the walks use up what one address may try.
	everything, browsers := signIn(t, here), make(map[string]*browser)
	for _, name := range []string{"", "viewer", "auditor", "moderator"} {
		browsers[name] = signInAs(t, here, name)
	}
	for name, b := range browsers {
		t.Run("as "+name, func(t *testing.T) {
			for _, route := range routes {
				method, path, _ := strings.Cut(route, " ")
				if got := visit(t, b, method, path); strings.Contains(strings.ToLower(got), "vault") {
					t.Errorf("%s tells of the other room: %s", route, got)
				}
			}
		})
	}
	// That proves something only if the same requests find it with a grant.
	for _, route := range []string{"GET /rooms", "GET /rooms/:address", "GET /rooms/:address/events", "GET /audit", "GET /audit.csv", "GET /audit.jsonl"} {
		method, path, _ := strings.Cut(route, " ")
		if got := visit(t, everything, method, path); !slices.Contains(routes, route) || !strings.Contains(strings.ToLower(got), "vault") {
			t.Errorf("%s: an administrator finds nothing of the other room: %s", route, got)
		}
	}
}

// visit asks for a route about the foreign room, and returns the head and the body
// of the answer; of a stream the events until its first beat.
func visit(t *testing.T, b *browser, method, path string) string {
	t.Helper()
	about := url.Values{
		"address": {foreignRoom}, "room": {foreignRoom}, "muc": {foreignRoom}, "where": {foreignRoom}, "q": {foreignRoom},
		"nick": {"keeper"}, "nickname": {"keeper"}, "csrf": {b.csrf(t)},
	}
	path = strings.ReplaceAll(path, ":address", url.PathEscape(foreignRoom))
	body := ""
	if method == http.MethodGet {
		// All that a room says of itself is called after a vault, and its address is
		// not, since pages repeat what they were asked for.
		about = url.Values{"address": {foreignRoom}, "q": {foreignRoom}}
		if strings.HasPrefix(path, "/audit") {
			about = url.Values{"room": {foreignRoom}}
		}
		path += "?" + about.Encode()
	} else {
		body = about.Encode()
	}
	request, err := http.NewRequestWithContext(t.Context(), method, b.here.url(path), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer strings.Builder
	if err := response.Header.Write(&answer); err != nil {
		t.Fatal(err)
	}
	if response.Header.Get("Content-Type") != "text/event-stream" {
		if _, err := io.Copy(&answer, response.Body); err != nil {
			t.Fatal(err)
		}
		return answer.String()
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() && lines.Text() != "event: beat" {
		answer.WriteString(lines.Text() + "\n")
	}
	return answer.String()
}
