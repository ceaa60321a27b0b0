package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muckick/xmpp"
)

const banner = `class="banner" aria-label="Wave of new accounts" data-dismissed="The wave of new accounts is dismissed.">`

// A wave is told on every page of those who may see it, until they dismiss it.
func TestWaveBanner(t *testing.T) {
	a := newArriving(t)
	b := signIn(t, a.site)
	mine, theirs := signInAs(t, a.site, "moderator"), signInIn(t, a.site, foreignRoom, "viewer")
	events := listen(t, b, "/events")
	events.until(t, "wave", "No wave")
	a.come(t, embeddedRoom, bots(0, 9)...)
	if got := b.get(t, "/rooms").body; strings.Contains(got, banner) {
		t.Errorf("nine are a wave: %s", got)
	}
	a.come(t, embeddedRoom, bots(9, 1)...)
	events.until(t, "wave", "10 in ")
	for name, tt := range map[string]struct {
		b    *browser
		want bool
	}{"administrator": {b, true}, "moderator": {mine, true}, "of another room": {theirs, false}} {
		if got := tt.b.get(t, "/account").body; strings.Contains(got, banner) != tt.want {
			t.Errorf("%s: got %s, want a banner: %v", name, got, tt.want)
		}
	}
	link := regexp.MustCompile(`href="([^"]+)">See them`)
	if got := b.get(t, found(t, link, b.get(t, "/rooms"))).body; !strings.Contains(got, "10 people, 10 new, in 1 room") {
		t.Errorf("the banner leads to %s", got)
	}
	back := b.do(t, http.MethodPost, "/arrivals/dismiss", url.Values{"csrf": {b.csrf(t)}, "back": {"/people"}})
	if back.location != "/people" {
		t.Errorf("got %d to %q", back.status, back.location)
	}
	if got := b.get(t, "/people").body; strings.Contains(got, banner) {
		t.Errorf("it is not dismissed: %s", got)
	}
	listen(t, b, "/events").until(t, "wave", "No wave")
	if got := mine.get(t, "/people").body; !strings.Contains(got, banner) {
		t.Errorf("it is dismissed for others: %s", got)
	}
	a.come(t, embeddedRoom, bots(10, 5)...)
	events.until(t, "wave", "15 in ")
}

// Who comes back after we were away is no wave.
func TestNoWaveAfterReconnecting(t *testing.T) {
	a := newArriving(t, func(o *xmpp.Options) { o.Settle = 2 * time.Minute })
	b := signIn(t, a.site)
	a.come(t, embeddedRoom, bots(0, 40)...)
	waitFor(t, "the arrivals", func() bool { return strings.Contains(b.get(t, "/arrivals").body, "40 arrivals") })
	if got := b.get(t, "/arrivals").body; strings.Contains(got, banner) || !strings.Contains(got, "perhaps only coming back") {
		t.Errorf("got %s", got)
	}
}
