package raidtest

import (
	"testing"

	"muckick/xmpp"
)

// A hit is one way in which a bot can be thrown out of a room.
type hit struct {
	room, nick string
	ejected
}

// expectation is how often a bot has to see a hit, and how often it may.
type expectation struct{ least, most int }

// compare expects of every target of all jobs that its outcome is what the bots saw,
// and that nobody was hit without one.
func (w *wave) compare(t *testing.T) {
	t.Helper()
	w.bots.sync(t)
	w.early.sync(t)
	want := w.expectations(t)
	bots := make(map[string]*bot)
	for _, b := range w.bots {
		bots[b.user] = b
	}
	missed, extra := 0, 0
	for _, b := range append(append(crowd{}, w.bots...), w.early...) {
		for _, room := range b.rooms {
			v := b.sees(room)
			for e, count := range v.ends {
				if limit := want[hit{room, b.user, e}]; count > limit.most {
					extra++
					t.Errorf("%s was thrown out of %s %d times by %+v, and the jobs say %d at most", b.user, room, count, e, limit.most)
				}
			}
		}
	}
	for h, limit := range want {
		b := bots[h.nick]
		if b == nil {
			t.Errorf("%s in %s was a target, and is no bot of the wave", h.nick, h.room)
			continue
		}
		if v := b.sees(h.room); v.ends[h.ejected] < limit.least && !v.barred() {
			missed++
			t.Errorf("%s was thrown out of %s %d times by %+v, and the jobs say %d: %+v", h.nick, h.room, v.ends[h.ejected], h.ejected, limit.least, v)
		}
	}
	if missed+extra > 0 {
		t.Fatalf("%d outcomes that nobody saw, %d removals that no outcome tells of", missed, extra)
	}
}

// barred reports whether a bot was banned from a room while it was not there: a server
// was killed, and the ban came before the bot was back.
func (v view) barred() bool { return v.refused > 0 && v.entered == v.cut }

// expectations returns what the jobs say so far that the bots saw.
func (w *wave) expectations(t *testing.T) map[hit]expectation {
	t.Helper()
	want := make(map[hit]expectation)
	for _, s := range w.struck {
		for _, target := range w.r.targets(t, w.administrator, s.id) {
			h := hit{target.Action.Room.String(), target.Action.Target.Nick, ejected{307, target.Action.Reason}}
			if target.Action.Kind == xmpp.ActionBan {
				h.Status = 301
			}
			limit := want[h]
			switch target.Outcome {
			case xmpp.Done:
				limit.least++
				limit.most++
			case xmpp.Unknown:
				limit.most++
			}
			want[h] = limit
		}
	}
	return want
}

// isBanned reports whether some room has refused a bot as banned.
func (w *wave) isBanned(b *bot) bool {
	for _, room := range b.rooms {
		if b.sees(room).refused > 0 {
			return true
		}
	}
	return false
}

// expectCleared expects that all bots were hit: that they are banned and out, or
// that they were kicked once, or had left.
func (w *wave) expectCleared(t *testing.T, kind xmpp.ActionKind) {
	t.Helper()
	if kind == xmpp.ActionBan {
		w.bots.await(t, "the bots find that they are banned", func(b *bot) bool {
			for _, room := range b.rooms {
				if v := b.sees(room); v.inside || v.refused == 0 {
					return false
				}
			}
			return true
		})
		return
	}
	settled := make(map[hit]bool)
	for _, s := range w.struck {
		for _, target := range w.r.targets(t, w.administrator, s.id) {
			if target.Action.Kind == kind && (target.Outcome == xmpp.Done || target.Outcome == xmpp.Gone) {
				settled[hit{room: target.Action.Room.String(), nick: target.Action.Target.Nick}] = true
			}
		}
	}
	for _, b := range w.bots {
		for _, room := range b.rooms {
			if !settled[hit{room: room, nick: b.user}] {
				t.Errorf("%s was not kicked from %s", b.user, room)
			}
		}
	}
}
