package web_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

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
	if got := trail(t, here); len(got) != 1 || got[0].Outcome != xmpp.Unknown {
		t.Errorf("got %+v, want an unknown kick", got)
	}
	b := signIn(t, here)
	form := url.Values{"address": {embeddedRoom}, "csrf": {b.csrf(t)}}
	if got := b.do(t, http.MethodPost, "/rooms/open", form); got.status != 500 || !strings.Contains(got.body, "Internal error") {
		t.Errorf("page: got %d %.300s, want 500 and a page", got.status, got.body)
	}
	for _, want := range []string{"kick of a test", "moderation.(*Desk).act", "room of a test", "handleOpenRoom"} {
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

// An addressed listener says that it is elsewhere than it is.
type addressed struct {
	net.Listener
	address net.Addr
}

func (a addressed) Addr() net.Addr { return a.address }

// What everybody knows, or can guess, protects nothing that others reach.
func TestHeadersThatAreNoSecret(t *testing.T) {
	elsewhere := &net.TCPAddr{IP: net.IPv4zero, Port: 8080}
	tests := []struct {
		name, header string
		want         string
	}{
		{"published", header, "is published"},
		{"short", "Basic x", "fewer than 16 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			here := newEmbedded(t).site(t)
			server, err := web.New(t.Context(), web.Options{Chat: here.chat, Store: here.store, AuthorizationHeader: tt.header})
			if err != nil {
				t.Fatal(err)
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if err := server.Serve(addressed{l, elsewhere}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	for _, value := range []string{"Basic dXNlcm5hbWU6cGFzc3dvcmQ=", "basic dXNlcm5hbWU6cGFzc3dvcmQ=", "BASIC  dXNlcm5hbWU6cGFzc3dvcmQ= "} {
		if err := web.CheckHeader(value); err == nil {
			t.Errorf("%q is published, and taken", value)
		}
	}
	if err := web.CheckHeader("Basic Y2FsbGVyOjFmMmUzZDRj"); err != nil {
		t.Errorf("got %v for a secret, want none", err)
	}
}

// What strangers and operators do besides kicks is on the trail.
func TestEventsOfTheWeb(t *testing.T) {
	here := newEmbedded(t).site(t)
	stranger := newBrowser(t, here)
	stranger.do(t, http.MethodPost, "/login", url.Values{"username": {"mallory"}, "password": {"wrong password"}})
	b := signIn(t, here)
	b.do(t, http.MethodPost, "/rooms/open", url.Values{"address": {embeddedRoom}, "csrf": {"x"}})
	b.get(t, "/audit.csv?nick=Bob")
	post(t, here, "Basic x", "{}")
	want := map[store.EventKind]string{
		store.SignInFailed: "", store.SignedIn: operatorName, store.FormForged: operatorName,
		store.Exported: operatorName, store.Unauthorized: "",
	}
	for kind, name := range want {
		awaitEventThat(t, here, kind, "by "+name, func(e store.Event) bool { return e.Actor.Name == name && e.Address == "127.0.0.1" })
	}
}

// A new sign-in leaves nothing behind of the session that the browser had.
func TestSignInReplacesSession(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	old := newBrowser(t, here)
	old.Jar.SetCookies(&url.URL{Scheme: "http", Host: here.address, Path: "/"}, b.Jar.Cookies(&url.URL{Scheme: "http", Host: here.address, Path: "/"}))
	b.do(t, http.MethodPost, "/login", url.Values{"username": {operatorName}, "password": {operatorPassword}})
	if got := b.get(t, "/rooms"); got.status != 200 {
		t.Errorf("new session: got %d, want 200", got.status)
	}
	if got := old.get(t, "/rooms"); got.status == 200 {
		t.Error("the session that was replaced goes on")
	}
}

// A stream ends soon after its session.
func TestStreamEndsWithSession(t *testing.T) {
	b := signIn(t, newEmbedded(t).site(t))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.here.url("/events"), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := response.Body.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := b.here.store.SetDisabled(t.Context(), operatorName, true); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, response.Body) // how it ends does not matter
	}()
	select {
	case <-ended:
	case <-time.After(patience / 2):
		t.Error("the stream goes on")
	}
}
