package main

import (
	"database/sql"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"muckick/cmd/muckick/internal/app"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// kickCases are a kick, the same again, and one by a stranger.
func kickCases(t *testing.T, address, room string) {
	t.Helper()
	tests := []struct {
		name, header string
		want         answer
	}{
		{"first", testHeader, answer{200, ""}},
		{"second", testHeader, answer{400, `{"error":"Couldn't kick user: modify: item-not-found"}`}},
		{"without header", "", answer{401, `{"error":"Authorization failed"}`}},
	}
	for _, tt := range tests {
		if got := kick(t, address, tt.header, "Bob", room); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestServeKicks(t *testing.T) {
	wantNoLeak(t)
	chat := startChat(t, nil)
	bob := chat.populate(t, "snuggery@conference.localhost")
	r := start(t, append(serveEnv(t, chat.address), "MUCKICK_METRICS_LISTEN=127.0.0.1:0"), "serve")
	address := r.address(t, "serving")
	r.stderr.waitFor(t, "connected to the chat server")

	if got := get(t, "http://"+address+"/readyz"); got.status != 200 {
		t.Errorf("/readyz: %+v", got)
	}
	if got := get(t, "http://"+address+"/login"); got.status != 200 || !strings.Contains(got.body, "<form") {
		t.Errorf("/login: %+v", got)
	}
	kickCases(t, address, "snuggery@conference.localhost")
	if departure := bob.Departure(); !departure.Kicked {
		t.Errorf("Bob's departure: %+v, want kicked", departure)
	}
	metrics := get(t, "http://"+r.address(t, "serving metrics")+"/metrics")
	if metrics.status != 200 || !strings.Contains(metrics.body, "muckick_chat_connected 1\n") || !strings.Contains(metrics.body, "muckick_chat_rooms_joined 1\n") ||
		!strings.Contains(metrics.body, "muckick_chat_rooms_powerless 0\n") {
		t.Errorf("/metrics: %+v", metrics)
	}
	if !strings.Contains(metrics.body, `muckick_kick_seconds_count{actor="api",outcome="done"} 1`) || strings.Contains(metrics.body, "Bob") {
		t.Errorf("/metrics does not count the kick, or shows a nick: %+v", metrics)
	}
	if status := r.end(t); status != exitOK {
		t.Errorf("exit status %d, want %d", status, exitOK)
	}
	if sessions := chat.Sessions(); len(sessions) != 0 {
		t.Errorf("sessions after the end: %q", sessions)
	}
	if got := r.stderr.String(); strings.Contains(got, "secret") || strings.Contains(got, testHeader) {
		t.Errorf("a secret shows in the log:\n%s", got)
	}
}

func TestServeWithoutHeaderSaysWhy(t *testing.T) {
	got := commandWith(t, strings.NewReader(""), []string{"MUCKICK_XMPP_JID=a@b", "MUCKICK_XMPP_PASSWORD=c"}, "serve")
	if want := "authorization_header: is required: without it anybody could kick"; got.status != exitFailed || !strings.Contains(got.stderr, want) {
		t.Errorf("status %d, %q; want %q", got.status, got.stderr, want)
	}
}

func TestServeRefusesBeforeItStarts(t *testing.T) {
	wantNoLeak(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	notPEM := writeFile(t, "cert.pem", "nothing")
	cert, key := writeCertificate(t, t.TempDir(), "localhost")
	_, otherKey := writeCertificate(t, t.TempDir(), "localhost")
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"listen in use", []string{"--listen", taken.Addr().String()}, "listen: listen tcp " + taken.Addr().String() + ": bind: address already in use"},
		{"metrics_listen in use", []string{"--metrics_listen", taken.Addr().String()}, "metrics_listen: listen tcp " + taken.Addr().String()},
		{"certificate missing", []string{"--tls_cert", "/nonexistent/cert.pem", "--tls_key", key}, "tls_cert, tls_key: stat /nonexistent/cert.pem"},
		{"certificate no PEM", []string{"--tls_cert", notPEM, "--tls_key", key}, "tls_cert, tls_key: " + notPEM},
		{"key of another certificate", []string{"--tls_cert", cert, "--tls_key", otherKey}, "private key does not match public key"},
		{"store in no folder", []string{"--store", "sqlite:/nonexistent/muckick.db"}, "/nonexistent/muckick.db"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chat := startChat(t, func(mucserver.Stanza) bool { t.Error("the chat server was talked to"); return false })
			env := serveEnv(t, chat.address)
			got := commandWith(t, strings.NewReader(""), env, append([]string{"serve"}, tt.args...)...)
			if got.status != exitFailed || !strings.Contains(got.stderr, tt.want) {
				t.Errorf("status %d, want %q in\n%s", got.status, tt.want, got.stderr)
			}
			for _, entry := range env {
				if file, ok := strings.CutPrefix(entry, "MUCKICK_STORE=sqlite:"); ok {
					if _, err := os.Stat(file); !os.IsNotExist(err) {
						t.Errorf("the store was opened: %v", err)
					}
				}
			}
		})
	}
}

func TestServeWhileChatServerIsDown(t *testing.T) {
	wantNoLeak(t)
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	r := start(t, serveEnv(t, nobody.Addr().String()), "serve")
	address := r.address(t, "serving")
	if got := get(t, "http://"+address+"/healthz"); got.status != 200 {
		t.Errorf("/healthz: %+v", got)
	}
	if got := get(t, "http://"+address+"/readyz"); got.status != 503 || !strings.Contains(got.body, "not connected") {
		t.Errorf("/readyz: %+v", got)
	}
	if got := kick(t, address, testHeader, "Bob", "snuggery@conference.localhost"); got.status != 503 {
		t.Errorf("kick: %+v", got)
	}
	if status := r.end(t); status != exitOK {
		t.Errorf("exit status %d", status)
	}
}

func TestServeFinishesKicksUnderWay(t *testing.T) {
	wantNoLeak(t)
	g := newGate()
	chat := startChat(t, g.intercept)
	chat.populate(t, "snuggery@conference.localhost")
	env := serveEnv(t, chat.address)
	r := start(t, env, "serve")
	address := r.address(t, "serving")
	r.stderr.waitFor(t, "connected to the chat server")

	kicked := startKick(t, address)
	<-g.arrived
	r.stop()
	r.stderr.waitFor(t, "stopping")
	for { // until no more connections are accepted
		conn, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		conn.Close()
	}
	close(g.open)
	if got, want := <-kicked, (answer{200, ""}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if status := r.end(t); status != exitOK {
		t.Errorf("exit status %d\n%s", status, r.stderr)
	}
	wantAudit(t, env, xmpp.Done)
}

// soon are times for an end that a test waits for.
var soon = app.StopTimes{All: 4 * time.Second, Requests: 300 * time.Millisecond, Answers: 200 * time.Millisecond}

// TestServeEndsInTime ends a serve whose chat server has gone silent.
func TestServeEndsInTime(t *testing.T) {
	wantNoLeak(t)
	g := newGate()
	chat := startChat(t, g.intercept)
	chat.populate(t, "snuggery@conference.localhost")
	env := serveEnv(t, chat.address)
	r := startServe(t, env, soon)
	address := r.address(t, "serving")
	r.stderr.waitFor(t, "connected to the chat server")
	kicked := startKick(t, address)
	<-g.arrived
	began := time.Now()
	r.stop()
	<-r.done
	if took := time.Since(began); took > soon.All+time.Second {
		t.Errorf("took %v, want at most %v", took, soon.All)
	}
	close(g.open)
	if got := <-kicked; got.status != 504 {
		t.Errorf("got %+v, want 504: it may have happened", got)
	}
	wantAudit(t, env, xmpp.Unknown)
}

// TestServeEndsInTimeWithoutItsStore ends a serve whose chat server has gone
// silent and whose store does not answer either.
func TestServeEndsInTimeWithoutItsStore(t *testing.T) {
	wantNoLeak(t)
	g := newGate()
	chat := startChat(t, g.intercept)
	chat.populate(t, "snuggery@conference.localhost")
	env := serveEnv(t, chat.address)
	r := startServe(t, env, soon)
	address := r.address(t, "serving")
	r.stderr.waitFor(t, "connected to the chat server")
	kicked := startKick(t, address)
	<-g.arrived
	unlock := lockStore(t, env)
	began := time.Now()
	r.stop()
	<-r.done
	if took := time.Since(began); took > soon.All+time.Second {
		t.Errorf("took %v, want at most %v", took, soon.All)
	}
	r.stderr.waitFor(t, "outcomes lost")
	if r.status != exitFailed {
		t.Errorf("exit status %d, want %d", r.status, exitFailed)
	}
	unlock()
	close(g.open)
	if got := <-kicked; got.status != 504 {
		t.Errorf("got %+v, want 504: it may have happened", got)
	}
}

// lockStore keeps the SQLite file of the store from being written until the
// returned function is called, or the test ends.
func lockStore(t *testing.T, env []string) (unlock func()) {
	t.Helper()
	for _, entry := range env {
		file, ok := strings.CutPrefix(entry, "MUCKICK_STORE=sqlite:")
		if !ok {
			continue
		}
		db, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		unlock = func() { db.Close() }
		t.Cleanup(unlock)
		if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
	}
	return unlock
}

// wantAudit looks at the only entry of the audit trail.
func wantAudit(t *testing.T, env []string, want xmpp.Outcome) {
	t.Helper()
	for _, entry := range env {
		url, ok := strings.CutPrefix(entry, "MUCKICK_STORE=")
		if !ok {
			continue
		}
		attempts, _, err := openBeside(t, url).Attempts(t.Context(), store.Filter{}, store.Page{})
		if err != nil || len(attempts) != 1 || attempts[0].Outcome != want {
			t.Errorf("audit trail: %+v, %v; want one %s", attempts, err, want)
		}
	}
}

func TestServeWarns(t *testing.T) {
	wantNoLeak(t)
	chat := startChat(t, nil)
	file := writeFile(t, "password", "secret\n")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	var env []string
	for _, entry := range serveEnv(t, chat.address) {
		if !strings.HasPrefix(entry, "MUCKICK_XMPP_PASSWORD=") {
			env = append(env, entry)
		}
	}
	r := start(t, append(env, "MUCKICK_XMPP_PASSWORD_FILE="+file), "serve")
	for _, want := range []string{"every user of this machine can read the secrets in " + file, "nobody can sign in to the panel yet"} {
		r.stderr.waitFor(t, want)
	}
}
