package moderation

import (
	"slices"
	"strings"
	"time"

	"muckick/xmpp"
)

// A WaveRule says when the arrivals of new accounts in a room are a wave.
type WaveRule struct {
	Window time.Duration // how long together they may come
	Least  int           // how many have to come in that time, in whatever room
	Factor float64       // and how many times as many as usual: as an average of such times in the last hour
	Quiet  time.Duration // when a wave is over after the last of them
}

// DefaultWaveRule returns ten new accounts within a minute, and four times as many as in
// an average minute of the last hour; a wave is over after two minutes without any.
func DefaultWaveRule() WaveRule {
	return WaveRule{Window: time.Minute, Least: 10, Factor: 4, Quiet: 2 * time.Minute}
}

const (
	// usualSlots is how many slots of a minute the usual is an average of.
	usualSlots = 60

	// maxWaveRecent and maxWavePeople bound what is kept of a wave.
	maxWaveRecent = 5000
	maxWavePeople = 20_000

	// overallLeast is how many times as many have to come into all rooms together.
	overallLeast = 3
)

// A Wave is a time in which new accounts came into a room in unusual numbers.
type Wave struct {
	Room   xmpp.RoomJID // zero for all rooms together
	Began  time.Time
	Last   time.Time // when the latest of them came
	People int       // how many they were, 20,000 at most
	Usual  float64   // how many come in a window of time usually
}

// Waves finds waves in arrivals. It has no clock but the times of those and what it
// is told. What is not new, what may only come back after a restart and what came
// while muckick was away is no part of a wave; see [xmpp.Arrival]. Use one in one
// goroutine only.
type Waves struct {
	rule  WaveRule
	rooms map[xmpp.RoomJID]*shore
}

// NewWaves returns one that has seen nothing.
func NewWaves(rule WaveRule) *Waves {
	return &Waves{rule: rule, rooms: make(map[xmpp.RoomJID]*shore)}
}

// wavesIn returns the waves that began in arrivals, the oldest of which comes first.
func wavesIn(rule WaveRule, arrivals []xmpp.Arrival) (waves []Wave) {
	found := NewWaves(rule)
	for _, a := range arrivals {
		waves = append(waves, found.Add(a)...)
	}
	return waves
}

// firstWave returns when the first wave began that reached a room; zero for none.
// With overall, a wave over all rooms together counts too.
func firstWave(waves []Wave, room xmpp.RoomJID, overall bool) time.Time {
	for _, wave := range waves {
		if wave.Room == room || overall && wave.Room == (xmpp.RoomJID{}) {
			return wave.Began
		}
	}
	return time.Time{}
}

// Add takes in an arrival, in the order in which they came. It returns the waves that
// begin with it: of its room, of all rooms together, or both.
func (w *Waves) Add(a xmpp.Arrival) (began []Wave) {
	if a.Known || a.Unseen {
		return nil
	}
	for _, of := range []struct {
		room  xmpp.RoomJID
		least int
	}{{a.Room, w.rule.Least}, {xmpp.RoomJID{}, overallLeast * w.rule.Least}} {
		s := w.rooms[of.room]
		if s == nil {
			s = &shore{first: a.Time, counted: make(map[string]bool)}
			w.rooms[of.room] = s
		}
		if s.add(w.rule, of.least, a) {
			s.wave.Room = of.room
			began = append(began, *s.wave)
		}
	}
	return began
}

// Current returns the waves that go on, the first of all rooms together if it does,
// then by room. What has been quiet is over, and what was quiet for an hour is
// forgotten, so it has to be called now and then.
func (w *Waves) Current(now time.Time) (waves []Wave) {
	for room, s := range w.rooms {
		s.expire(w.rule, now)
		switch {
		case s.wave != nil:
			waves = append(waves, *s.wave)
		case now.Sub(s.latest) > usualSlots*time.Minute:
			delete(w.rooms, room)
		}
	}
	slices.SortFunc(waves, func(a, b Wave) int {
		if a.Room == (xmpp.RoomJID{}) || b.Room == (xmpp.RoomJID{}) {
			return len(a.Room.Domain()) - len(b.Room.Domain())
		}
		return strings.Compare(a.Room.String(), b.Room.String())
	})
	return waves
}

// A shore is one room, or all together, where newcomers arrive.
type shore struct {
	first, latest time.Time
	slots         [usualSlots]int32 // how many came in each minute that was no wave
	slot          int64             // the minute of the latest
	recent        []newcomer        // within the window
	counted       map[string]bool   // who they are
	wave          *Wave             // that goes on
	people        map[string]bool   // in it
}

type newcomer struct {
	at     time.Time
	person string
}

// add takes in a newcomer and reports whether a wave begins.
func (s *shore) add(rule WaveRule, least int, a xmpp.Arrival) (began bool) {
	s.expire(rule, a.Time)
	s.latest = a.Time
	person := personOf(a)
	if s.counted[person] {
		return false
	}
	if s.wave == nil {
		s.slots[s.slot%usualSlots]++
	}
	if a.Settling {
		return false
	}
	s.counted[person] = true
	s.recent = append(s.recent, newcomer{a.Time, person})
	if len(s.recent) > maxWaveRecent {
		s.drop()
	}
	if s.wave != nil {
		s.join(person, a.Time)
		return false
	}
	usual := s.usual(rule)
	if n := len(s.recent); n < least || float64(n) < rule.Factor*usual {
		return false
	}
	s.wave = &Wave{Began: s.recent[0].at, Usual: usual}
	s.people = make(map[string]bool)
	for _, n := range s.recent {
		s.join(n.person, n.at)
		slot := n.at.Unix() / 60 % usualSlots
		s.slots[slot] = max(0, s.slots[slot]-1) // what is a wave is not usual
	}
	return true
}

func (s *shore) join(person string, at time.Time) {
	s.wave.Last = at
	if len(s.people) < maxWavePeople {
		s.people[person] = true
	}
	s.wave.People = len(s.people)
}

// usual returns how many come in a window of time on average, without those of the
// present one. Of a room that was seen for less than an hour it is that time's.
func (s *shore) usual(rule WaveRule) float64 {
	sum := -len(s.recent)
	for _, n := range s.slots {
		sum += int(n)
	}
	minutes := min(s.latest.Sub(s.first).Minutes(), usualSlots) - rule.Window.Minutes()
	return float64(max(sum, 0)) / max(minutes, 1) * rule.Window.Minutes()
}

// expire forgets what is too long ago.
func (s *shore) expire(rule WaveRule, now time.Time) {
	for len(s.recent) > 0 && now.Sub(s.recent[0].at) >= rule.Window {
		s.drop()
	}
	if s.wave != nil && now.Sub(s.wave.Last) >= rule.Quiet {
		s.wave, s.people = nil, nil
	}
	slot := now.Unix() / 60
	for i := max(s.slot+1, slot-usualSlots+1); i <= slot; i++ {
		s.slots[i%usualSlots] = 0
	}
	s.slot = max(s.slot, slot)
}

// drop forgets the first of the recent ones.
func (s *shore) drop() {
	delete(s.counted, s.recent[0].person)
	s.recent = s.recent[1:]
}
