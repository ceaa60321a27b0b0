package xmpp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// A logBook keeps what is logged, on every level.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *logBook) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// entries returns those with the message.
func (b *logBook) entries(t *testing.T, message string) (found []map[string]any) {
	t.Helper()
	for line := range strings.Lines(b.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry["msg"] == message {
			found = append(found, entry)
		}
	}
	return found
}

// On the level debug the log tells how we are connected, where we are, what is
// asked and what the server says to it, and no secret.
func TestDebugLog(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		ca := certPool(t, s.CAFile)
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "alice", "pw").CreateRoom(t, address, "Alice", nil)
		var book logBook
		c := newClient(t, s, func(o *xmpp.Options) {
			o.Security, o.RootCAs, o.Logger = xmpp.StartTLS, ca, book.logger()
		})
		online(t, c)
		if _, err := c.Kick(testContext(t), parseRoom(t, address), xmpp.Target{Nick: "Nobody"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
			t.Fatal(err)
		}
		tests := []struct {
			message string
			want    map[string]string // in one of the entries
		}{
			{"connected to the chat server", map[string]string{"tls": "TLS 1.3", "mechanism": "SCRAM-SHA-"}},
			{"room entered", map[string]string{"room": address, "nick": "muckick", "role": "moderator", "affiliation": "owner"}},
			{"request to the chat server", map[string]string{"to": address, "type": "set", "error_type": "modify", "condition": "not-"}},
		}
		for _, tt := range tests {
			matches := func(entry map[string]any) bool {
				for key, want := range tt.want {
					got, _ := entry[key].(string)
					// Prosody says item-not-found where ejabberd says not-acceptable.
					got = strings.Replace(got, "item-not-found", "not-found", 1)
					if !strings.HasPrefix(got, want) {
						return false
					}
				}
				return true
			}
			found := false
			entries := book.entries(t, tt.message)
			for _, entry := range entries {
				found = found || matches(entry)
			}
			if !found {
				t.Errorf("%s: got %v, want %v", tt.message, entries, tt.want)
			}
		}
		if strings.Contains(book.String(), s.Kicker.Password) {
			t.Error("the log has the password")
		}
	})
}
