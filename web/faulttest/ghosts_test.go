package faulttest

import (
	"context"
	"net/http"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/mucserver"
	"muckick/xmpp/xmpptest"
)

// Who was removed without a word is not kicked any more, whatever the room
// answers: a result without their presence proves nothing.
func TestGhosts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		dialect mucserver.Dialect
		want    int
	}{
		{"error", mucserver.Dialect{SilentEviction: true}, http.StatusBadRequest},
		{"result", mucserver.Dialect{SilentEviction: true, ResultForAbsent: true}, http.StatusGatewayTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fault{idle: true}
			r, start := newRig(t, xmpptest.Start(t, xmpptest.Mucserver, xmpptest.WithDialect(tt.dialect)), f), time.Now()
			s, from := r.seats[0], &kicker{site: r.site}
			room, err := xmpp.ParseRoom(s.room)
			if err != nil {
				t.Fatal(err)
			}
			w := r.site.chat.Watch(room) // so that muckick stays
			defer w.Close()
			k := from.kickSeat(s)
			if k.status != http.StatusOK {
				t.Fatalf("got %v, want a kick", k)
			}
			s.awaitHit(t.Context(), k.reason) // which may come after the answer
			r.awaitSeats(t)
			r.setMembersOnly(t, s.room, "1")
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := s.wait(ctx, func() bool { return !s.inside }); err != nil {
				t.Fatal(err)
			}
			if k := from.kickSeat(s); k.status != tt.want {
				t.Errorf("got %v, want %d", k, tt.want)
			}
			r.setMembersOnly(t, s.room, "0")
			r.awaitSeats(t)
			if k := from.kickSeat(s); k.status != http.StatusOK {
				t.Errorf("got %v, want a kick", k)
			}
			r.verify(t, f, from.all(), start)
		})
	}
}

// setMembersOnly closes a room to all but its members with "1", and opens it
// with "0".
func (r *rig) setMembersOnly(t testing.TB, room, value string) {
	t.Helper()
	r.asOwner(t, "configure "+room, func(ctx context.Context, owner *client) error {
		return owner.ask(ctx, room, "set", "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"+
			"<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"+
			"<field var='muc#roomconfig_membersonly'><value>"+value+"</value></field></x></query>")
	})
}
