package web_test

import (
	"net/netip"
	"testing"

	"muckick/web"
)

// What a client claims to be forwarded from counts no more in a line of its own
// than in the line of the proxy.
func TestForwarded(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t, func(o *web.Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("192.0.2.0/24")}
	})
	tests := []struct {
		name      string
		header    []string
		address   string
		encrypted bool
	}{
		{"nothing", nil, "127.0.0.1", false},
		{"one", []string{"X-Forwarded-For", "203.0.113.9"}, "203.0.113.9", false},
		{"a claim in the same line", []string{"X-Forwarded-For", "198.51.100.1, 203.0.113.9"}, "203.0.113.9", false},
		{"a claim in a line before", []string{"X-Forwarded-For", "198.51.100.1", "X-Forwarded-For", "203.0.113.9"}, "203.0.113.9", false},
		{"two proxies, two lines", []string{"X-Forwarded-For", "203.0.113.9", "X-Forwarded-For", "192.0.2.7"}, "203.0.113.9", false},
		{"encrypted", []string{"X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https"}, "203.0.113.9", true},
		{"a claim to be encrypted", []string{"X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https", "X-Forwarded-Proto", "http"}, "203.0.113.9", false},
		{"a claim not to be", []string{"X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "http, https"}, "203.0.113.9", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBrowser(t, here)
			headers := append([]string{"Authorization", header}, tt.header...)
			send(t, &b.Client, here.url("/muc_kick"), []byte(kickBody(t, embeddedRoom, "Nobody", "")), headers...)
			if got := trail(t, here)[0].Address; got != tt.address {
				t.Errorf("got address %s, want %s", got, tt.address)
			}
			answer := send(t, &b.Client, here.url("/login"), nil, tt.header...)
			if got := answer.header.Get("Strict-Transport-Security") != ""; got != tt.encrypted {
				t.Errorf("got encrypted %v (%d), want %v", got, answer.status, tt.encrypted)
			}
		})
	}
}
