package faulttest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"muckick/web/store"
	"muckick/xmpp"
)

const (
	// overhead is what an answer may take beyond the kick's own time limit.
	overhead = 2 * time.Second

	// notice is how long an occupant may take to hear of its end, after muckick's
	// caller has, when that is not known otherwise.
	notice = 2 * time.Second

	// hitPatience is how long a kick that worked may take to reach the occupant.
	hitPatience = 10 * time.Second
)

// Words of the answers that say who was not kicked, and why.
const (
	absentAnswer  = `{"error":"Couldn't kick user: modify: item-not-found"}`
	refusedPrefix = `{"error":"Couldn't kick user: `
	noRoomPrefix  = `{"error":"MUC not found: No MUC '`
	notKicked     = `{"error":"not kicked: `
)

// outcomeOf returns the audit trail's word for an answer, and whether the
// answer is one of those that the fault allows.
func (f fault) outcomeOf(k kick) (outcome xmpp.Outcome, allowed bool) {
	switch {
	case k.status == http.StatusOK:
		return xmpp.Done, k.text == "" && k.seat != nil
	case k.status == http.StatusBadRequest && k.text == absentAnswer:
		return xmpp.Gone, true
	case k.status == http.StatusBadRequest && strings.HasPrefix(k.text, refusedPrefix):
		return xmpp.Refused, f.refuses
	case k.status == http.StatusNotFound && strings.HasPrefix(k.text, noRoomPrefix):
		return xmpp.Gone, f.destroys
	case k.status == http.StatusServiceUnavailable && strings.HasPrefix(k.text, notKicked):
		return xmpp.NotSent, f.offline || f.ousts && strings.Contains(k.text, "muckick is not in the room any more")
	case k.status == http.StatusGatewayTimeout:
		return xmpp.Unknown, f.offline || f.destroys || f.idle // a room that ends answers nothing
	}
	return "", false
}

// verify checks that every kick was answered in time and truthfully, to its
// caller and in the audit trail since then.
func (r *rig) verify(t testing.TB, f fault, kicks []kick, since time.Time) {
	t.Helper()
	rows := r.rowsByReason(t, since)
	for _, k := range kicks {
		if k.err != nil {
			t.Errorf("no answer: %v", k)
			continue
		}
		if k.took() > kickTimeout+overhead {
			t.Errorf("late: %v", k)
		}
		want, allowed := f.outcomeOf(k)
		if !allowed {
			t.Errorf("not an answer of this fault: %v", k)
		}
		r.verifyEffect(t, k)
		switch found := rows[k.reason]; {
		case len(found) != 1:
			t.Errorf("got %d audit rows, want 1: %v", len(found), k)
		case found[0].Outcome != want || found[0].Room != k.room || found[0].Nick != k.nick:
			t.Errorf("got audit row %+v, want %s: %v", found[0], want, k)
		}
		delete(rows, k.reason)
	}
	for reason, found := range rows {
		t.Errorf("%s: %d audit rows that nobody asked for", reason, len(found))
	}
	for _, s := range append(r.seats, r.probe) {
		if s.wasMadeAnew() {
			t.Errorf("%s had to be made anew", s.room)
		}
	}
}

// verifyEffect compares an answer with what the occupant saw.
func (r *rig) verifyEffect(t testing.TB, k kick) {
	t.Helper()
	if k.seat == nil {
		return
	}
	cut := k.seat.wasCut(k.sent, k.answered.Add(notice))
	if k.status == http.StatusOK && !cut {
		k.seat.awaitHit(t.Context(), k.reason)
	}
	hits := k.seat.hitsOf(k.reason)
	switch {
	case k.status == http.StatusOK && hits == 0 && !cut:
		t.Errorf("false success: %v", k)
	case hits > 0 && k.status != http.StatusOK && k.status != http.StatusGatewayTimeout:
		t.Errorf("the occupant was kicked all the same: %v", k)
	case hits > 1:
		t.Errorf("%d occupants were kicked: %v", hits, k)
	case k.text == absentAnswer && k.seat.wasInside(k.sent, k.answered.Add(notice)):
		t.Errorf("the occupant was there: %v", k)
	}
}

// rowsByReason returns the audit trail since then.
func (r *rig) rowsByReason(t testing.TB, since time.Time) map[string][]store.Attempt {
	t.Helper()
	rows := make(map[string][]store.Attempt)
	for attempt, err := range r.site.store.EachAttempt(t.Context(), store.Filter{From: since}) {
		if err != nil {
			t.Fatal(err)
		}
		rows[attempt.Reason] = append(rows[attempt.Reason], attempt)
	}
	return rows
}
