package xmpp

import (
	"container/list"
	"sync"
	"time"
)

// A peopleIndex knows who is in which room, and who lately was: account → room →
// stay. It outlives streams. Occupants in it never change, so it needs no lock of
// a room; the zero value is empty and ready.
//
// Changes come from the goroutine that reads the stream, which must not wait for
// anybody who searches. So they go to a queue, and whoever has the index takes
// over what waits there: the change itself if nobody else does, and else who does,
// when they are done.
type peopleIndex struct {
	arrivals arrivals

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
	corpus corpus
	stays  int // that are or were here

	live    bool          // presence tells of every change
	seen    time.Time     // when it did last, unless it is live
	settled time.Time     // until when those who come may only be coming back
	place   *list.Element // among the unseen ones
}

// A person is an account, or those of one room whose account is hidden.
type person struct {
	account string
	first   instant // when they were first seen to come; zero if they were there before we looked
	here    []*stay // that go on, or may do so
	gone    []*stay // that have ended, the first one first
}

// A stay is one of a person in a room, from their coming to their leaving.
type stay struct {
	room     *indexedRoom
	person   *person
	occupant *Occupant
	first    instant       // as a person's, of who bears the nick
	left     instant       // zero while they are there, or may be
	index    int           // among those of the person that go on
	place    *list.Element // among those that have ended
	entry    int32         // in the room's corpus
	unseen   bool          // nobody saw them leave
}

// An instant is a time in nanoseconds, and zero for none: there are so many that
// their size counts.
type instant int64

func instantOf(t time.Time) instant {
	if t.IsZero() {
		return 0
	}
	return instant(t.UnixNano())
}

func (i instant) time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(i))
}

// do makes a change now, or soon if somebody has the index.
func (ix *peopleIndex) do(change func()) {
	ix.queueMu.Lock()
	ix.queue = append(ix.queue, change)
	ix.queueMu.Unlock()
	ix.settle()
}

// have calls use with all changes made, while nobody else has the index.
func (ix *peopleIndex) have(now time.Time, use func()) {
	ix.mu.Lock()
	ix.catchUp()
	ix.expire(now)
	use()
	ix.mu.Unlock()
	ix.settle()
}

// settle makes the changes that wait, unless somebody has the index: they will.
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
func (ix *peopleIndex) bearer(r *indexedRoom, o *Occupant, first instant) *person {
	account := BareJID(o.RealJID)
	if account == "" {
		return &r.hidden
	}
	if p := ix.persons[account]; p != nil {
		return p
	}
	if ix.persons == nil {
		ix.persons = make(map[string]*person)
	}
	p := &person{account: account, first: first}
	ix.persons[account] = p
	return p
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

// isKnown reports whether who was first seen at a time is no newcomer any more.
// Time zero means that they were there before we looked.
func (first instant) isKnown(now time.Time) bool {
	return first == 0 || now.Sub(first.time()) >= newFor
}
