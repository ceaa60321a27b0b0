package browsertest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// A firefox is a running Firefox.
type firefox struct {
	*bidi
	cmd *exec.Cmd
}

// errNoFirefox means that Firefox is not installed.
var errNoFirefox = errors.New("no Firefox was found")

// startFirefox starts Firefox and a session with it.
func startFirefox(folder string) (_ *firefox, err error) {
	path, err := exec.LookPath("firefox-esr")
	if err != nil {
		if path, err = exec.LookPath("firefox"); err != nil {
			return nil, errNoFirefox
		}
	}
	profile := filepath.Join(folder, "firefox")
	if err := os.Mkdir(profile, 0o700); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0")
	said := new(output)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, cmd.Process.Kill(), cmd.Wait())
		}
	}()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(patience)
	for {
		_, after, _ := strings.Cut(said.String(), "BiDi listening on ")
		if address, _, whole := strings.Cut(after, "\n"); whole {
			return connectFirefox(cmd, strings.TrimSpace(address)+"/session")
		}
		select {
		case <-again.C:
		case <-deadline:
			return nil, fmt.Errorf("Firefox does not say where it listens, but: %s", said)
		}
	}
}

func connectFirefox(cmd *exec.Cmd, url string) (*firefox, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	session, err := dialBidi(ctx, url)
	if err != nil {
		return nil, err
	}
	if _, err = bidiCall[json.RawMessage](ctx, session, "session.new", map[string]any{"capabilities": map[string]any{}}); err == nil {
		_, err = bidiCall[json.RawMessage](ctx, session, "session.subscribe",
			map[string]any{"events": []string{"log.entryAdded", "browsingContext.userPromptOpened"}})
	}
	if err != nil {
		return nil, errors.Join(err, session.close())
	}
	return &firefox{bidi: session, cmd: cmd}, nil
}

// stop ends the browser.
func (f *firefox) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := bidiCall[json.RawMessage](ctx, f.bidi, "browser.close", map[string]any{})
	if err != nil {
		err = errors.Join(err, f.cmd.Process.Kill())
	}
	f.bidi.close() // an error only says that the browser was faster
	return errors.Join(err, f.cmd.Wait())
}

// A firefoxWindow is a page in Firefox, in a window of its own: one that another
// covers would count as hidden.
type firefoxWindow struct {
	browser *firefox
	context string // the browsing context
	user    string // the user context, which has the cookies
}

// newFirefoxTab opens a tab in a user context of its own, with no cookies.
func newFirefoxTab(t testing.TB, site string, d device) *tab {
	t.Helper()
	browser, err := lasting.firefox()
	if errors.Is(err, errNoFirefox) {
		missing(t, "Firefox (on Debian: apt-get install firefox-esr)")
	}
	if err != nil {
		t.Fatalf("start Firefox: %v", err)
	}
	user, err := bidiCall[struct{ UserContext string }](t.Context(), browser.bidi, "browser.createUserContext", map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	created, err := bidiCall[struct{ Context string }](t.Context(), browser.bidi, "browsingContext.create",
		map[string]any{"type": "window", "userContext": user.UserContext})
	if err != nil {
		t.Fatal(err)
	}
	p := firefoxWindow{browser: browser, context: created.Context, user: user.UserContext}
	b := &tab{t: t, window: p, ctx: context.Background(), site: site, device: d, artifacts: t.ArtifactDir()}
	browser.listen(p.context, b.listenFirefox)
	b.emulate(d)
	t.Cleanup(func() {
		if b.t.Failed() {
			b.screenshot()
		}
		browser.listen(p.context, nil)
		if _, err := bidiCall[json.RawMessage](context.Background(), browser.bidi, "browser.removeUserContext",
			map[string]any{"userContext": p.user}); err != nil {
			b.t.Errorf("close a tab: %v", err)
		}
		b.reportFaults()
	})
	return b
}

// listenFirefox notes what the browser says about the page.
func (b *tab) listenFirefox(method string, params json.RawMessage) {
	var entry struct{ Level, Text, Message string }
	err := json.Unmarshal(params, &entry)
	if err == nil && method == "log.entryAdded" && entry.Level != "error" && entry.Level != "warn" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf("%s: %s%s %v", method, entry.Text, entry.Message, cmp.Or(err, errors.New(""))))
}

