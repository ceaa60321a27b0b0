package store_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muckick/web/store"
	"muckick/xmpp"
)

const (
	// victimURL makes this test binary the process that is killed.
	victimURL = "MUCKICK_STORETEST_VICTIM"
	crashes   = 5
	inFlight  = 16
)

// beVictim is the process that TestKilledWhileWriting kills. It reports each
// step on standard output when it knows that the step is done.
func beVictim(url string) {
	s, err := store.Open(context.Background(), store.Options{URL: url, Replica: "victim", Hashing: cheap})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var mu sync.Mutex
	say := func(words ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(words...)
	}
	var group sync.WaitGroup
	for range inFlight {
		group.Go(func() {
			for {
				id, err := s.Intend(context.Background(), intent())
				if err != nil {
					say("error", err)
					return
				}
				say("sent", id)
				if err := s.Conclude(context.Background(), id, store.Conclusion{Outcome: xmpp.Done}); err != nil {
					say("error", err)
					return
				}
				say("kicked", id)
			}
		})
	}
	group.Wait()
}

// TestKilledWhileWriting kills a process at random moments, and checks after
// each that the database opens and tells the truth about what was seen.
func TestKilledWhileWriting(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		sent, kicked := map[string]bool{}, map[string]bool{}
		for range crashes {
			for _, line := range runVictim(t, url) {
				word, id, _ := strings.Cut(line, " ")
				switch word {
				case "sent":
					sent[id] = true
				case "kicked":
					kicked[id] = true
				case "error":
					t.Fatalf("victim: %s", line)
				}
			}
			expectTruth(t, url, sent, kicked)
		}
		t.Logf("%d crashes, %d kicks sent, %d confirmed", crashes, len(sent), len(kicked))
		if len(kicked) == 0 {
			t.Error("the victim was always killed before it wrote anything")
		}
	})
}

// runVictim starts the victim, kills it after a while, and returns what it said.
func runVictim(t *testing.T, url string) []string {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimURL+"="+url)
	victim.Stderr = os.Stderr
	output, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	var deadline <-chan time.Time
	scanned := make(chan string)
	go func() {
		defer close(scanned)
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			scanned <- scanner.Text()
		}
	}()
	for {
		select {
		case line, open := <-scanned:
			if !open {
				// Wait reports the kill as an error.
				_ = victim.Wait()
				return lines
			}
			lines = append(lines, line)
			if deadline == nil {
				deadline = time.After(time.Duration(rand.IntN(400)) * time.Millisecond)
			}
		case <-deadline:
			if err := victim.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			deadline = nil
		}
	}
}

// expectTruth checks that every kick that was sent has a row, that every
// confirmed one is stored as kicked, and that no other row claims to be.
func expectTruth(t *testing.T, url string, sent, kicked map[string]bool) {
	t.Helper()
	s := open(t, store.Options{URL: url, Replica: "victim"})
	// A server may still end the last transaction of a client that is dead.
	// The heartbeat after that settles its rows.
	var rows map[string]xmpp.Outcome
	until(t, "nothing is pending", func() bool {
		if err := s.Heartbeat(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows = outcomes(t, s)
		return !slices.Contains(slices.Collect(maps.Values(rows)), xmpp.Pending)
	})
	for id := range sent {
		if rows[id] == "" {
			t.Errorf("kick %s was sent and has no row", id)
		}
	}
	for id := range kicked {
		if rows[id] != xmpp.Done {
			t.Errorf("kick %s was confirmed, and its row says %q", id, rows[id])
		}
	}
	for id, outcome := range rows {
		switch {
		case outcome == xmpp.Done && !sent[id]:
			t.Errorf("row %s says kicked, and nothing was sent", id)
		case outcome != xmpp.Done && outcome != xmpp.Unknown:
			t.Errorf("row %s says %q after a restart", id, outcome)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// outcomes returns the outcome of each attempt in the trail.
func outcomes(t *testing.T, s *store.Store) map[string]xmpp.Outcome {
	t.Helper()
	found := map[string]xmpp.Outcome{}
	for a, err := range s.EachAttempt(t.Context(), store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		found[string(a.ID)] = a.Outcome
	}
	return found
}
