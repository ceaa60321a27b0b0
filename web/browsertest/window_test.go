package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// A window is a page in some browser. What its methods do is done when they
// return.
type window interface {
	// eval returns as JSON what an expression is; a promise is waited for.
	eval(ctx context.Context, expression string) ([]byte, error)
	visit(ctx context.Context, url string) error
	click(ctx context.Context, x, y float64, touch bool) error
	clickTwice(ctx context.Context, x, y float64, touch bool) error
	// press presses a key that chromedp's package kb names.
	press(ctx context.Context, key string) error
	// hold holds Enter down until it has repeated many times.
	hold(ctx context.Context) error
	// write puts text into the field in focus.
	write(ctx context.Context, text string) error
	emulate(ctx context.Context, d device) error
	screenshot(ctx context.Context) ([]byte, error)
}

// A chromiumWindow is a page in Chromium, for contexts that are derived from that
// of its tab.
type chromiumWindow struct{}

func (chromiumWindow) eval(ctx context.Context, expression string) ([]byte, error) {
	value, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise))
	if len(value) == 0 {
		value = []byte("null") // what JSON has for undefined
	}
	return value, err
}

func (chromiumWindow) visit(ctx context.Context, url string) error {
	return chromedp.Do(ctx, chromedp.Navigate(url))
}

func (chromiumWindow) click(ctx context.Context, x, y float64, touch bool) error {
	if touch {
		return chromedp.Do(ctx, chromedp.TapXY(x, y))
	}
	return chromedp.Do(ctx, chromedp.MouseClickXY(x, y))
}

func (chromiumWindow) clickTwice(ctx context.Context, x, y float64, touch bool) error {
	if touch {
		return chromedp.Do(ctx, chromedp.TapXY(x, y), chromedp.TapXY(x, y))
	}
	for count := range int64(2) {
		if err := chromedp.Do(ctx, chromedp.MouseClickXY(x, y, chromedp.ClickCount(int(count)+1))); err != nil {
			return err
		}
	}
	return nil
}

func (chromiumWindow) press(ctx context.Context, key string) error {
	return chromedp.Do(ctx, chromedp.KeyEvent(key))
}

func (w chromiumWindow) hold(ctx context.Context) error {
	stroke := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
	for range 40 {
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, stroke); err != nil {
			return err
		}
		stroke.AutoRepeat = new(true)
		// As slow as a keyboard: a frame for each.
		if _, err := w.eval(ctx, "new Promise((resolve) => requestAnimationFrame(() => resolve(true)))"); err != nil {
			return err
		}
	}
	stroke.Type, stroke.Text, stroke.AutoRepeat = input.DispatchKeyEventTypeKeyUp, "", nil
	_, err := chromedp.Call(ctx, input.DispatchKeyEvent, stroke)
	return err
}

func (chromiumWindow) write(ctx context.Context, text string) error {
	_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
	return err
}

func (chromiumWindow) emulate(ctx context.Context, d device) error {
	var options []chromedp.EmulateViewportOption
	if d.touch {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	return chromedp.Do(ctx, chromedp.EmulateViewport(d.width, d.height, options...))
}

func (chromiumWindow) screenshot(ctx context.Context) ([]byte, error) {
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}
