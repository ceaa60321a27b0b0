package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// launch runs serve as a process of its own, and returns its address once it is
// connected to the chat server.
func launch(t testing.TB, env []string) (*exec.Cmd, string) {
	t.Helper()
	c, r := launchLogged(t, env)
	return c, r.address(t, "serving")
}

// launchLogged is launch, and returns what the process says.
func launchLogged(t testing.TB, env []string) (*exec.Cmd, *running) {
	t.Helper()
	c := exec.Command(os.Args[0], "serve") // see TestMain
	c.Env = append(env, asProgram+"=1", "MUCKICK_CONFIG=")
	r := &running{stderr: newBuffer()}
	c.Stderr = r.stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill() // it may have ended already
		_ = c.Wait()
	})
	r.stderr.waitFor(t, "connected to the chat server")
	return c, r
}

// The program is killed in the middle of a burst, over and over, and opens its
// database again: every kick that was confirmed to a caller has its row, and no
// row tells of a kick that did not happen.
func TestKilledUnderLoad(t *testing.T) {
	const rounds, crowd = 5, 60
	const room = "snuggery@conference.localhost"
	chat := startChat(t, nil)
	chat.populate(t, room)
	env := serveEnv(t, chat.address)
	confirmed := make(map[string]bool)
	residents := make(map[string]*mucserver.Resident)
	for round := range rounds {
		program, address := launch(t, env)
		var nicks []string
		for i := range crowd {
			nick := fmt.Sprintf("r%d-%d", round, i)
			resident, err := chat.Room(room).Enter(nick, "crowd@localhost", mucserver.AffiliationNone)
			if err != nil {
				t.Fatal(err)
			}
			nicks, residents[nick] = append(nicks, nick), resident
		}
		var mu sync.Mutex
		var kicking sync.WaitGroup
		deadly := make(chan struct{}) // closed at the kick that the program does not survive
		done := 0
		for part := range slices.Chunk(nicks, crowd/10) {
			kicking.Go(func() {
				for _, nick := range part {
					response, err := http.DefaultTransport.RoundTrip(kickRequest(t, address, testHeader, nick, room))
					if err != nil {
						return // the program is gone
					}
					response.Body.Close()
					mu.Lock()
					if response.StatusCode == http.StatusOK {
						confirmed[nick] = true
					}
					if done++; done == crowd/3+round*5 {
						close(deadly)
					}
					mu.Unlock()
				}
			})
		}
		<-deadly
		if err := program.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		kicking.Wait()
		_ = program.Wait() // killed, as it was meant to be
	}

	var url string
	for _, variable := range env {
		if rest, ok := strings.CutPrefix(variable, "MUCKICK_STORE="); ok {
			url = rest
		}
	}
	db, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows := make(map[string]xmpp.Outcome)
	for attempt, err := range db.EachAttempt(t.Context(), store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		rows[attempt.Nick] = attempt.Outcome
	}
	for nick := range confirmed {
		if rows[nick] != xmpp.Done {
			t.Errorf("%s: confirmed to the caller, and on record as %q", nick, rows[nick])
		}
	}
	for nick, outcome := range rows {
		kicked := residents[nick].Departure().Kicked
		switch {
		case outcome == xmpp.Done && !kicked:
			t.Errorf("%s: on record as kicked, and was not", nick)
		case outcome == xmpp.Pending:
			t.Errorf("%s: still pending after a new start", nick)
		}
	}
	for nick, resident := range residents {
		if resident.Departure().Kicked && rows[nick] == "" {
			t.Errorf("%s: kicked, and not on record", nick)
		}
	}
	t.Logf("%d kicks confirmed, %d on record", len(confirmed), len(rows))
}

// BenchmarkReady measures the time from the start of the process until a kick
// would work, with a database that exists already.
func BenchmarkReady(b *testing.B) {
	chat := startChat(b, nil)
	env := serveEnv(b, chat.address)
	start := func() time.Duration {
		began := time.Now()
		program, address := launch(b, env)
		for {
			request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+address+"/readyz", nil)
			if err != nil {
				b.Fatal(err)
			}
			response, err := http.DefaultTransport.RoundTrip(request)
			if err == nil {
				response.Body.Close()
				if response.StatusCode == http.StatusOK {
					break
				}
			}
		}
		took := time.Since(began)
		if err := program.Process.Kill(); err != nil {
			b.Fatal(err)
		}
		_ = program.Wait()
		return took
	}
	start() // makes the database
	var total time.Duration
	for range b.N {
		total += start()
	}
	b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "ms-to-ready")
	b.ReportMetric(0, "ns/op")
}
