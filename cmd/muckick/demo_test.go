package main

import (
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"muckick/cmd/muckick/internal/demo"
)

// startDemo starts a demo on free ports and waits for its greeting.
func startDemo(t *testing.T, args ...string) (r *running, greeting string) {
	t.Helper()
	r = start(t, nil, append([]string{"demo"}, args...)...)
	return r, r.stdout.waitFor(t, "Ctrl-C ends it.\n")
}

// find returns what the pattern's group matches in the text.
func find(t *testing.T, text, pattern string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("no %s in\n%s", pattern, text)
	}
	return match[1]
}

func TestDemoKicksBob(t *testing.T) {
	wantNoLeak(t)
	r, greeting := startDemo(t, "--listen", "127.0.0.1:0", "--xmpp-listen", "127.0.0.1:0")
	address := find(t, greeting, `http://(127\.0\.0\.1:\d+)/\n`)
	kickCases(t, address, "snuggery@chat.example.org")
	if status := r.end(t); status != exitOK {
		t.Errorf("exit status %d", status)
	}
	if got := r.stderr.String(); got != "" {
		t.Errorf("it complains:\n%s", got)
	}
}

// TestDemoCurl runs the line that the demo prints, as it is.
func TestDemoCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skipf("MISSING: curl (%v)", err)
	}
	_, greeting := startDemo(t, "--listen", "127.0.0.1:0", "--xmpp-listen", "127.0.0.1:0")
	line := find(t, greeting, `\n  (curl .*)\n`)
	for _, want := range []string{"HTTP/1.1 200 OK\r\n", `{"error":"Couldn't kick user: modify: item-not-found"}`} {
		got, err := exec.Command("sh", "-c", line).Output()
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("got %s, %v, want %q", got, err, want)
		}
	}
}

// TestDemoGuests lets somebody in, as the greeting says, and has check look at
// the chat server as they would.
func TestDemoGuests(t *testing.T) {
	_, greeting := startDemo(t, "--listen", "127.0.0.1:0", "--xmpp-listen", "127.0.0.1:0")
	port := find(t, greeting, `server 127\.0\.0\.1, port (\d+)`)
	password := find(t, greeting, `whatever name you like\), password (\S+)`)
	got := command(t, "check", "--xmpp.jid", "visitor@example.org", "--xmpp.password", password,
		"--xmpp.server", "127.0.0.1:"+port, "--xmpp.tls", "none")
	for _, want := range []string{"logged in as visitor@example.org", "it lists 8 rooms", "neither owner nor admin of 8"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("no %q in\n%s", want, got.stdout)
		}
	}
}

// TestDemoCrowd kicks somebody out of the crowd, where the greeting says that it
// is.
func TestDemoCrowd(t *testing.T) {
	_, greeting := startDemo(t, "--listen", "127.0.0.1:0", "--xmpp-listen", "127.0.0.1:0", "--crowd", "300")
	address := find(t, greeting, `http://(127\.0\.0\.1:\d+)/\n`)
	room := find(t, greeting, `A crowd of 300 is in (\S+)\.\n`)
	if got, want := kick(t, address, testHeader, "Ada 1", room), (answer{200, ""}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDemoRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"panel in use", []string{"--listen", taken.Addr().String()}, "--listen: listen tcp " + taken.Addr().String() + ": bind: address already in use"},
		{"chat in use", []string{"--listen", "127.0.0.1:0", "--xmpp-listen", taken.Addr().String()}, "--xmpp_listen: listen tcp " + taken.Addr().String()},
		{"chat on the network", []string{"--listen", "127.0.0.1:0", "--xmpp-listen", "0.0.0.0:0"}, "speaks without encryption"},
		{"less than nobody", []string{"--crowd", "-1"}, "--crowd: -1 is not between 0 and 100000"},
		{"too large a crowd", []string{"--crowd", "100001"}, "--crowd: 100001 is not between 0 and 100000"},
		{"no address", []string{"--listen", "here"}, "--listen: listen tcp: address here: missing port"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantNoLeak(t)
			got := command(t, append([]string{"demo"}, tt.args...)...)
			if got.status != exitFailed || !strings.Contains(got.stderr, tt.want) {
				t.Errorf("status %d, want %q in %q", got.status, tt.want, got.stderr)
			}
		})
	}
}

// TestDemoTakesFreePorts occupies the default addresses, as far as nobody else
// has done so already.
func TestDemoTakesFreePorts(t *testing.T) {
	for _, address := range []string{demo.DefaultListen, demo.DefaultXMPPListen} {
		if l, err := net.Listen("tcp", address); err == nil {
			defer l.Close()
		}
	}
	_, greeting := startDemo(t)
	for _, address := range []string{demo.DefaultListen, demo.DefaultXMPPListen} {
		free := find(t, greeting, regexp.QuoteMeta(address)+` is in use, so (127\.0\.0\.1:\d+) is taken instead`)
		_, port, _ := net.SplitHostPort(free)
		if strings.Count(greeting, port) < 2 {
			t.Errorf("port %s is not where the greeting leads:\n%s", port, greeting)
		}
	}
}
