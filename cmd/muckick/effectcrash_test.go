package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp/mucserver"
)

const (
	crashRoom     = "snuggery@conference.localhost"
	crashPassword = "correct horse"
)

// A moderator is somebody who is signed in to the panel of a program.
type moderator struct {
	http.Client
	base string
	csrf string
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func newModerator(t *testing.T, address string) *moderator {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &moderator{base: "http://" + address, Client: http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if status, err := m.post("/login", "username", "alice", "password", crashPassword); status != http.StatusSeeOther {
		t.Fatalf("sign-in: %d, %v", status, err)
	}
	found := csrfField.FindStringSubmatch(m.page(t, "/account"))
	if found == nil {
		t.Fatal("no CSRF token on the page")
	}
	m.csrf = found[1]
	return m
}

func (m *moderator) page(t *testing.T, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	got, err := answerBy(m.Do, request)
	if err != nil {
		t.Fatal(err)
	}
	return got.body
}

// post sends a form of the panel; the program may die of it.
func (m *moderator) post(path string, fields ...string) (status int, err error) {
	form := url.Values{"csrf": {m.csrf}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	request, err := http.NewRequest(http.MethodPost, m.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Accept", "text/html")
	got, err := answerBy(m.Do, request)
	return got.status, err
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(3 * time.Minute)
	poll := time.NewTicker(100 * time.Millisecond)
	defer poll.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("timed out waiting for %s", what)
		case <-poll.C:
		}
	}
}

// beside opens the database of a program, with an operator in it.
func beside(t *testing.T, env []string) *store.Store {
	t.Helper()
	var database string
	for _, variable := range env {
		if rest, ok := strings.CutPrefix(variable, "MUCKICK_STORE="); ok {
			database = rest
		}
	}
	db := openBeside(t, database)
	if _, err := db.AddOperator(t.Context(), "alice", crashPassword, moderation.Everything()); err != nil {
		t.Fatal(err)
	}
	return db
}

// Of two replicas one is killed while it lifts bans that are due: the other lifts
// what is left, and the room sees each lifted once.
func TestReplicaKilledWhileEffectsEnd(t *testing.T) {
	t.Parallel()
	const bans = 6
	var mu sync.Mutex
	unbans := 0
	killed := make(chan struct{})
	replicas := make(map[string]*os.Process) // by the JID of their session
	armed, dead := false, false
	chat := startChat(t, func(s mucserver.Stanza) bool {
		if s.Type != "set" || s.Namespace != "http://jabber.org/protocol/muc#admin" {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if !armed {
			return false
		}
		unbans++
		process := replicas[s.From]
		if unbans != 2 || dead || process == nil {
			return false
		}
		// Whoever is at it dies, and this one is not carried out.
		dead = true
		_ = process.Kill()
		close(killed)
		unbans--
		return true
	})
	chat.populate(t, crashRoom)
	env := append(serveEnv(t, chat.address), "MUCKICK_STORE="+storetest.Postgres(t))
	var db *store.Store
	var address string
	for range 2 {
		program, r := launchLogged(t, env)
		mu.Lock()
		replicas[r.entry(t, "connected to the chat server").JID] = program.Process
		mu.Unlock()
		if address = r.address(t, "serving"); db == nil {
			db = beside(t, env)
		}
	}
	m := newModerator(t, address)
	for i := range bans {
		account := string(rune('a'+i)) + "@localhost"
		if status, err := m.post("/rooms/"+url.PathEscape(crashRoom)+"/act", "action", "ban", "jid", account, "for", "10s"); status != http.StatusSeeOther {
			t.Fatalf("ban: %d, %v", status, err)
		}
	}
	mu.Lock()
	armed = true
	mu.Unlock()
	<-killed
	eventually(t, "all to be lifted", func() bool {
		all, err := db.Effects(t.Context(), store.EffectFilter{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(all) == 0
	})
	all, err := db.Effects(t.Context(), store.EffectFilter{Ended: true}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		// One may have been lifted by who died before that was on record.
		if e.State != moderation.EffectLifted && e.State != moderation.EffectGone {
			t.Errorf("got %+v, want that it has ended", e)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if unbans != bans || len(all) != bans {
		t.Errorf("the room saw %d unbans of %d bans, %d on record", unbans, bans, len(all))
	}
}
