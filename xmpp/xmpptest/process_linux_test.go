package xmpptest_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

const crashEnv = "XMPPTEST_CRASH"

// TestNothingIsLeftBehind kills a test binary in the middle of a test and
// expects its server to end too.
func TestNothingIsLeftBehind(t *testing.T) {
	for _, name := range []string{xmpptest.Prosody, xmpptest.Ejabberd, xmpptest.Prosody13, xmpptest.Ejabberd24} {
		t.Run(name, func(t *testing.T) {
			if os.Getenv(crashEnv) == name {
				hang(t, name)
			}
			cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=1m")
			cmd.Env = append(os.Environ(), crashEnv+"="+name, "TMPDIR="+t.TempDir())
			output, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			addr, dir := "", ""
			lines := bufio.NewScanner(output)
			for addr == "" && lines.Scan() {
				if strings.Contains(lines.Text(), "MISSING") {
					t.Skip(lines.Text())
				}
				if _, where, found := strings.Cut(lines.Text(), "server at "); found {
					addr, dir, _ = strings.Cut(where, " in ")
				}
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err == nil || addr == "" {
				t.Fatalf("got %v and address %q, want a binary killed in the middle of a test", err, addr)
			}
			awaitDown(t, addr)
		})
	}
}

// hang starts a server with a peer, says where, and waits for the end.
func hang(t *testing.T, name string) {
	t.Helper()
	s := xmpptest.Start(t, name)
	xmpptest.NewPeers(t, s).Connect(t, "alice", "alice's password")
	fmt.Println("server at " + s.Addr + " in " + filepath.Dir(s.CAFile))
	select {}
}

// awaitDown returns once nothing accepts connections at addr.
func awaitDown(t *testing.T, addr string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		conn.Close()
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("the server at %s outlived the test binary", addr)
		}
	}
}
