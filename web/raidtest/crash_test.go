package raidtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// victimStore makes this test binary a process that does jobs and is killed.
const (
	victimStore   = "MUCKICK_RAIDTEST_STORE"
	victimJID     = "MUCKICK_RAIDTEST_JID"
	victimSecret  = "MUCKICK_RAIDTEST_SECRET"
	victimAddress = "MUCKICK_RAIDTEST_ADDRESS"
	victimKeeps   = "MUCKICK_RAIDTEST_KEEPS" // a room: it locks that, keeps all but the bots, and unlocks it
	victimDeath   = "MUCKICK_RAIDTEST_DEATH" // "member 2": it kills itself after the second one; empty for never
)

// beVictim does jobs, and what they leave to be done later, until it is killed.
func beVictim() {
	db, err := store.Open(context.Background(), store.Options{URL: os.Getenv(victimStore), Hashing: cheap})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	r, run := wire(os.Stderr, db, xmpp.Options{
		JID: os.Getenv(victimJID), Password: os.Getenv(victimSecret), Server: os.Getenv(victimAddress), Security: xmpp.Plaintext,
	})
	r.gate.passed = dieAfter(os.Getenv(victimDeath))
	go run(context.Background())
	fmt.Println("works")
	if room := os.Getenv(victimKeeps); room != "" {
		r.keepAndUnlock(room)
		return
	}
	go r.desk.KeepEffects(context.Background())
	r.jobs.Run(context.Background())
}

// dieAfter returns what kills this process when something was done so many times.
func dieAfter(death string) func(what string, _ xmpp.RoomJID) {
	what, times, fatal := strings.Cut(death, " ")
	if !fatal {
		return nil
	}
	limit, err := strconv.ParseInt(times, 10, 64)
	if err != nil {
		panic(err)
	}
	var count atomic.Int64
	return func(done string, _ xmpp.RoomJID) {
		if done == what && count.Add(1) == limit {
			if self, err := os.FindProcess(os.Getpid()); err != nil || self.Kill() != nil {
				panic("this process cannot kill itself")
			}
			select {}
		}
	}
}

// victim starts a process that does jobs, until it dies of what is named.
func victim(t testing.TB, url string, s *xmpptest.Server, death string, env ...string) *exec.Cmd {
	t.Helper()
	v := exec.Command(os.Args[0])
	v.Env = append(append(os.Environ(), env...), victimStore+"="+url, victimJID+"="+s.JID(s.Kicker.User),
		victimSecret+"="+s.Kicker.Password, victimAddress+"="+s.Addr, victimDeath+"="+death)
	v.Stderr = t.Output()
	output, err := v.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = v.Process.Kill() // it may be dead already
		_ = v.Wait()
	})
	scanner := bufio.NewScanner(output)
	if !scanner.Scan() || scanner.Text() != "works" {
		t.Fatalf("the process does not work: %s", scanner.Text())
	}
	return v
}

// A process that does a job is killed in the middle. The next one, or another
// replica, goes on: nobody is kicked twice, nothing is reported that did not
// happen, and what is not known is said so.
func TestKilledInTheMiddle(t *testing.T) {
	test := func(t *testing.T, server *xmpptest.Server, url string) {
		const rooms, bots = 3, 16
		s := newScene(t, server, rooms, bots)
		// The database is read beside the process that works on it.
		db := openStore(t, store.Options{URL: url, NoAudit: true, Create: true})
		reader, run := wire(t.Output(), db, chatOptions(server))
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); run(ctx) }()
		reader.awaitOnline(t)
		by := operator(t, db, "nurse", moderation.Everything())
		plan := reader.plan(t, by, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
			Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
		}})
		id := reader.start(t, by, plan)
		end()
		<-ended

		first := victim(t, url, server, "kick 16")
		if err := first.Wait(); err == nil || first.ProcessState.Exited() {
			t.Fatalf("the process was not killed: %v", err)
		}
		half, err := reader.jobs.Job(t.Context(), by, id)
		if err != nil {
			t.Fatal(err)
		}
		expireLeases(t, url)
		victim(t, url, server, "")
		job := reader.awaitEnd(t, by, id)

		hit := make(map[string]bool)
		for _, room := range s.rooms {
			for _, bot := range s.bots {
				if !bot.Ping(t, room) {
					hit[room+"/"+bot.User] = true
				}
			}
		}
		for _, target := range reader.targets(t, by, id) {
			name := target.Action.Room.String() + "/" + target.Action.Target.Nick
			switch target.Outcome {
			case xmpp.Done:
				if !hit[name] {
					t.Errorf("%s is said to be kicked, and is there", name)
				}
			case xmpp.Unknown:
				t.Logf("%s: %s, and is out: %v", name, target.Detail, hit[name])
			default:
				t.Errorf("%s: got %s (%s), want done or unknown", name, target.Outcome, target.Detail)
			}
		}
		attempts := make(map[int]int)
		for attempt, err := range db.EachAttempt(t.Context(), store.Filter{Job: id}) {
			if err != nil {
				t.Fatal(err)
			}
			attempts[attempt.Step]++
		}
		for step, count := range attempts {
			if count > 1 {
				t.Errorf("step %d was begun %d times", step, count)
			}
		}
		if half.Outcomes[xmpp.Pending] == 0 {
			t.Error("the job had ended before the process was killed")
		}
		t.Logf("%v when the process was killed; %v", half.Outcomes, job.Outcomes)
	}
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) { test(t, s, storetest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, xmpptest.Shared(t, xmpptest.Mucserver), storetest.Postgres(t)) })
}

// Of two replicas one works on a job. When it stops in good order the other one
// goes on at once.
func TestTakeover(t *testing.T) {
	server := xmpptest.Shared(t, xmpptest.Mucserver)
	url := storetest.Postgres(t)
	s := newScene(t, server, 2, 12)
	one := newReplica(t, openStore(t, store.Options{URL: url}), chatOptions(server))
	two := newReplica(t, openStore(t, store.Options{URL: url}), chatOptions(server))
	by := operator(t, one.store, "nurse", moderation.Everything())
	plan := one.plan(t, by, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
		Where: scopes(t, s.rooms), Traits: moderation.Traits{Nicks: nicks(t, "spam*")},
	}})
	id := two.start(t, by, plan) // a plan is for all replicas
	one.gate.let(5)
	stop, wait := one.work(t)
	one.awaitSettled(t, by, id, 5)
	stop()
	close(one.gate.open)
	wait()
	job, err := two.jobs.Job(t.Context(), by, id)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s, %v when the first replica stopped", job.State, job.Outcomes)
	if job.Outcomes[xmpp.Pending] == 0 {
		t.Error("the first replica did all of it")
	}
	began := time.Now()
	two.work(t)
	job = two.awaitEnd(t, by, id)
	if job.Outcomes[xmpp.Done] != 24 {
		t.Errorf("got %v, want 24 kicks", job.Outcomes)
	}
	t.Logf("ended %s later", time.Since(began))
}
