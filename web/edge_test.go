package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"muckick/web"
	"muckick/web/store"
	"muckick/xmpp"
)

// Only the one address kicks, so that whoever guards it guards all.
func TestOneAddressKicks(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	for _, path := range []string{"/MUC_KICK", "/Muc_kick", "/muc_kick/", "//muc_kick", "/muc_kick/x", "/./muc_kick/", "/muc_kick%2f"} {
		got := send(t, http.DefaultClient, here.url(path), []byte(kickBody(t, embeddedRoom, "Bob", "")), "Authorization", header)
		if got.status != 404 {
			t.Errorf("%s: got %d %s, want 404", path, got.status, got.body)
		}
	}
	if got := trail(t, here); len(got) != 0 {
		t.Errorf("got %+v, want no kick", got)
	}
}

// What cannot be sent is refused before it is stored.
func TestUnusableKicksAreNotStored(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	tests := []struct {
		name, room, nick, reason string
		want                     int
	}{
		{"long reason", embeddedRoom, "Bob", strings.Repeat("x", 1<<18), 413},
		{"reason that grows", embeddedRoom, "Bob", strings.Repeat("<", 100_000), 413},
		{"control character in the reason", embeddedRoom, "Bob", "a\x01b", 400},
		{"long nick", embeddedRoom, strings.Repeat("x", 1<<18), "", 400},
		{"long room", strings.Repeat("x", 1<<18) + "@chat.example.org", "Bob", "", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if status, text, _ := post(t, here, header, kickBody(t, tt.room, tt.nick, tt.reason)); status != tt.want || len(text) > 1<<19 {
				t.Errorf("got %d %.200s, want %d", status, text, tt.want)
			}
		})
	}
	if got := trail(t, here); len(got) != 0 {
		t.Errorf("got %d entries, want none", len(got))
	}
	if status, text, _ := post(t, here, header, kickBody(t, embeddedRoom, "Bob", strings.Repeat("&", 30_000))); status != 200 {
		t.Errorf("a long reason that can be sent: got %d %s, want 200", status, text)
	}
}

// A host alone is no room; what is wrong with the host comes first.
func TestKickWithHostAlone(t *testing.T) {
	chat := newEmbedded(t)
	here := chat.site(t)
	tests := []struct {
		muc, want string
		status    int
	}{
		{"example.org", `{"error":"MUC not found: Host 'example.org' is not a MUC service"}`, 404},
		{"EXAMPLE.org/Bob", `{"error":"MUC not found: Host 'example.org' is not a MUC service"}`, 404},
		{"nosuch.example", `{"error":"MUC not found: No such host: nosuch.example"}`, 404},
		{"chat.example.org", "", 400},
		{"a b", "", 400},
	}
	for _, tt := range tests {
		status, text, _ := post(t, here, header, kickBody(t, tt.muc, "Bob", ""))
		if status != tt.status || tt.want != "" && text != tt.want {
			t.Errorf("%s: got %d %s, want %d %s", tt.muc, status, text, tt.status, tt.want)
		}
	}
	if got := trail(t, here); len(got) != 0 {
		t.Errorf("got %+v, want no kick", got)
	}
}

// A fault of ours ends one request and nothing else.
func TestPanics(t *testing.T) {
	var log lockedBuffer
	registry := prometheus.NewPedanticRegistry()
	chat := newEmbedded(t)
	here := chat.site(t, func(o *web.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.Metrics = registry
		o.Chat = &spy{Chat: o.Chat,
			kick:     func(context.Context) error { panic("kick of a test") },
			roomInfo: func(context.Context) (xmpp.RoomInfo, error) { panic("room of a test") },
		}
	})
	status, text, _ := post(t, here, header, kickBody(t, embeddedRoom, "Bob", ""))
	if status != 504 {
		t.Errorf("kick: got %d %s, want 504: how far it came is not known", status, text)
	}
	if got := trail(t, here); len(got) != 1 || got[0].Outcome != store.Unknown {
		t.Errorf("got %+v, want an unknown kick", got)
	}
	b := signIn(t, here)
	form := url.Values{"address": {embeddedRoom}, "csrf": {b.csrf(t)}}
	if got := b.do(t, http.MethodPost, "/rooms/open", form); got.status != 500 || !strings.Contains(got.body, "Internal error") {
		t.Errorf("page: got %d %.300s, want 500 and a page", got.status, got.body)
	}
	for _, want := range []string{"kick of a test", "tryKick", "room of a test", "handleOpenRoom"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in the log", want)
		}
	}
	const want = `
# HELP muckick_panics_total Faults in the program that ended a request; the log has their stacks.
# TYPE muckick_panics_total counter
muckick_panics_total 2
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "muckick_panics_total"); err != nil {
		t.Error(err)
	}
	if status, _, _ := post(t, here, "Basic x", "{}"); status != 401 {
		t.Errorf("afterwards: got %d, want 401", status)
	}
}
