package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// Two replicas on one Postgres and one chat server: whoever signed in to one is
// signed in to the other, and both write one audit trail.
func TestReplicas(t *testing.T) {
	database := storetest.Postgres(t)
	chat := newEmbedded(t)
	residents := chat.room(t, embeddedRoom, "Bob", "Carol")
	first, second := serveFrom(t, chat.connect(t), database), serveFrom(t, chat.connect(t), database)

	b := signIn(t, first)
	elsewhere := &browser{here: second, Client: b.Client} // cookies go by host, not by port
	form := url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {b.csrf(t)}}
	if got := elsewhere.do(t, http.MethodPost, "/muc_kick", form); got.status != http.StatusSeeOther {
		t.Fatalf("a session of the first at the second: got %d %s", got.status, got.body)
	}
	<-residents["Bob"].Gone()
	if status, text, _ := post(t, first, header, kickBody(t, embeddedRoom, "Carol", "")); status != 200 {
		t.Fatalf("got %d %s", status, text)
	}
	for _, here := range []*site{first, second} {
		got := trail(t, here)
		if len(got) != 2 || got[0].Outcome != xmpp.Done || got[1].Outcome != xmpp.Done {
			t.Errorf("got %+v, want both kicks", got)
		}
	}
	b.do(t, http.MethodPost, "/logout", url.Values{"csrf": {b.csrf(t)}})
	if got := elsewhere.get(t, "/rooms"); got.status != http.StatusSeeOther {
		t.Errorf("signed out at the first: got %d at the second", got.status)
	}
}
