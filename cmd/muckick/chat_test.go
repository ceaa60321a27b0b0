package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"muckick/xmpp/mucserver"
)

const testHeader = "Basic dXNlcm5hbWU6cGFzc3dvcmQ="

// chatServer is a chat server of a test's own, on which kicker is an admin.
type chatServer struct {
	*mucserver.Server
	address string
}

// startChat starts a chat server that ends with the test. What arrives there
// passes intercept first, unless that is nil.
func startChat(t testing.TB, intercept func(mucserver.Stanza) bool) *chatServer {
	t.Helper()
	server, err := mucserver.New(mucserver.Options{
		Domain:    "localhost",
		Services:  []string{"conference.localhost"},
		Accounts:  map[string]string{"kicker": "secret"},
		Admins:    []string{"kicker"},
		Intercept: intercept,
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { end(); serving.Wait() })
	return &chatServer{server, l.Addr().String()}
}

// populate makes a room with an occupant called Bob.
func (s *chatServer) populate(t testing.TB, room string) *mucserver.Resident {
	t.Helper()
	r, err := s.CreateRoom(room, mucserver.RoomConfig{Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	bob, err := r.Enter("Bob", "bob@localhost/phone", mucserver.AffiliationNone)
	if err != nil {
		t.Fatal(err)
	}
	return bob
}

// serveEnv is the environment of a serve that uses the chat server.
func serveEnv(t testing.TB, chatAddress string) []string {
	t.Helper()
	return []string{
		"MUCKICK_LISTEN=127.0.0.1:0",
		"MUCKICK_AUTHORIZATION_HEADER=" + testHeader,
		"MUCKICK_STORE=" + newDatabase(t),
		"MUCKICK_XMPP_JID=kicker@localhost",
		"MUCKICK_XMPP_PASSWORD=secret",
		"MUCKICK_XMPP_SERVER=" + chatAddress,
		"MUCKICK_XMPP_TLS=none",
		"MUCKICK_LOG_FORMAT=json",
	}
}

// address returns where a serve that logs in JSON serves.
func (r *running) address(t testing.TB, message string) string {
	t.Helper()
	return r.entry(t, message).Address
}

// A logEntry is what tests look at of an entry of a log in JSON.
type logEntry struct{ Msg, Address, JID string }

// entry returns the first entry with a message.
func (r *running) entry(t testing.TB, message string) logEntry {
	t.Helper()
	log := r.stderr.waitFor(t, `"msg":"`+message+`"`)
	for line := range strings.Lines(log) {
		var entry logEntry
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if entry.Msg == message {
			return entry
		}
	}
	t.Fatalf("no entry in\n%s", log)
	return logEntry{}
}

// answer is what came back of an HTTP request.
type answer struct {
	status int
	body   string
}

// fetch makes a request on a connection of its own.
func fetch(t *testing.T, request *http.Request) answer {
	t.Helper()
	got, err := answerTo(request)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func answerTo(request *http.Request) (answer, error) {
	return answerBy((&http.Transport{DisableKeepAlives: true}).RoundTrip, request)
}

func answerBy(do func(*http.Request) (*http.Response, error), request *http.Request) (answer, error) {
	response, err := do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{response.StatusCode, string(body)}, nil
}

func get(t *testing.T, url string) answer {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return fetch(t, request)
}

// kickRequest asks the machine interface for a kick.
func kickRequest(t testing.TB, address, header, nick, room string) *http.Request {
	t.Helper()
	body, err := json.Marshal(map[string]string{"nickname": nick, "muc": room})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, "http://"+address+"/muc_kick", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if header != "" {
		request.Header.Set("Authorization", header)
	}
	return request
}

func kick(t *testing.T, address, header, nick, room string) answer {
	t.Helper()
	return fetch(t, kickRequest(t, address, header, nick, room))
}

// startKick kicks Bob beside the test. The zero answer means that none came.
func startKick(t *testing.T, address string) <-chan answer {
	t.Helper()
	request := kickRequest(t, address, testHeader, "Bob", "snuggery@conference.localhost")
	kicked := make(chan answer, 1)
	go func() {
		got, err := answerTo(request)
		if err != nil {
			t.Logf("no answer: %v", err)
		}
		kicked <- got
	}()
	return kicked
}

// gate holds the first kick that the chat server receives.
type gate struct {
	arrived, open chan struct{}
	once          sync.Once
}

func newGate() *gate { return &gate{arrived: make(chan struct{}), open: make(chan struct{})} }

func (g *gate) intercept(s mucserver.Stanza) bool {
	if s.Kind == "iq" && s.Type == "set" && s.Namespace == "http://jabber.org/protocol/muc#admin" {
		g.once.Do(func() {
			close(g.arrived)
			<-g.open
		})
	}
	return false
}
