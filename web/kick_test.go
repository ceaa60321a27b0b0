package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muckick/web"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// post sends a body to the machine interface.
func post(t testing.TB, here *site, authorization, body string) (status int, text string, headers http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, here.url("/muc_kick"), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	client := http.Client{Timeout: patience}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer), response.Header
}

func kickBody(t testing.TB, room, nick, reason string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"muc": room, "nickname": nick, "reason": reason})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// trail returns the audit trail without what differs from run to run.
func trail(t testing.TB, here *site) []store.Attempt {
	t.Helper()
	attempts, _, err := here.store.Attempts(t.Context(), store.Filter{}, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return attempts
}

var ignoreTimes = cmpopts.IgnoreFields(store.Attempt{}, "ID", "Time", "Duration")

func TestKickIsAudited(t *testing.T) {
	chat := newEmbedded(t)
	bob := chat.room(t, embeddedRoom, "Bob", "Carol")["Bob"]
	here := chat.site(t)

	if status, text, _ := post(t, here, header, kickBody(t, embeddedRoom, "Bob", "spam\x85 & <b>")); status != 200 || text != "" {
		t.Fatalf("got %d %q, want 200 and nothing", status, text)
	}
	<-bob.Gone()
	for nick, want := range map[string]int{"Bob": 400, "muckick": 400} {
		if status, text, _ := post(t, here, header, kickBody(t, embeddedRoom, nick, "")); status != want {
			t.Errorf("%s: got %d %s, want %d", nick, status, text, want)
		}
	}
	if status, _, _ := post(t, here, header, kickBody(t, "nosuch@chat.example.org", "Bob", "")); status != 404 {
		t.Errorf("got %d, want 404", status)
	}
	got := trail(t, here)
	outcomes := make(map[string]xmpp.Outcome)
	for _, attempt := range got[:len(got)-1] {
		outcomes[attempt.Room+"/"+attempt.Nick] = attempt.Outcome
	}
	want := map[string]xmpp.Outcome{
		embeddedRoom + "/Bob":         xmpp.Gone,
		embeddedRoom + "/muckick":     xmpp.Refused,
		"nosuch@chat.example.org/Bob": xmpp.Gone,
	}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	first := store.Attempt{
		Intent: store.Intent{
			Actor: store.Actor{Kind: store.ByAPI}, Address: "127.0.0.1", Action: xmpp.ActionKick,
			Room: embeddedRoom, Nick: "Bob", RealJID: "resident0@example.org", Reason: "spam\x85 & <b>",
		},
		Outcome: xmpp.Done,
	}
	first.Reason = strings.ToValidUTF8(first.Reason, "\uFFFD") // encoding/json repairs it on the way
	if diff := cmp.Diff(first, got[len(got)-1], ignoreTimes); diff != "" {
		t.Errorf("the kick (-want +got):\n%s", diff)
	}
}

// What fails authorization or validation costs no XMPP traffic, and leaves no
// row.
func TestRejectedRequestsCostNothing(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	// The session settles before anything is counted.
	if status, _, _ := post(t, here, header, kickBody(t, embeddedRoom, "Nobody", "")); status != 400 {
		t.Fatal(status)
	}
	before, rows := chat.Counts(), len(trail(t, here))
	tests := []struct {
		name, authorization, body string
		want                      int
	}{
		{"no header", "", kickBody(t, embeddedRoom, "Bob", ""), 401},
		{"wrong header", "Basic x", kickBody(t, embeddedRoom, "Bob", ""), 401},
		{"unknown token", "Bearer muckick_x", kickBody(t, embeddedRoom, "Bob", ""), 401},
		{"wrong header, huge body", "Basic x", strings.Repeat("x", 1<<20), 401},
		{"no JSON", header, "{", 400},
		{"nick of another type", header, `{"nickname":true,"muc":"` + embeddedRoom + `"}`, 400},
		{"null room", header, `{"nickname":"Bob","muc":null}`, 400},
		{"malformed room", header, kickBody(t, "@@", "Bob", ""), 400},
		{"room with a space", header, kickBody(t, "a b@chat.example.org", "Bob", ""), 400},
		{"no room", header, kickBody(t, "chat.example.org", "Bob", ""), 400},
		{"full JID", header, kickBody(t, embeddedRoom+"/Bob", "Bob", ""), 404},
		{"control character", header, kickBody(t, embeddedRoom, "B\x01b", ""), 400},
		{"control character in the reason", header, kickBody(t, embeddedRoom, "Bob", "\x00"), 400},
		{"invalid UTF-8", header, `{"nickname":"` + "\xff" + `","muc":"` + embeddedRoom + `"}`, 400},
		{"reason of 1 MiB", header, kickBody(t, embeddedRoom, "Bob", strings.Repeat("x", 1<<20)), 413},
		{"reason that escaping makes too large", header, kickBody(t, embeddedRoom, "Bob", strings.Repeat(`"`, 100_000)), 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, text, headers := post(t, here, tt.authorization, tt.body)
			if status != tt.want {
				t.Errorf("got %d %s, want %d", status, text, tt.want)
			}
			var answer map[string]string
			if err := json.Unmarshal([]byte(text), &answer); err != nil || answer["error"] == "" {
				t.Errorf("got %q, want an object with an error", text)
			}
			if got := headers.Get("Content-Type"); got != "application/json" {
				t.Errorf("got content type %q", got)
			}
		})
	}
	if diff := cmp.Diff(before, chat.Counts()); diff != "" {
		t.Errorf("the chat server received stanzas (-before +after):\n%s", diff)
	}
	for _, attempt := range trail(t, here)[:len(trail(t, here))-rows] {
		if attempt.Outcome != xmpp.NotSent {
			t.Errorf("got %+v", attempt)
		}
	}
	if status, _, _ := post(t, here, header, kickBody(t, embeddedRoom, "Bob", "")); status != 200 {
		t.Errorf("the session was harmed: got %d, want 200", status)
	}
}

