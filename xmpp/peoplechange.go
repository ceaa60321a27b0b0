package xmpp

import (
	"slices"
	"time"
)

const (
	// newFor is how long an account counts as new after it was seen for the first
	// time.
	newFor = 10 * time.Minute

	// settleTime is how long after a room came back, and unless told otherwise after
	// the beginning of a session, those who come may only be coming back too.
	settleTime = 2 * time.Minute
)

// enter takes in who is in a room that we have entered. Who was there when it was
// seen last and is not any more has left unseen, and who was not has come unseen.
// If most are gone, the room was restarted and all come back.
func (ix *peopleIndex) enter(jid RoomJID, present []*Occupant, settled, now time.Time) {
	r := ix.room(jid)
	was := len(r.byNick)
	stayed := ix.compare(r, present, now)
	switch {
	case was == 0:
		r.settled = settled
	case 2*stayed < was:
		r.settled = now.Add(settleTime)
	}
	ix.expire(now)
}

// look takes in who is in a room at a moment, as seen from outside. Presence knows
// better.
func (ix *peopleIndex) look(jid RoomJID, present []*Occupant, now time.Time) {
	if r := ix.room(jid); !r.live {
		ix.compare(r, present, now)
		ix.lose(r, now)
	}
	ix.expire(now)
}

// compare takes in who is in a room, which is live then, and returns how many have
// been there before.
func (ix *peopleIndex) compare(r *indexedRoom, present []*Occupant, now time.Time) (stayed int) {
	ix.unlist(r)
	how, came, lastSeen := cameBefore, instant(0), r.seen
	if r.live {
		lastSeen = now
	}
	if !lastSeen.IsZero() {
		how, came = cameUnseen, instantOf(now)
	}
	was := r.byNick
	r.live, r.byNick = true, make(map[string]*stay, len(present))
	for _, occupant := range present {
		s := was[occupant.Nick]
		if s != nil && continues(s.occupant, occupant) {
			delete(was, occupant.Nick)
			ix.update(s, occupant)
			r.byNick[occupant.Nick] = s
			stayed++
			continue
		}
		ix.begin(r, occupant, how, came, now)
	}
	for _, s := range was {
		s.unseen = true
		ix.depart(s, lastSeen)
	}
	return stayed
}

// exit keeps who was in a room that we do not see any more.
func (ix *peopleIndex) exit(jid RoomJID, now time.Time) {
	r := ix.rooms[jid]
	if r == nil || !r.live {
		return
	}
	for nick, s := range r.byNick {
		if s.occupant.Self {
			delete(r.byNick, nick)
			ix.forget(s)
		}
	}
	ix.lose(r, now)
	ix.expire(now)
}

// continues reports whether who bears a nick now is taken for who bore it when the
// room was seen last.
func continues(was, is *Occupant) bool {
	switch {
	case was.RealJID != "" && is.RealJID != "":
		return BareJID(was.RealJID) == BareJID(is.RealJID)
	case was.OccupantID != "" && is.OccupantID != "":
		return was.OccupantID == is.OccupantID
	}
	return was.RealJID == "" && is.RealJID == ""
}

// put takes in an occupant who came or changed, and list one whom a role list has:
// of those it is not known when they came.
func (ix *peopleIndex) put(jid RoomJID, occupant *Occupant, now time.Time) {
	ix.change(jid, occupant, cameNow, now)
}

func (ix *peopleIndex) list(jid RoomJID, occupant *Occupant, now time.Time) {
	ix.change(jid, occupant, cameBefore, now)
}

func (ix *peopleIndex) change(jid RoomJID, occupant *Occupant, how coming, now time.Time) {
	r := ix.rooms[jid]
	if r == nil || !r.live {
		return
	}
	var came instant
	if how != cameBefore {
		came = instantOf(now)
	}
	s := r.byNick[occupant.Nick]
	switch account := BareJID(occupant.RealJID); {
	case s == nil:
		ix.begin(r, occupant, how, came, now)
	case account != "" && s.person.account != "" && account != s.person.account:
		// The nick has changed hands without a word.
		delete(r.byNick, occupant.Nick)
		ix.depart(s, now)
		ix.begin(r, occupant, how, came, now)
	default:
		ix.update(s, occupant)
	}
	ix.expire(now)
}

// begin begins a stay. Came is when its bearer did; zero if that is not known.
func (ix *peopleIndex) begin(r *indexedRoom, occupant *Occupant, how coming, came instant, now time.Time) {
	s := &stay{room: r, occupant: occupant, first: came}
	ix.bearer(r, occupant, came).add(s)
	r.byNick[occupant.Nick] = s
	r.stays++
	r.corpus.add(s)
	if before := s.person.lastStay(s); before != nil {
		s.first = before.first
		ix.forget(before)
	}
	if how == cameBefore || occupant.Self || occupant.Ours {
		return
	}
	first := s.first
	if s.person.account != "" {
		first = s.person.first
	}
	ix.arrivals.add(arrival{
		at: instantOf(now), room: r.jid, occupant: occupant,
		known: first.isKnown(now), unseen: how == cameUnseen, settling: now.Before(r.settled),
	})
}

// lastStay returns the stay that somebody who comes back has ended: in the same
// room under the same nick or, if they are hidden, with the same occupant id.
func (p *person) lastStay(s *stay) *stay {
	for _, before := range slices.Backward(p.gone) {
		if before.room == s.room && (before.occupant.Nick == s.occupant.Nick && continues(before.occupant, s.occupant) ||
			p.account == "" && s.occupant.OccupantID != "" && before.occupant.OccupantID == s.occupant.OccupantID) {
			return before
		}
	}
	return nil
}

// update takes in what is new about an occupant. An account that was known stays
// known as long as the nick stays in the same hands.
func (ix *peopleIndex) update(s *stay, occupant *Occupant) {
	if occupant.RealJID == "" && s.occupant.RealJID != "" {
		kept := *occupant
		kept.RealJID = s.occupant.RealJID
		occupant = &kept
	}
	renamed := s.occupant.Nick != occupant.Nick
	s.occupant = occupant
	p := ix.bearer(s.room, occupant, s.first)
	if p == s.person && !renamed {
		return
	}
	s.person.take(s)
	p.add(s)
	s.room.corpus.remove(s)
	s.room.corpus.add(s)
}

// rename gives an occupant another nick.
func (ix *peopleIndex) rename(jid RoomJID, nick string, renamed *Occupant, now time.Time) {
	r := ix.rooms[jid]
	if r == nil || !r.live {
		return
	}
	s := r.byNick[nick]
	if s == nil {
		ix.list(jid, renamed, now)
		return
	}
	delete(r.byNick, nick)
	if other := r.byNick[renamed.Nick]; other != nil {
		delete(r.byNick, renamed.Nick)
		ix.depart(other, now)
	}
	r.byNick[renamed.Nick] = s
	ix.update(s, renamed)
}

// remove ends the stay of who has a nick.
func (ix *peopleIndex) remove(jid RoomJID, nick string, now time.Time) {
	r := ix.rooms[jid]
	if r == nil || !r.live {
		return
	}
	if s := r.byNick[nick]; s != nil {
		delete(r.byNick, nick)
		ix.depart(s, now)
	}
	ix.expire(now)
}
