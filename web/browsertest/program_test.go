package browsertest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"muckick/xmpp/xmpptest"
)

const (
	operator = "moderator"
	password = "correct horse battery"

	presetReason = "Please mind the house rules" // in the configuration
)

// A program is a running muckick.
type program struct {
	url    string // without a slash at the end
	path   string
	config string // path of its configuration
	cmd    *exec.Cmd
	output *output
}

// newProgram starts muckick on a chat server, with an operator who can sign in,
// until the test ends.
func newProgram(t *testing.T, chat *xmpptest.Server) *program {
	t.Helper()
	return newProgramWith(t, fmt.Sprintf("jid = %q\npassword = %q\nserver = %q\nca_file = %q\n",
		chat.JID(chat.Kicker.User), chat.Kicker.Password, chat.Addr, chat.CAFile))
}

// newProgramWith is newProgram with the settings of section xmpp.
func newProgramWith(t *testing.T, chat string) *program {
	t.Helper()
	path, err := lasting.program()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	address := freeAddress(t)
	p := &program{url: "http://" + address, path: path, config: filepath.Join(folder, "muckick.toml"), output: new(output)}
	settings := fmt.Sprintf(`
listen = %q
authorization_header = "Basic dXNlcm5hbWU6cGFzc3dvcmQ="
store = %q
reasons = [%q]
[xmpp]
%s`, address, "sqlite:"+filepath.Join(folder, "muckick.db"), presetReason, chat)
	if err := os.WriteFile(p.config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(t, password, "operator", "add", operator, "--create")
	t.Cleanup(func() {
		if p.cmd != nil {
			p.stop(t)
		}
		if t.Failed() {
			t.Logf("the program's log:\n%s", p.output)
		}
	})
	p.start(t)
	return p
}

// run runs a command of the program with a line of standard input.
func (p *program) run(t *testing.T, input string, args ...string) {
	t.Helper()
	cmd := exec.Command(p.path, append(args, "--config", p.config)...)
	cmd.Env = environment()
	cmd.Stdin = strings.NewReader(input + "\n")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("muckick %s: %v\n%s", strings.Join(args, " "), err, output)
	}
}

// environment is that of the test without what the program would take for its
// configuration.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "MUCKICK_") })
}

// start serves, and returns when a kick would work.
func (p *program) start(t *testing.T) {
	t.Helper()
	p.cmd = exec.Command(p.path, "serve", "--config", p.config)
	p.cmd.Env = environment()
	p.cmd.Stderr = p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "muckick to be ready", func() (bool, error) { return isOK(p.url + "/readyz") })
}

// stop ends the program in good order.
func (p *program) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("muckick ended: %v", err)
	}
	p.cmd = nil
}

// isOK reports whether the answer at the address is 200.
func isOK(url string) (bool, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	response, err := client.Get(url)
	if err != nil {
		return false, err
	}
	if response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return err == nil, errors.Join(err, response.Body.Close())
}

// freeAddress returns an address below the range of outgoing connections: while
// the program is down, a browser that tries to connect must not be given its
// port.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(10_000+rand.IntN(10_000)))
		if l, err := net.Listen("tcp", address); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// An output keeps what a process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
