package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"muckick/web"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// The description says what the handler does: every answer, of every status, is
// validated against it.
func TestOpenAPI(t *testing.T) {
	chat := newEmbedded(t, func(o *mucserver.Options) {
		o.Intercept = func(s mucserver.Stanza) bool {
			return s.Kind == "iq" && s.Type == "set" && strings.HasPrefix(s.To, "silent@")
		}
	})
	chat.room(t, embeddedRoom, "Bob")
	chat.room(t, "silent@chat.example.org", "Bob")
	here := serve(t, chat.connect(t), func(o *web.Options) { o.KickTimeout = 500 * time.Millisecond })
	offline, err := xmpp.New(xmpp.Options{JID: "muckick@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	adrift := serve(t, offline)
	hasty := serve(t, offline, func(o *web.Options) { o.HeadTimeout = 100 * time.Millisecond })
	doc, router := description(t, here)

	seeing, _, err := here.store.AddToken(t.Context(), store.NewToken{Name: "see", Grants: grantsIn(t, embeddedRoom, "see")})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, authorization, body string
		site                      *site
		want                      int
	}{
		{"kicked", header, kickBody(t, embeddedRoom, "Bob", "spam"), here, 200},
		{"absent", header, kickBody(t, embeddedRoom, "Bob", ""), here, 400},
		{"no JSON", header, "{", here, 400},
		{"unauthorized", "", kickBody(t, embeddedRoom, "Bob", ""), here, 401},
		{"not granted", "Bearer " + seeing, kickBody(t, embeddedRoom, "Bob", ""), here, 403},
		{"no room", header, kickBody(t, "nosuch@chat.example.org", "Bob", ""), here, 404},
		{"too large", header, kickBody(t, embeddedRoom, "Bob", strings.Repeat("x", 300_000)), here, 413},
		{"offline", header, kickBody(t, embeddedRoom, "Bob", ""), adrift, 503},
		{"no answer", header, kickBody(t, "silent@chat.example.org", "Bob", ""), here, 504},
	}
	seen := make(map[string]bool)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, text, headers := post(t, tt.site, tt.authorization, tt.body)
			if status != tt.want {
				t.Fatalf("got %d %s, want %d", status, text, tt.want)
			}
			seen[strconv.Itoa(status)] = true
			validate(t, router, tt.body, status, text, headers)
		})
	}
	t.Run("compressed", func(t *testing.T) {
		body := kickBody(t, embeddedRoom, "Bob", "")
		got := send(t, http.DefaultClient, here.url("/muc_kick"), compressed(t, "gzip", body), "Authorization", header, "Content-Encoding", "gzip")
		seen[strconv.Itoa(got.status)] = true
		validate(t, router, body, got.status, got.body, got.header)
	})
	t.Run("too many guesses", func(t *testing.T) {
		for range 1000 {
			status, text, headers := post(t, adrift, "Basic x", "{}")
			if status == 401 {
				continue
			}
			seen[strconv.Itoa(status)] = true
			validate(t, router, "{}", status, text, headers)
			return
		}
		t.Error("a thousand guesses were let pass")
	})
	for name, request := range map[string]string{
		"version":    "POST /muc_kick HTTP/2.0\r\n\r\n",
		"slow":       "POST /muc_kick HTTP/1.1\r\nHost: x\r\n",
		"large head": "POST /muc_kick HTTP/1.1\r\nX: " + strings.Repeat("x", 32<<10) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := dial(t, hasty)
			w.send(t, request)
			response, text := w.answer(t)
			seen[strconv.Itoa(response.StatusCode)] = true
			validate(t, router, "{}", response.StatusCode, text, response.Header)
		})
	}
	for status := range doc.Paths.Find("/muc_kick").Post.Responses.Map() {
		if !seen[status] {
			t.Errorf("status %s is described, and no case answers with it", status)
		}
	}
}

// description loads the document that the server hands out.
func description(t *testing.T, here *site) (*openapi3.T, routers.Router) {
	t.Helper()
	response, err := http.Get(here.url("/openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

func validate(t *testing.T, router routers.Router, body string, status int, text string, headers http.Header) {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, "/muc_kick", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	route, parameters, err := router.FindRoute(request)
	if err != nil {
		t.Fatal(err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if status == http.StatusOK {
		if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
			t.Errorf("a request that works is not as described: %v", err)
		}
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: status, Header: headers,
		Body: io.NopCloser(bytes.NewBufferString(text)), Options: input.Options,
	})
	if err != nil {
		t.Errorf("the answer is not as described: %v", err)
	}
}
