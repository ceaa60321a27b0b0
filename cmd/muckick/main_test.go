package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muckick/cmd/muckick/internal/app"
	"muckick/cmd/muckick/internal/config"
	"muckick/xmpp/xmpptest"
)

// asProgram in the environment makes the test binary the program itself.
const asProgram = "TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	xmpptest.Main(m)
}

// writeFile writes a file that only its owner can read and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// outcome is what a command that has ended left behind.
type outcome struct {
	stdout, stderr string
	status         int
}

// command runs a command to its end, with empty standard input and environment.
func command(t *testing.T, args ...string) outcome {
	t.Helper()
	return commandWith(t, strings.NewReader(""), nil, args...)
}

// commandWith runs a command to its end.
func commandWith(t *testing.T, stdin io.Reader, env []string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, stdin, &stdout, &stderr, withoutFile(env))
	return outcome{stdout.String(), stderr.String(), status}
}

// withoutFile returns env so that no configuration of this machine is read that
// the environment does not name.
func withoutFile(env []string) []string { return append([]string{"MUCKICK_CONFIG="}, env...) }

// running is a command under way.
type running struct {
	stdout, stderr *buffer
	stop           context.CancelFunc
	done           chan struct{}
	status         int // once done is closed
}

// wantNoLeak fails the test if it leaves goroutines behind. It is to be called
// first, so that it looks last.
func wantNoLeak(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		goleak.VerifyNone(t, before,
			// fasthttp keeps some for as long as the process lasts, and the cleaner
			// of a worker pool until it looks next.
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp/stackless.funcWorker"),
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
	})
}

// start starts a command that runs until it is stopped, at the latest when the
// test ends.
func start(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	return startWork(t, func(ctx context.Context, stdout, stderr io.Writer) int {
		return run(ctx, args, strings.NewReader(""), stdout, stderr, withoutFile(env))
	})
}

// startServe starts what the command serve does, with times of its own for its end.
func startServe(t *testing.T, env []string, stop app.StopTimes) *running {
	t.Helper()
	cfg, err := config.Load(newServeCommand(nil).Flags(), withoutFile(env), config.Web, config.Store, config.XMPP, config.Log)
	if err != nil {
		t.Fatal(err)
	}
	return startWork(t, func(ctx context.Context, _, stderr io.Writer) int {
		if err := serve(ctx, cfg, stderr, stop); err != nil {
			return exitFailed
		}
		return exitOK
	})
}

// startWork starts what runs until its context ends and returns an exit status.
func startWork(t *testing.T, work func(ctx context.Context, stdout, stderr io.Writer) int) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{stdout: newBuffer(), stderr: newBuffer(), stop: stop, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.status = work(ctx, r.stdout, r.stderr)
	}()
	t.Cleanup(func() { r.end(t) })
	return r
}

// end stops the command and returns its exit status.
func (r *running) end(t *testing.T) int {
	t.Helper()
	r.stop()
	select {
	case <-r.done:
	case <-time.After(app.StopTimeout + 5*time.Second):
		t.Fatalf("the command did not end; it wrote\n%s%s", r.stdout, r.stderr)
	}
	return r.status
}

// buffer is an output that can be read while it is written.
type buffer struct {
	mu      sync.Mutex
	content bytes.Buffer
	grown   chan struct{} // closed with the next write
}

func newBuffer() *buffer { return &buffer{grown: make(chan struct{})} }

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.grown)
	b.grown = make(chan struct{})
	return b.content.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.content.String()
}

// waitFor waits until the output has the text, and returns all of it.
func (b *buffer) waitFor(t testing.TB, text string) string {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		b.mu.Lock()
		content, grown := b.content.String(), b.grown
		b.mu.Unlock()
		if strings.Contains(content, text) {
			return content
		}
		select {
		case <-grown:
		case <-late:
			t.Fatalf("never came: %q in\n%s", text, content)
		}
	}
}
