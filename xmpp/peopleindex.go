package xmpp

import (
	"container/list"
	"slices"
	"sync"
	"time"
)

// A peopleIndex knows who is in which room, and who lately was: account → room →
// stay. It outlives streams. What is in it are copies, so it needs no lock of a
// room, and the zero value is empty and ready.
//
// Changes come from the goroutine that reads the stream, which must not wait for
// anybody who searches. So they go to a queue, and whoever has the index takes
// over what waits there: the change itself if nobody else does, and else who does,
// when they are done.
type peopleIndex struct {
	queueMu sync.Mutex
	queue   []func()

	mu          sync.Mutex
	rooms       map[RoomJID]*indexedRoom
	persons     map[string]*person // by account
	left        list.List          // of *stay, the first to leave first
	unseen      list.List          // of *indexedRoom that are not live, the first to be lost first
	unseenStays int
}

// An indexedRoom is a room with those who are there, or were when it was last
// looked at.
type indexedRoom struct {
	jid    RoomJID
	byNick map[string]*stay
	hidden person // everybody in this room whose account is not known

	stays int // that are or were here

	live  bool          // presence tells of every change
	seen  time.Time     // when it did last, unless it is live
	place *list.Element // among the unseen ones
}

// A person is an account, or those of one room whose account is hidden.
type person struct {
	account string
	folded  string
	first   time.Time // when they were first seen to come; zero if they were there before we looked
	here    []*stay   // that go on, or may do so
	gone    []*stay   // that have ended, the first one first
}

// A stay is one of a person in a room, from their coming to their leaving.
type stay struct {
	room     *indexedRoom
	person   *person
	occupant Occupant
	folded   string        // nick
	first    time.Time     // as a person's, of who bears the nick
	left     time.Time     // zero while they are there, or may be
	unseen   bool          // nobody saw them leave
	index    int           // among those of the person that go on
	place    *list.Element // among those that have ended
}

// do makes a change now, or soon if somebody has the index.
func (ix *peopleIndex) do(change func()) {
	ix.queueMu.Lock()
	ix.queue = append(ix.queue, change)
	ix.queueMu.Unlock()
	ix.settle()
}

// have calls use with all changes made, while no other is.
func (ix *peopleIndex) have(now time.Time, use func()) {
	ix.mu.Lock()
	ix.catchUp()
	ix.expire(now)
	use()
	ix.mu.Unlock()
	ix.settle()
}

// settle makes the changes that came while somebody had the index.
func (ix *peopleIndex) settle() {
	for ix.waits() && ix.mu.TryLock() {
		ix.catchUp()
		ix.mu.Unlock()
	}
}

func (ix *peopleIndex) waits() bool {
	ix.queueMu.Lock()
	defer ix.queueMu.Unlock()
	return len(ix.queue) > 0
}

// catchUp makes the changes that wait. The caller holds mu.
func (ix *peopleIndex) catchUp() {
	ix.queueMu.Lock()
	changes := ix.queue
	ix.queue = nil
	ix.queueMu.Unlock()
	for _, change := range changes {
		change()
	}
}

// room returns a room, which is new if need be.
func (ix *peopleIndex) room(jid RoomJID) *indexedRoom {
	if r := ix.rooms[jid]; r != nil {
		return r
	}
	if ix.rooms == nil {
		ix.rooms = make(map[RoomJID]*indexedRoom)
	}
	r := &indexedRoom{jid: jid, byNick: make(map[string]*stay)}
	ix.rooms[jid] = r
	return r
}

// bearer returns the person whose account an occupant shows; the hidden one if it
// shows none.
func (ix *peopleIndex) bearer(r *indexedRoom, o Occupant, first time.Time) *person {
	account := bareJID(o.RealJID)
	if account == "" {
		return &r.hidden
	}
	if p := ix.persons[account]; p != nil {
		return p
	}
	if ix.persons == nil {
		ix.persons = make(map[string]*person)
	}
	p := &person{account: account, folded: foldText(account), first: first}
	ix.persons[account] = p
	return p
}

// enter takes in who is in a room that we have entered, or that was looked at from
// outside at a moment. Who was there when it was seen last and is not any more has
// left unseen.
func (ix *peopleIndex) enter(jid RoomJID, present []Occupant, live bool, at time.Time) {
	r := ix.room(jid)
	if r.live && !live {
		return // presence knows better
	}
	ix.unlist(r)
	known := r.live || !r.seen.IsZero()
	was, lastSeen := r.byNick, r.seen
	if r.live {
		lastSeen = at
	}
	var first time.Time
	if known {
		first = at // who is new has come since
	}
	r.live = true // so that the room stays when all have left
	r.byNick = make(map[string]*stay, len(present))
	for _, occupant := range present {
		s := was[occupant.Nick]
		if s != nil && continues(s.occupant, occupant) {
			delete(was, occupant.Nick)
			ix.update(s, occupant)
			r.byNick[occupant.Nick] = s
			continue
		}
		ix.begin(r, occupant, first)
	}
	for _, s := range was {
		s.unseen = true
		ix.depart(s, lastSeen)
	}
	if !live {
		ix.lose(r, at)
	}
	ix.expire(at)
}