func TestKickWhileOffline(t *testing.T) {
	client, err := xmpp.New(xmpp.Options{JID: "muckick@example.org"}) // and never run
	if err != nil {
		t.Fatal(err)
	}
	here := serve(t, client)
	status, text, headers := post(t, here, header, kickBody(t, embeddedRoom, "Bob", ""))
	if status != 503 || headers.Get("Retry-After") == "" || !strings.Contains(text, "not kicked") {
		t.Errorf("got %d %s, Retry-After %q, want 503, not kicked, and a time", status, text, headers.Get("Retry-After"))
	}
	if got := trail(t, here); len(got) != 1 || got[0].Outcome != xmpp.NotSent {
		t.Errorf("got %+v, want one that failed", got)
	}
}

// A kick without an answer is neither called done nor not done.
func TestKickWithoutAnswer(t *testing.T) {
	chat := newEmbedded(t, func(o *mucserver.Options) {
		o.Intercept = func(s mucserver.Stanza) bool { return s.Kind == "iq" && s.Type == "set" }
	})
	chat.room(t, embeddedRoom, "Bob")
	here := serve(t, chat.connect(t), func(o *web.Options) { o.KickTimeout = 500 * time.Millisecond })
	status, text, _ := post(t, here, header, kickBody(t, embeddedRoom, "Bob", ""))
	if status != 504 || !strings.Contains(text, "may have happened") {
		t.Errorf("got %d %s, want 504 and the truth", status, text)
	}
	if got := trail(t, here); len(got) != 1 || got[0].Outcome != xmpp.Unknown {
		t.Errorf("got %+v, want one unknown", got)
	}
}

// A kick that the audit trail does not take is not sent.
func TestKickWithoutAudit(t *testing.T) {
	chat := newEmbedded(t)
	bob := chat.room(t, embeddedRoom, "Bob")["Bob"]
	here := chat.site(t)
	if err := here.store.Close(); err != nil {
		t.Fatal(err)
	}
	status, text, headers := post(t, here, header, kickBody(t, embeddedRoom, "Bob", ""))
	if status != 503 || !strings.Contains(text, "not kicked") || headers.Get("Retry-After") == "" {
		t.Errorf("got %d %s, want 503 not kicked", status, text)
	}
	select {
	case <-bob.Gone():
		t.Error("Bob was kicked")
	default:
	}
}

func TestTokens(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob", "Carol")
	here := chat.site(t)
	secret, token, err := here.store.AddToken(t.Context(), store.NewToken{Name: "bot", CreatedBy: "test", Grants: moderation.KickEverywhere()})
	if err != nil {
		t.Fatal(err)
	}
	if status, text, _ := post(t, here, "Bearer "+secret, kickBody(t, embeddedRoom, "Bob", "")); status != 200 {
		t.Fatalf("got %d %s, want 200", status, text)
	}
	if got, want := trail(t, here)[0].Actor, token.Actor(); got != want {
		t.Errorf("got actor %v, want %v", got, want)
	}
	if err := here.store.RevokeToken(t.Context(), "bot"); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := post(t, here, "Bearer "+secret, kickBody(t, embeddedRoom, "Carol", "")); status != 401 {
		t.Errorf("revoked token: got %d, want 401", status)
	}
}

// Many kicks at once are all answered, each truthfully.
func TestConcurrentKicks(t *testing.T) {
	const count = 300
	chat := newEmbedded(t)
	var nicks []string
	for i := range count {
		nicks = append(nicks, fmt.Sprintf("n%d", i))
	}
	chat.room(t, embeddedRoom, nicks...)
	here := chat.site(t)
	statuses := make(chan int, 2*count)
	for _, nick := range append(nicks, nicks...) {
		body := kickBody(t, embeddedRoom, nick, "")
		go func() {
			status, _, _ := post(t, here, header, body)
			statuses <- status
		}()
	}
	got := make(map[int]int)
	for range 2 * count {
		got[<-statuses]++
	}
	if diff := cmp.Diff(map[int]int{200: count, 400: count}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if got := chat.Counts().Joins; got != 1 {
		t.Errorf("muckick joined %d times, want once", got)
	}
}
