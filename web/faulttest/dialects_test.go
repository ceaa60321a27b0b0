package faulttest

import (
	"context"
	"net/http"
	"testing"
	"time"

	"muckick/xmpp/mucserver"
	"muckick/xmpp/xmpptest"
)

// However a server answers within what XEP-0045 lets it do, or beyond, the
// answer to a kick, the audit trail and what the occupants see agree.
func TestDialects(t *testing.T) {
	tests := []struct {
		name    string
		dialect mucserver.Dialect
		first   int // the status of the first kick of a nick that nobody has
	}{
		{"usual", mucserver.Dialect{}, http.StatusBadRequest},
		{"result first", mucserver.Dialect{ResultFirst: true}, http.StatusBadRequest},
		{"result for an absent nick", mucserver.Dialect{ResultForAbsent: true}, http.StatusGatewayTimeout},
		{"both", mucserver.Dialect{ResultFirst: true, ResultForAbsent: true}, http.StatusGatewayTimeout},
		{"no list of visitors", mucserver.Dialect{NoVisitorList: true, AdminsMustJoin: true}, http.StatusBadRequest},
		{"silent eviction", mucserver.Dialect{SilentEviction: true, HideOccupantItems: true}, http.StatusBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fault{idle: tt.dialect.ResultForAbsent}
			server := xmpptest.Start(t, xmpptest.Mucserver, xmpptest.WithDialect(tt.dialect))
			r, start := newRig(t, server, f), time.Now()
			from := &kicker{site: r.site}
			want := func(what string, k kick, status int) {
				t.Helper()
				if k.status != status {
					t.Errorf("%s: got %v, want %d", what, k, status)
				}
			}
			for range 5 {
				k := from.kickSeat(r.probe)
				want("somebody who is there", k, http.StatusOK)
				// The answer may come before the occupant hears of its kick.
				r.probe.awaitHit(t.Context(), k.reason)
				r.awaitSeats(t)
			}
			want("nobody", from.kick(r.rooms[0], "Nobody", nil), tt.first)
			r.runLoad(t, from, calm)

			away := r.seats[0]
			if err := away.freeze(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.setMembersOnly(t, away.room, "1")
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := away.wait(ctx, func() bool { return !away.inside }); err != nil {
				t.Fatal(err)
			}
			// The occupant may know it before muckick does. Where results mean nothing,
			// the kick is in doubt then.
			if k := from.kickSeat(away); k.status != http.StatusBadRequest && !(f.idle && k.status == http.StatusGatewayTimeout) {
				t.Errorf("somebody who was evicted: got %v", k)
			}
			r.verify(t, f, from.all(), start)
		})
	}
}
