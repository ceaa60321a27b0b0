package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"muckick/web/moderation"
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

// What is revoked at one replica is gone at the other at once, from its open
// streams too.
func TestRevokedAtAnotherReplica(t *testing.T) {
	database := storetest.Postgres(t)
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	first, second := serveFrom(t, chat.connect(t), database), serveFrom(t, chat.connect(t), database)
	signIn(t, first) // the first operator
	b := signInAs(t, first, "moderator")
	elsewhere := &browser{here: second, Client: b.Client}
	stream := listen(t, elsewhere, roomURL(embeddedRoom)+"/events")
	stream.until(t, "reset", "Bob")
	_, err := first.store.ChangeGrants(t.Context(), "opmoderator", func(moderation.Grants) (moderation.Grants, error) {
		return moderation.Grants{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := elsewhere.get(t, roomURL(embeddedRoom)); got.status != http.StatusNotFound {
		t.Errorf("page: got %d, want 404", got.status)
	}
	for stream.lines.Scan() { // until the server ends it
	}
}
