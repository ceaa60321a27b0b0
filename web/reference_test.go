package web_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

// A recorded case of the reference: what was asked, what it answered, and where
// we answer otherwise on purpose.
type recorded struct {
	Case          string  `json:"case"`
	Method        string  `json:"method"`
	Path          string  `json:"path"`
	Authorization *string `json:"authorization"`
	ContentType   *string `json:"content_type"`
	Body          string  `json:"body"`
	Reference     struct {
		Status      int     `json:"status"`
		ContentType *string `json:"content_type"`
		Body        string  `json:"body"`
	} `json:"reference"`
	Ours *struct {
		Status *int    `json:"status"`
		Body   *string `json:"body"`
		Why    string  `json:"why"`
	} `json:"ours"`
}

func readReference(t *testing.T) []recorded {
	t.Helper()
	file, err := os.Open("testdata/muc_kick-reference.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var cases []recorded
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c recorded
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

// The recorded conversation with the reference, on every server. Cases run in
// order, since kicks change the room.
func TestReference(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		room := s.Room("snuggery")
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, room, "Alice", nil)
		for user, nick := range map[string]string{"bob": "Bob", "carol": "Carol Ünï", "mallory": "MALLORY"} {
			peers.Connect(t, user, "pw").Join(t, room, nick)
		}
		here := newSite(t, s)
		for _, tt := range readReference(t) {
			t.Run(tt.Case, func(t *testing.T) {
				if tt.Case == "kick owner" && s.Software == xmpptest.Ejabberd {
					t.Log("ejabberd protects owners, as facts about it say: its refusal is expected")
					tt.Reference.Status, tt.Reference.Body = 400, `{"error":"Couldn't kick user: cancel: not-allowed"}`
					tt.Reference.ContentType = new(string)
					*tt.Reference.ContentType = "application/json"
				}
				compare(t, tt, ask(t, here, tt))
			})
		}
	})
}

// A reply is an answer as it came over the wire.
type reply struct {
	status      int
	contentType *string
	allow       string
	body        string
}

// ask writes the request by hand, since HTTP clients tidy up headers.
func ask(t *testing.T, here *site, tt recorded) reply {
	t.Helper()
	conn, err := net.Dial("tcp", here.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var request bytes.Buffer
	fmt.Fprintf(&request, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", tt.Method, tt.Path, here.address)
	if tt.Authorization != nil {
		fmt.Fprintf(&request, "Authorization: %s\r\n", *tt.Authorization)
	}
	if tt.ContentType != nil {
		fmt.Fprintf(&request, "Content-Type: %s\r\n", *tt.ContentType)
	}
	fmt.Fprintf(&request, "Content-Length: %d\r\n\r\n%s", len(tt.Body), tt.Body)
	if _, err := conn.Write(request.Bytes()); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: tt.Method})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := reply{status: response.StatusCode, allow: response.Header.Get("Allow"), body: string(body)}
	if values, ok := response.Header["Content-Type"]; ok {
		got.contentType = &values[0]
	}
	return got
}

func compare(t *testing.T, want recorded, got reply) {
	t.Helper()
	if want.Ours == nil {
		if got.status != want.Reference.Status || got.body != want.Reference.Body {
			t.Errorf("got %d %q, want %d %q", got.status, got.body, want.Reference.Status, want.Reference.Body)
		}
		if fmt.Sprint(deref(got.contentType)) != fmt.Sprint(deref(want.Reference.ContentType)) {
			t.Errorf("got content type %v, want %v", deref(got.contentType), deref(want.Reference.ContentType))
		}
		return
	}
	if want.Ours.Status != nil && got.status != *want.Ours.Status {
		t.Errorf("got status %d (%s), want %d: %s", got.status, got.body, *want.Ours.Status, want.Ours.Why)
	}
	if got.status == http.StatusMethodNotAllowed && got.allow != http.MethodPost {
		t.Errorf("got Allow %q, want POST", got.allow)
	}
	switch {
	case want.Ours.Status == nil:
	case want.Ours.Body != nil && got.body != *want.Ours.Body:
		t.Errorf("got body %q, want %q: %s", got.body, *want.Ours.Body, want.Ours.Why)
	case want.Ours.Body == nil:
		var decoded map[string]string
		if err := json.Unmarshal([]byte(got.body), &decoded); err != nil || strings.TrimSpace(decoded["error"]) == "" {
			t.Errorf("got body %q, want an object with an error: %v", got.body, err)
		}
	}
}

func deref(s *string) any {
	if s == nil {
		return "none"
	}
	return *s
}