// exit keeps who was in a room that we do not see any more.
func (ix *peopleIndex) exit(jid RoomJID, at time.Time) {
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
	ix.lose(r, at)
	ix.expire(at)
}

// continues reports whether who bears a nick now is taken for who bore it when the
// room was seen last.
func continues(was, is Occupant) bool {
	switch {
	case was.OccupantID != "" && is.OccupantID != "":
		return was.OccupantID == is.OccupantID
	case was.RealJID != "" && is.RealJID != "":
		return bareJID(was.RealJID) == bareJID(is.RealJID)
	}
	return was.RealJID == "" && is.RealJID == ""
}

// put takes in an occupant who came or changed.
func (ix *peopleIndex) put(jid RoomJID, occupant Occupant, at time.Time) {
	r := ix.rooms[jid]
	if r == nil || !r.live {
		return
	}
	s := r.byNick[occupant.Nick]
	switch account := bareJID(occupant.RealJID); {
	case s == nil:
		ix.begin(r, occupant, at)
	case account != "" && s.person.account != "" && account != s.person.account:
		// The nick has changed hands without a word.
		delete(r.byNick, occupant.Nick)
		ix.depart(s, at)
		ix.begin(r, occupant, at)
	default:
		ix.update(s, occupant)
	}
	ix.expire(at)
}

// begin begins a stay. First is when its bearer came; zero if that is not known.
func (ix *peopleIndex) begin(r *indexedRoom, occupant Occupant, first time.Time) *stay {
	s := &stay{room: r, occupant: occupant, folded: foldText(occupant.Nick), first: first}
	ix.bearer(r, occupant, first).add(s)
	r.byNick[occupant.Nick] = s
	r.stays++
	if before := s.person.lastStay(s); before != nil {
		s.first = before.first
		ix.forget(before)
	}
	return s
}

// add makes a stay one of the person.
func (p *person) add(s *stay) {
	s.person, s.index = p, len(p.here)
	p.here = append(p.here, s)
}

// take ends that for one that goes on.
func (p *person) take(s *stay) {
	last := len(p.here) - 1
	p.here[s.index] = p.here[last]
	p.here[s.index].index = s.index
	p.here[last] = nil
	p.here = p.here[:last]
}

// lastStay returns the stay that somebody who comes back has ended: in the same
// room under the same nick or, if they are hidden, with the same occupant id.
func (p *person) lastStay(s *stay) *stay {
	for _, before := range slices.Backward(p.gone) {
		if before.room == s.room && (before.folded == s.folded && continues(before.occupant, s.occupant) ||
			p.account == "" && s.occupant.OccupantID != "" && before.occupant.OccupantID == s.occupant.OccupantID) {
			return before
		}
	}
	return nil
}

// update takes in what is new about an occupant. An account that was known stays
// known as long as the nick stays in the same hands.
func (ix *peopleIndex) update(s *stay, occupant Occupant) {
	if occupant.RealJID == "" {
		occupant.RealJID = s.occupant.RealJID
	}
	s.occupant = occupant
	if p := ix.bearer(s.room, occupant, s.first); p != s.person {
		s.person.take(s)
		p.add(s)
	}
}

// rename gives an occupant another nick.
func (ix *peopleIndex) rename(jid RoomJID, nick string, renamed Occupant, at time.Time) {
	r := ix.rooms[jid]
	if r == nil || !r.live {
		return
	}
	s := r.byNick[nick]
	if s == nil {
		ix.put(jid, renamed, at)
		return
	}
	delete(r.byNick, nick)
	if other := r.byNick[renamed.Nick]; other != nil {
		delete(r.byNick, renamed.Nick)
		ix.depart(other, at)
	}
	r.byNick[renamed.Nick] = s
	s.folded = foldText(renamed.Nick)
	ix.update(s, renamed)
}

// remove ends the stay of who has a nick.
func (ix *peopleIndex) remove(jid RoomJID, nick string, at time.Time) {
	r := ix.rooms[jid]
	if r == nil || !r.live {
		return
	}
	if s := r.byNick[nick]; s != nil {
		delete(r.byNick, nick)
		ix.depart(s, at)
	}
	ix.expire(at)
}
