package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/xmpp"
)

// The panel's kick is meant for the person that the page showed. Whoever bears
// the nick by now is not kicked in their place.
func TestPanelKicksWhomItShowed(t *testing.T) {
	chat := newEmbedded(t)
	bob := chat.room(t, embeddedRoom, "Bob")["Bob"] // as resident0@example.org
	here := chat.site(t)
	b := signIn(t, here)
	kick := func(fields url.Values, headers ...string) page {
		form := url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {b.csrf(t)}}
		maps.Copy(form, fields)
		return b.do(t, http.MethodPost, "/muc_kick", form, headers...)
	}
	tests := []struct {
		name    string
		fields  url.Values
		status  int
		outcome string
		detail  string
	}{
		{"another account", url.Values{"jid": {"troll@example.org/x"}}, 409, "gone", "somebody else bears the nick now: resident0@example.org"},
		{"no time", url.Values{"since": {"yesterday"}}, 400, "not sent", "since is no time"},
		{"the one it showed", url.Values{"jid": {"resident0@example.org/x"}, "occupant_id": {""}, "since": {"2026-01-02T03:04:05.678Z"}}, 200, "done", ""},
	}
	for _, tt := range tests {
		got := kick(tt.fields, "Muckick-Fragment", "kick")
		if got.status != tt.status || !strings.Contains(got.body, `data-outcome="`+tt.outcome+`"`) || !strings.Contains(got.body, tt.detail) {
			t.Errorf("%s: got %d %s, want %d %s with %q", tt.name, got.status, got.body, tt.status, tt.outcome, tt.detail)
		}
		if tt.status == 409 {
			select {
			case <-bob.Gone():
				t.Fatal("the bearer of the nick was kicked")
			default:
			}
			row := trail(t, here)[0]
			if row.Outcome != xmpp.Gone || row.RealJID != "" || row.Detail != tt.detail {
				t.Errorf("got %+v, want one whose target is gone, with %q", row, tt.detail)
			}
			if flash := kick(tt.fields); flash.status != http.StatusSeeOther || !strings.Contains(b.get(t, flash.location).body, tt.detail) {
				t.Errorf("got %d, want a page with %q", flash.status, tt.detail)
			}
		}
	}
	<-bob.Gone()
}
