// Package browsertest tests the panel as people meet it: the real program on a
// real chat server, in Chromium; what matters most in Firefox too ([eachBrowser]).
//
// A [scene] is a room with people in it and a muckick of its own. A [tab] is a
// page in the browser, on a desktop or on a phone; it fails its test when the
// page breaks its own security policy or a script of it fails, whatever the
// test is about. A failed test leaves a screenshot of every tab.
//
// Where Chromium, Firefox, axe-core or a chat server is missing, tests are skipped and
// say so; with the environment variable MUCKICK_REQUIRE_SERVERS set to
// anything, they fail.
package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"muckick/xmpp/xmpptest"
)

// patience is how long a test waits for something that has to happen.
const patience = 20 * time.Second

// lasting is what all tests of the binary share. It has to be global, since
// nothing else outlives a test.
var lasting struct {
	program func() (path string, err error)         // built once
	browser func() (ctx context.Context, err error) // Chromium, started once
	firefox func() (*firefox, error)                // started once
	// focus is held by the one test that uses Firefox: in a window behind another
	// nothing has the focus.
	focus sync.Mutex
}

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "muckick-browsertest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lasting.program = sync.OnceValues(func() (string, error) { return build(folder) })
	var chromium context.Context
	lasting.browser = sync.OnceValues(func() (_ context.Context, err error) {
		chromium, err = startBrowser(folder)
		return chromium, err
	})

	var fox *firefox
	lasting.firefox = sync.OnceValues(func() (_ *firefox, err error) {
		fox, err = startFirefox(folder)
		return fox, err
	})

	xmpptest.Main(m)

	if chromium != nil {
		err = chromedp.Cancel(chromium)
	}
	if fox != nil {
		err = errors.Join(err, fox.stop())
	}
	if err = errors.Join(err, os.RemoveAll(folder)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// build compiles the program.
func build(folder string) (string, error) {
	path := filepath.Join(folder, "muckick")
	output, err := exec.Command("go", "build", "-o", path, "muckick/cmd/muckick").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build muckick: %w\n%s", err, output)
	}
	return path, nil
}

// errNoBrowser means that Chromium is not installed.
var errNoBrowser = errors.New("no Chromium was found")

// startBrowser starts the browser in which every test has a context of its own.
func startBrowser(folder string) (context.Context, error) {
	path := ""
	// The shell has no windows of its own to draw, and needs a third of the time.
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errNoBrowser
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(filepath.Join(folder, "browser")),
		// The sandbox needs more than a container or a root account has, and
		// only pages of our own are opened.
		chromedp.NoSandbox,
	)
	ctx, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(ctx)
	return ctx, chromedp.Do(ctx)
}

// missing skips or fails the test, which cannot run without what.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("MUCKICK_REQUIRE_SERVERS") != "" {
		t.Fatalf("MISSING: %s, and MUCKICK_REQUIRE_SERVERS is set", what)
	}
	t.Skipf("MISSING: %s", what)
}

// until returns once done reports true, and fails the test if it does not in
// time. The error of the last try says why.
func until(t testing.TB, what string, done func() (bool, error)) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(patience)
	for {
		ok, err := done()
		if ok {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("waited %v in vain for %s; error: %v", patience, what, err)
		}
	}
}
