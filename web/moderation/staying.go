package moderation

import (
	"slices"
	"time"

	"muckick/xmpp"
)

const (
	// wavesBack is for how long a wave counts that is over.
	wavesBack = time.Hour

	// knownAfter is how long ago somebody was seen first who is known: see
	// [xmpp.Arrival].
	knownAfter = 10 * time.Minute

	// arrivalsLooked is how many arrivals are looked at for waves: all that the chat
	// side remembers.
	arrivalsLooked = 20_000
)

// A StayRule says which outsiders are to stay, as members, in a room that becomes
// members-only. The zero rule means who was there before the wave or seen before it,
// and everybody where no wave came.
type StayRule struct {
	Everybody bool
	Nobody    bool
	Before    time.Time // who was there before that time
}

// An ArrivalList tells who came into rooms, as [xmpp.Client.Arrivals] does.
type ArrivalList interface {
	Arrivals(limit int, wanted func(xmpp.Arrival) bool) []xmpp.Arrival
}

// Newcomers are the arrivals of the last hour, and the waves in them.
type Newcomers struct {
	waves   []Wave // in the order in which they were noticed
	by      map[xmpp.RoomJID][]xmpp.Arrival
	overall bool
}

// LookBack looks for waves. With overall, one over all rooms together counts in each
// of them.
func LookBack(list ArrivalList, overall bool, now time.Time) Newcomers {
	since := now.Add(-wavesBack)
	arrivals := list.Arrivals(arrivalsLooked, func(a xmpp.Arrival) bool { return a.Time.After(since) })
	slices.Reverse(arrivals)
	n := Newcomers{waves: wavesIn(DefaultWaveRule(), arrivals), by: make(map[xmpp.RoomJID][]xmpp.Arrival), overall: overall}
	for _, a := range arrivals {
		n.by[a.Room] = append(n.by[a.Room], a)
	}
	return n
}

// HasWave reports whether a wave reached one of the rooms that are meant.
func (n Newcomers) HasWave(means func(xmpp.RoomJID) bool) bool {
	return slices.ContainsFunc(n.waves, func(w Wave) bool {
		return w.Room == (xmpp.RoomJID{}) && n.overall || w.Room != (xmpp.RoomJID{}) && means(w.Room)
	})
}

// Past returns what is known of a room's past, whose occupants are on the roster.
func (n Newcomers) Past(room xmpp.RoomJID, roster xmpp.Roster) Past {
	p := Past{known: make(map[string]bool)}
	if roster.Live {
		p.entered = roster.Self.Since
	}
	if p.Wave = firstWave(n.waves, room, n.overall); p.Wave.IsZero() {
		return p
	}
	for _, a := range n.by[room] {
		// Who is in the room is noted a moment before they are noted as an arrival.
		if since := a.Occupant.Since; !a.Time.Before(p.Wave) && !since.IsZero() && since.Before(p.Wave) {
			p.Wave = since
		}
	}
	for _, a := range n.by[room] {
		// Who is known since the wave is not known from before it.
		if a.Known && a.Time.Before(p.Wave.Add(knownAfter)) {
			p.known[AccountKey(a.Occupant.RealJID)] = true
		}
	}
	return p
}

// A Past is what is known of a room's last hour.
type Past struct {
	Wave    time.Time       // when the first wave began; zero for none
	known   map[string]bool // accounts that came in it and were seen before
	entered time.Time       // when muckick came into the room; zero if not known
}

// InWave reports whether somebody came when a wave had begun.
func (p Past) InWave(o Outsider) bool { return !p.Wave.IsZero() && !p.was(o, p.Wave) }

// Knows reports whether somebody came in a wave and was seen before it.
func (p Past) Knows(o Outsider) bool {
	return p.InWave(o) && o.Account != "" && p.known[AccountKey(o.Account)]
}

// Keeps reports whether somebody is to stay by a rule.
func (p Past) Keeps(o Outsider, rule StayRule) bool {
	switch {
	case rule.Everybody:
		return true
	case rule.Nobody:
		return false
	case !rule.Before.IsZero():
		return p.was(o, rule.Before)
	}
	return !p.InWave(o) || p.Knows(o)
}

// was reports whether somebody was there before a time. Who came before muckick was
// there at least since that came.
func (p Past) was(o Outsider, before time.Time) bool {
	if o.Since.IsZero() {
		return !p.entered.IsZero() && p.entered.Before(before)
	}
	return o.Since.Before(before)
}
