package faulttest

import (
	"bufio"
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muckick/web/moderation"
)

// pages are open pages of the panel, which follow rooms and come back when
// their stream ends.
type pages struct {
	cancel context.CancelFunc
	open   sync.WaitGroup
	client *http.Client
	events atomic.Int64 // heard by all
}

const (
	operatorName     = "faulty"
	operatorPassword = "correct horse battery staple"

	// pagePace is how long a browser waits before it opens a stream again.
	pagePace = 100 * time.Millisecond
)

// addOperator makes the account that pages are signed in to.
func (s *site) addOperator(t testing.TB) {
	t.Helper()
	if _, err := s.store.AddOperator(t.Context(), operatorName, operatorPassword, moderation.Everything()); err != nil {
		t.Fatal(err)
	}
}

// openPages signs in and follows every room twice, until the test ends.
func (r *rig) openPages(t testing.TB) *pages {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &pages{cancel: cancel, client: &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	t.Cleanup(p.close)
	form := url.Values{"username": {operatorName}, "password": {operatorPassword}, "next": {"/account"}}
	response, err := p.client.PostForm("http://"+r.site.address+"/login", form)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Request.URL.Path != "/account" {
		t.Fatalf("sign in: got %s at %s", response.Status, response.Request.URL)
	}
	r.followed = len(r.rooms)
	for _, room := range append(r.rooms, r.rooms...) {
		address := "http://" + r.site.address + "/rooms/" + url.PathEscape(room) + "/events"
		p.open.Go(func() {
			for p.follow(ctx, address); pause(ctx, pagePace); p.follow(ctx, address) {
			}
		})
	}
	return p
}

// follow reads one stream until its end. Why it ended does not matter: a
// browser opens another.
func (p *pages) follow(ctx context.Context, address string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return
	}
	response, err := p.client.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if response.StatusCode == http.StatusOK && strings.HasPrefix(lines.Text(), "event:") {
			p.events.Add(1)
		}
	}
}

// close closes every page.
func (p *pages) close() {
	p.cancel()
	p.open.Wait()
	p.client.CloseIdleConnections()
}
