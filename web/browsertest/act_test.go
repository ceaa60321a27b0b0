package browsertest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// do runs actions of Chromium.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := b.try(actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) try(actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

// call runs a command of Chromium's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}

// eval returns what an expression is in the page; a promise is waited for.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := tryEval[T](b, expression)
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

func tryEval[T any](b *tab, expression string) (value T, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	found, err := b.window.eval(ctx, expression)
	if err != nil {
		return value, err
	}
	return value, json.Unmarshal(found, &value)
}

// act does something with the page.
func (b *tab) act(do func(ctx context.Context) error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := do(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// await waits until an expression is true in the page, whichever page that is
// by then.
func (b *tab) await(expression string) {
	b.t.Helper()
	until(b.t, expression, func() (bool, error) { return tryEval[bool](b, "Boolean("+expression+")") })
}

// open goes to a page.
func (b *tab) open(path string) {
	b.t.Helper()
	b.visit(b.site + path)
}

// visit goes to an address anywhere.
func (b *tab) visit(url string) {
	b.t.Helper()
	b.act(func(ctx context.Context) error { return b.window.visit(ctx, url) })
}

// awaitPage waits until the page at the path, without its query, is complete.
func (b *tab) awaitPage(path string) {
	b.t.Helper()
	b.await(fmt.Sprintf("document.readyState === 'complete' && decodeURIComponent(location.pathname) === %s", quote(path)))
}

// path returns where the tab is, with the query.
func (b *tab) path() string {
	b.t.Helper()
	return eval[string](b, "location.pathname + location.search")
}

// click clicks an element, or taps it on a phone, as soon as it can be hit.
func (b *tab) click(e element) {
	b.t.Helper()
	var at []float64
	until(b.t, "something to click: "+string(e), func() (bool, error) {
		var err error
		at, err = tryEval[[]float64](b, e.point(!b.scriptless))
		return len(at) == 2, err
	})
	b.clicks++
	b.act(func(ctx context.Context) error { return b.window.click(ctx, at[0], at[1], b.device.touch) })
}

// press presses keys, one after the other.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.act(func(ctx context.Context) error { return b.window.press(ctx, key) })
	}
}

// fill replaces the text of a field.
func (b *tab) fill(e element, text string) {
	b.t.Helper()
	b.click(e)
	b.await(e.do("e => { if (document.activeElement !== e) return false; e.select(); return true }"))
	b.write(text)
}

// write puts text into the field in focus.
func (b *tab) write(text string) {
	b.t.Helper()
	if text == "" {
		b.press(kb.Backspace)
		return
	}
	b.act(func(ctx context.Context) error { return b.window.write(ctx, text) })
}

// text returns what an element reads, with spaces made single.
func (b *tab) text(e element) string {
	b.t.Helper()
	b.await(string(e))
	return eval[string](b, e.do(`e => e.innerText.trim().replace(/\s+/g, " ")`))
}

// mark marks the page, so that a reload can be noticed.
func (b *tab) mark() { b.t.Helper(); eval[bool](b, "window.marked = true") }

// checkMark fails the test if the page was loaded anew since mark.
func (b *tab) checkMark() {
	b.t.Helper()
	if !eval[bool](b, "window.marked === true") {
		b.t.Errorf("%s: the page was loaded anew", b.device.name)
	}
}

// scripts turns scripts on or off for the pages that come.
func (b *tab) scripts(on bool) {
	b.t.Helper()
	b.scriptless = !on
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// hide puts the tab into the background, or brings it back.
func (b *tab) hide(hidden bool) {
	b.t.Helper()
	state := browser.WindowStateNormal
	if hidden {
		state = browser.WindowStateMinimized
	}
	window, err := chromedp.CallBrowser(b.ctx, browser.GetWindowForTarget,
		browser.GetWindowForTargetParams{TargetID: chromedp.FromContext(b.ctx).Target.TargetID})
	if err == nil {
		_, err = chromedp.CallBrowser(b.ctx, browser.SetWindowBounds,
			browser.SetWindowBoundsParams{WindowID: window.WindowID, Bounds: &browser.Bounds{WindowState: state}})
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.await(fmt.Sprintf("document.hidden === %t", hidden))
}

// emulate makes the browser behave like a device.
func (b *tab) emulate(d device) {
	b.t.Helper()
	b.act(func(ctx context.Context) error { return b.window.emulate(ctx, d) })
}
