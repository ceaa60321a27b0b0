package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A device is what a page is looked at with.
type device struct {
	name          string
	width, height int64
	touch         bool
}

var (
	desktop = device{name: "desktop", width: 1280, height: 800}
	phone   = device{name: "phone", width: 360, height: 740, touch: true}
	// A desktop of 1280 × 1024 at 400 % (WCAG 1.4.10).
	magnified = device{name: "400 %", width: 320, height: 256}
)

// A tab is a page in the browser. Its methods fail the test when what they do
// or wait for does not come about.
type tab struct {
	t      testing.TB
	window window
	ctx    context.Context // for Chromium that of the tab
	site   string          // where its pages are
	device device
	clicks int

	scriptless bool // pages run no scripts

	artifacts string // folder for screenshots

	mu       sync.Mutex
	faults   []string // what should not have happened in any page
	requests []*network.Request
	loaded   float64 // bytes that came over the network
}

// newTab opens a tab in a browser context of its own, with no cookies.
func newTab(t testing.TB, site string, d device) *tab {
	t.Helper()
	chromium, err := lasting.browser()
	if errors.Is(err, errNoBrowser) {
		missing(t, "Chromium (on Debian: apt-get install chromium)")
	}
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return openTab(t, chromium, site, d, chromedp.WithNewBrowserContext())
}

// another opens one more tab with the same cookies.
func (b *tab) another(d device) *tab {
	b.t.Helper()
	return openTab(b.t, b.ctx, b.site, d)
}

func openTab(t testing.TB, parent context.Context, site string, d device, options ...chromedp.ContextOption) *tab {
	t.Helper()
	// The folder goes away after the cleanups that come later than this.
	b := &tab{t: t, window: chromiumWindow{}, site: site, device: d, artifacts: t.ArtifactDir()}
	b.ctx, _ = chromedp.NewContext(parent, append(options, chromedp.WithListener(b.listen))...)
	// The first use would bind the tab to a context with a deadline.
	if err := chromedp.Do(b.ctx); err != nil {
		t.Fatal(err)
	}
	b.emulate(d)
	t.Cleanup(b.close)
	return b
}

// attach lets a subtest use the tab.
func (b *tab) attach(t testing.TB) {
	whole := b.t
	b.t = t
	t.Cleanup(func() { b.t = whole })
}

// listen notes what the browser says about the page.
func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.faults = append(b.faults, fmt.Sprintf("console.%s: %v", e.Type, e.Args))
		}
	case *log.EventEntryAdded:
		// A failed request is no fault: tests stop servers.
		if e.Entry.Source != log.EntrySourceNetwork && e.Entry.Level != log.EntryLevelVerbose && e.Entry.Level != log.EntryLevelInfo {
			b.faults = append(b.faults, fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *page.EventJavascriptDialogOpening:
		b.faults = append(b.faults, "a dialog of a script opened: "+e.Message)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request)
	case *network.EventLoadingFinished:
		b.loaded += e.EncodedDataLength
	}
}

// close reports the faults and closes the tab.
func (b *tab) close() {
	if b.t.Failed() {
		b.screenshot()
	}
	if err := chromedp.Cancel(b.ctx); err != nil && !errors.Is(err, context.Canceled) {
		b.t.Errorf("close a tab: %v", err)
	}
	b.reportFaults()
}

// reportFaults fails the test for each fault of the page.
func (b *tab) reportFaults() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		b.t.Errorf("%s: %s", b.device.name, fault)
	}
}

// screenshot saves what the tab shows in the folder of the test's artifacts,
// which the flag -artifacts keeps.
func (b *tab) screenshot() {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	image, err := b.window.screenshot(ctx)
	if err != nil {
		b.t.Logf("no screenshot: %v", err)
		return
	}
	file, err := os.CreateTemp(b.artifacts, b.device.name+"-*.png")
	if err != nil {
		b.t.Logf("no screenshot: %v", err)
		return
	}
	_, err = file.Write(image)
	b.t.Logf("screenshot: %s (%v)", filepath.ToSlash(file.Name()), errors.Join(err, file.Close()))
}
