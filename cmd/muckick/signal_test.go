package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSignals sends signals to the program as a process of its own.
func TestSignals(t *testing.T) {
	g := newGate()
	defer close(g.open)
	chat := startChat(t, g.intercept)
	chat.populate(t, "snuggery@conference.localhost")
	launch := func() (*exec.Cmd, *running) {
		c := exec.Command(os.Args[0], "serve")
		c.Env = append(serveEnv(t, chat.address), asProgram+"=1", "MUCKICK_CONFIG=")
		c.Dir = filepath.Dir(t.TempDir())
		r := &running{stderr: newBuffer()}
		c.Stderr = r.stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill() })
		r.stderr.waitFor(t, "connected to the chat server")
		return c, r
	}

	c, r := launch()
	send(t, c, syscall.SIGTERM)
	if err := c.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v, want exit status 0\n%s", err, r.stderr)
	}
	if log := r.stderr.String(); !strings.Contains(log, `"stopped"`) {
		t.Errorf("no end in good order:\n%s", log)
	}

	c, r = launch()
	address := r.address(t, "serving")
	request := kickRequest(t, address, testHeader, "Bob", "snuggery@conference.localhost")
	go func() {
		transport := &http.Transport{DisableKeepAlives: true}
		if response, err := transport.RoundTrip(request); err == nil { // its process gets killed
			response.Body.Close()
			t.Errorf("the kick was answered: %s", response.Status)
		}
	}()
	<-g.arrived
	send(t, c, syscall.SIGINT)
	r.stderr.waitFor(t, "stopping")
	send(t, c, syscall.SIGTERM)
	err := c.Wait()
	if state := c.ProcessState.Sys().(syscall.WaitStatus); !state.Signaled() {
		t.Errorf("after a second signal: %v, want the process killed by it", err)
	}
}

func send(t *testing.T, c *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := c.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}
