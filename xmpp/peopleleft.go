package xmpp

import (
	"slices"
	"time"
)

const (
	// keepLeft is how long who left is remembered, and maxLeft how many stays of
	// such are.
	keepLeft = time.Hour
	maxLeft  = 50_000

	// maxLeftOf is how many stays of one account are, so that one that comes and
	// goes all the time does not displace the others. All who are hidden in one
	// room have maxLeftHidden together.
	maxLeftOf     = 50
	maxLeftHidden = 1000

	// maxUnseen is how many stays are remembered in rooms that are not seen any
	// more, such as all after the connection broke.
	maxUnseen = 200_000
)

// depart ends a stay, which is not among those of the room any more.
func (ix *peopleIndex) depart(s *stay, at time.Time) {
	if s.occupant.Self {
		ix.forget(s)
		return
	}
	p := s.person
	p.take(s)
	p.gone = append(p.gone, s)
	s.left = instantOf(at)
	s.place = ix.left.PushBack(s)
	most := maxLeftOf
	if p.account == "" {
		most = maxLeftHidden
	}
	if len(p.gone) > most {
		ix.forget(p.gone[0])
	}
}

// forget drops a stay that is none of the room's any more, and with the last one
// the person and the room.
func (ix *peopleIndex) forget(s *stay) {
	p, r := s.person, s.room
	if s.place != nil {
		ix.left.Remove(s.place)
		s.place = nil
		i := slices.Index(p.gone, s)
		p.gone = slices.Delete(p.gone, i, i+1)
	} else {
		p.take(s)
	}
	if len(p.here) == 0 && len(p.gone) == 0 && p.account != "" {
		delete(ix.persons, p.account)
	}
	r.corpus.remove(s)
	r.stays--
	ix.forgetRoom(r)
}

// forgetRoom drops a room of which nothing is known.
func (ix *peopleIndex) forgetRoom(r *indexedRoom) {
	if r.stays == 0 && !r.live && r.place == nil && ix.rooms[r.jid] == r {
		delete(ix.rooms, r.jid)
	}
}

// lose notes that a room is not seen any more.
func (ix *peopleIndex) lose(r *indexedRoom, at time.Time) {
	r.live, r.seen = false, at
	r.place = ix.unseen.PushBack(r)
	ix.unseenStays += len(r.byNick)
}

// unlist is the end of that.
func (ix *peopleIndex) unlist(r *indexedRoom) {
	if r.place != nil {
		ix.unseen.Remove(r.place)
		r.place = nil
		ix.unseenStays -= len(r.byNick)
	}
}

// expire forgets who left too long ago, and what is too much.
func (ix *peopleIndex) expire(now time.Time) {
	for first := ix.left.Front(); first != nil; first = ix.left.Front() {
		s := first.Value.(*stay)
		if ix.left.Len() <= maxLeft && now.Sub(s.left.time()) < keepLeft {
			break
		}
		ix.forget(s)
	}
	for first := ix.unseen.Front(); first != nil; first = ix.unseen.Front() {
		r := first.Value.(*indexedRoom)
		if ix.unseenStays <= maxUnseen && now.Sub(r.seen) < keepLeft {
			break
		}
		ix.unlist(r)
		stays := r.byNick
		r.byNick = make(map[string]*stay)
		for _, s := range stays {
			ix.forget(s)
		}
		ix.forgetRoom(r)
	}
}