func (p firefoxWindow) eval(ctx context.Context, expression string) ([]byte, error) {
	evaluated, err := bidiCall[struct {
		Type             string
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}](ctx, p.browser.bidi, "script.evaluate", map[string]any{
		"expression": "(async () => JSON.stringify((await (" + expression + ")) ?? null))()",
		"target":     map[string]any{"context": p.context}, "awaitPromise": true,
	})
	if err == nil && evaluated.Type == "exception" {
		err = errors.New(evaluated.ExceptionDetails.Text)
	}
	return []byte(evaluated.Result.Value), err
}

func (p firefoxWindow) visit(ctx context.Context, url string) error {
	return p.do(ctx, "browsingContext.navigate", map[string]any{"url": url, "wait": "complete"})
}

func (p firefoxWindow) click(ctx context.Context, x, y float64, touch bool) error {
	return p.clicks(ctx, 1, x, y, touch)
}

func (p firefoxWindow) clickTwice(ctx context.Context, x, y float64, touch bool) error {
	return p.clicks(ctx, 2, x, y, touch)
}

func (p firefoxWindow) clicks(ctx context.Context, n int, x, y float64, touch bool) error {
	kind := "mouse"
	if touch {
		kind = "touch"
	}
	actions := []any{map[string]any{"type": "pointerMove", "x": int(x), "y": int(y)}}
	for range n {
		actions = append(actions, map[string]any{"type": "pointerDown", "button": 0}, map[string]any{"type": "pointerUp", "button": 0})
	}
	return p.do(ctx, "input.performActions", map[string]any{"actions": []any{map[string]any{
		"type": "pointer", "id": kind, "parameters": map[string]any{"pointerType": kind}, "actions": actions,
	}}})
}

// enter is the key in WebDriver's words: https://www.w3.org/TR/webdriver/#keyboard-actions
const enter = "\uE007"

func (p firefoxWindow) press(ctx context.Context, key string) error {
	named := map[string]string{kb.Enter: enter, kb.Tab: "\uE004", kb.Escape: "\uE00C", kb.Backspace: "\uE003"}
	return p.keys(ctx, []string{cmp.Or(named[key], key)})
}

// hold relies on that Firefox takes a key that is down and goes down for one that
// repeats.
func (p firefoxWindow) hold(ctx context.Context) error {
	var actions []any
	for range 40 {
		actions = append(actions, map[string]any{"type": "keyDown", "value": enter}, map[string]any{"type": "pause", "duration": 16})
	}
	return p.do(ctx, "input.performActions", map[string]any{"actions": []any{
		map[string]any{"type": "key", "id": "keyboard", "actions": append(actions, map[string]any{"type": "keyUp", "value": enter})},
	}})
}

func (p firefoxWindow) write(ctx context.Context, text string) error {
	return p.keys(ctx, strings.Split(text, ""))
}

func (p firefoxWindow) keys(ctx context.Context, keys []string) error {
	var actions []any
	for _, key := range keys {
		actions = append(actions, map[string]any{"type": "keyDown", "value": key}, map[string]any{"type": "keyUp", "value": key})
	}
	return p.do(ctx, "input.performActions", map[string]any{"actions": []any{
		map[string]any{"type": "key", "id": "keyboard", "actions": actions},
	}})
}

func (p firefoxWindow) emulate(ctx context.Context, d device) error {
	return p.do(ctx, "browsingContext.setViewport", map[string]any{"viewport": map[string]any{"width": d.width, "height": d.height}})
}

func (p firefoxWindow) screenshot(ctx context.Context) ([]byte, error) {
	captured, err := bidiCall[struct{ Data []byte }](ctx, p.browser.bidi, "browsingContext.captureScreenshot", map[string]any{"context": p.context})
	return captured.Data, err
}

// do runs a command in the page.
func (p firefoxWindow) do(ctx context.Context, method string, params map[string]any) error {
	params["context"] = p.context
	_, err := bidiCall[json.RawMessage](ctx, p.browser.bidi, method, params)
	return err
}
