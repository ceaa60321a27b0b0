package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"muckick/xmpp/mucserver"
)

// How long people stay away, and how often something happens in a room.
const (
	minPause, maxPause   = 2 * time.Second, 7 * time.Second
	minAbsent, maxAbsent = 15 * time.Second, 90 * time.Second
)

// A play is a room of the demonstration with its people and what they say.
type play struct {
	local  string
	config mucserver.RoomConfig
	people []person
	lines  []string
	full   bool // everybody is there from the start
}

// A person is somebody who is in a room of the demonstration.
type person struct {
	nick        string
	account     string // by default the nick in lower case
	affiliation mucserver.Affiliation
	mood        mood
}

// A mood is how a person behaves.
type mood int

const (
	comesAndGoes mood = iota
	staysPut          // until kicked, and then for good
	spams             // whenever possible
)

// A stage is a play's room while it is played. The time that it is given decides
// what happens, so that it needs no clock of its own.
type stage struct {
	room   *mucserver.Room
	actors []*actor
	lines  []string
	next   int // line
	random *rand.Rand
}

// An actor is a person with the state of their visit.
type actor struct {
	person
	visit   *mucserver.Resident // nil while away
	returns time.Time           // when they come back
	gone    bool                // for good
}

// newStage opens the room and lets the people in, but for a few who come later
// unless the play is full.
func newStage(server *mucserver.Server, p play, seed uint64) (*stage, error) {
	room, err := server.CreateRoom(p.local+"@"+service, p.config)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", p.local, err)
	}
	s := &stage{room: room, lines: p.lines, random: rand.New(rand.NewPCG(seed, 0))}
	for _, person := range p.people {
		a := &actor{person: person}
		s.actors = append(s.actors, a)
		if !p.full && a.mood == comesAndGoes && s.random.IntN(5) == 0 {
			continue // due to come with the first beat that chooses them
		}
		if err := s.enter(a); err != nil {
			return nil, fmt.Errorf("let %s into %s: %w", a.nick, p.local, err)
		}
	}
	return s, nil
}

// play lets things happen until ctx ends.
func (s *stage) play(ctx context.Context) {
	for {
		timer := time.NewTimer(s.between(minPause, maxPause))
		select {
		case now := <-timer.C:
			s.beat(now)
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// beat lets one thing happen: somebody speaks, goes or comes back.
func (s *stage) beat(now time.Time) {
	s.noticeDepartures(now)
	for _, a := range s.actors {
		if a.mood == spams && a.visit != nil {
			s.say(a, spamLines[s.random.IntN(len(spamLines))])
			s.say(a, spamLines[s.random.IntN(len(spamLines))])
		}
	}
	a := s.actors[s.random.IntN(len(s.actors))]
	switch {
	case a.gone:
	case a.visit == nil:
		if !now.Before(a.returns) {
			s.comeBack(a, now)
		}
	case a.mood == comesAndGoes && s.random.IntN(4) == 0:
		a.visit.Leave()
		s.away(a, now)
	case a.mood != spams:
		s.say(a, s.lines[s.next])
		s.next = (s.next + 1) % len(s.lines)
	}
}

// noticeDepartures finds out who was thrown out.
func (s *stage) noticeDepartures(now time.Time) {
	for _, a := range s.actors {
		if a.visit == nil {
			continue
		}
		select {
		case <-a.visit.Gone():
			a.gone = a.mood == staysPut || a.visit.Departure().Banned
			s.away(a, now)
		default:
		}
	}
}

// away notes that somebody is out and when they return.
func (s *stage) away(a *actor, now time.Time) {
	a.visit, a.returns = nil, now.Add(s.between(minAbsent, maxAbsent))
}

// comeBack lets somebody in again; a spammer under another nick.
func (s *stage) comeBack(a *actor, now time.Time) {
	if a.mood == spams {
		a.nick = spamNicks[s.random.IntN(len(spamNicks))]
	}
	if err := s.enter(a); err != nil {
		// A guest has the nick, or a moderator banned them: the show goes on.
		a.gone = errors.Is(err, mucserver.ErrGone)
		s.away(a, now)
	}
}

func (s *stage) enter(a *actor) error {
	account := a.account
	if account == "" {
		account = strings.ToLower(strings.ReplaceAll(a.nick, " ", "."))
	}
	visit, err := s.room.Enter(a.nick, account+"@"+domain+"/"+devices[s.random.IntN(len(devices))], a.affiliation)
	a.visit = visit
	return err
}

// say lets somebody speak. Those without a voice, or thrown out just now, are
// not heard.
func (s *stage) say(a *actor, text string) { _ = a.visit.Say(text) }

func (s *stage) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least)))
}

var devices = []string{"phone", "laptop", "tablet", "web", "desktop"}
