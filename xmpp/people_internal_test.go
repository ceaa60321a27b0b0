package xmpp

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	people1 = RoomJID{"one", "chat.example.org"}
	people2 = RoomJID{"two", "chat.example.org"}
)

// at returns a moment so many minutes after the tests' beginning.
func at(minute float64) time.Time {
	return time.Unix(1_000_000_000, 0).Add(time.Duration(minute * float64(time.Minute)))
}

func known(nick, jid string) *Occupant { return &Occupant{Nick: nick, RealJID: jid} }

// anywhere makes every room visible.
func anywhere(RoomJID) bool { return true }

// lines writes occupancies down in short.
func lines(list []Occupancy) (lines []string) {
	for _, o := range list {
		line := o.Room.local + "/" + o.Occupant.Nick
		if o.Occupant.RealJID != "" {
			line += " " + o.Occupant.RealJID
		}
		if !o.Left.IsZero() {
			line += fmt.Sprintf(" left %g", o.Left.Sub(at(0)).Minutes())
		}
		if o.Unseen {
			line += " unseen"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestOccupancies(t *testing.T) {
	tests := []struct {
		name string
		do   func(*peopleIndex)
		now  float64
		want []string // of bob@b
	}{
		{"in two rooms", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x"), known("Eve", "eve@b/x")}, time.Time{}, at(0))
			ix.enter(people2, nil, time.Time{}, at(0))
			ix.put(people2, known("Robert", "bob@b/y"), at(1))
		}, 1, []string{"one/Bob bob@b/x", "two/Robert bob@b/y"}},
		{"left", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.enter(people2, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.remove(people1, "Bob", at(1))
			ix.remove(people2, "Bob", at(2))
			ix.put(people2, known("Bobby", "bob@b/x"), at(3))
		}, 3, []string{"two/Bobby bob@b/x", "two/Bob bob@b/x left 2", "one/Bob bob@b/x left 1"}},
		{"came back", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.remove(people1, "Bob", at(1))
			ix.put(people1, known("Bob", "bob@b/z"), at(2))
		}, 3, []string{"one/Bob bob@b/z"}},
		{"renamed", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.rename(people1, "Bob", known("Robert", "bob@b/x"), at(1))
			ix.remove(people1, "Bob", at(2))
		}, 2, []string{"one/Robert bob@b/x"}},
		{"the nick changed hands", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.put(people1, known("Bob", "eve@b/x"), at(1))
		}, 2, []string{"one/Bob bob@b/x left 1"}},
		{"shown, and hidden again", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "")}, time.Time{}, at(0))
			ix.put(people1, known("Bob", "bob@b/x"), at(1))
			ix.put(people1, known("Bob", ""), at(2))
		}, 2, []string{"one/Bob bob@b/x"}},
		{"we left", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.exit(people1, at(1))
		}, 2, []string{"one/Bob bob@b/x left 1 unseen"}},
		{"we left and came back", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.exit(people1, at(1))
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/y")}, time.Time{}, at(2))
		}, 2, []string{"one/Bob bob@b/y"}},
		{"left while we were away", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.exit(people1, at(1))
			ix.enter(people1, []*Occupant{known("Bob", "eve@b/y")}, time.Time{}, at(2))
		}, 2, []string{"one/Bob bob@b/x left 1 unseen"}},
		{"seen from outside, once there and once not", func(ix *peopleIndex) {
			ix.look(people1, []*Occupant{known("Bob", "bob@b/x")}, at(1))
			ix.look(people2, []*Occupant{known("Bob", "bob@b/x")}, at(1))
			ix.look(people1, nil, at(2))
			ix.look(people2, []*Occupant{known("Bob", "bob@b/x")}, at(2))
		}, 2, []string{"two/Bob bob@b/x left 2 unseen", "one/Bob bob@b/x left 1 unseen"}},
		{"a look into a room that we are in", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.look(people1, nil, at(1))
		}, 1, []string{"one/Bob bob@b/x"}},
		{"forgotten after an hour", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.enter(people2, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
			ix.remove(people1, "Bob", at(1))
			ix.exit(people2, at(1))
		}, 61, nil},
		{"there for more than an hour", func(ix *peopleIndex) {
			ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
		}, 600, []string{"one/Bob bob@b/x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ix peopleIndex
			tt.do(&ix)
			if diff := cmp.Diff(tt.want, lines(ix.occupancies("bob@b", at(tt.now)))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			consistent(t, &ix)
		})
	}
}

// consistent requires that everything in the index refers to each other.
func consistent(t *testing.T, ix *peopleIndex) {
	t.Helper()
	stays, left, unseen := 0, 0, 0
	count := func(p *person) {
		for s := range p.stays() {
			entry := s.room.corpus.entries[s.entry]
			if text := foldText(s.person.account) + "\x00" + foldText(s.occupant.Nick) + "\x01"; entry.stay != s || !bytes.HasSuffix(s.room.corpus.text[:entry.end], []byte(text)) {
				t.Errorf("%q is not to be found", text)
			}
		}
		for i, s := range p.here {
			if s.index != i || s.person != p || s.place != nil || s.room.byNick[s.occupant.Nick] != s || ix.rooms[s.room.jid] != s.room {
				t.Errorf("the stay %+v is not where it belongs", s)
			}
		}
		for _, s := range p.gone {
			if s.person != p || s.place == nil || s.left == 0 || ix.rooms[s.room.jid] != s.room {
				t.Errorf("the ended stay %+v is not where it belongs", s)
			}
		}
		stays += len(p.here)
		left += len(p.gone)
	}
	for account, p := range ix.persons {
		if count(p); len(p.here)+len(p.gone) == 0 || p.account != account {
			t.Errorf("%s has no stay", account)
		}
	}
	all, inRooms := 0, 0
	for _, r := range ix.rooms {
		count(&r.hidden)
		if got := len(r.corpus.entries) - r.corpus.dead; got != r.stays {
			t.Errorf("got %d stays to search in %v, want %d", got, r.jid, r.stays)
		}
		all += r.stays
		inRooms += len(r.byNick)
		if (r.place != nil) == r.live && r.stays == len(r.byNick) {
			t.Errorf("%v is live: %v, and listed as unseen: %v", r.jid, r.live, r.place != nil)
		}
		if r.place != nil {
			unseen += len(r.byNick)
		}
	}
	if stays != inRooms || all != stays+left || left != ix.left.Len() || unseen != ix.unseenStays {
		t.Errorf("got %d stays, %d in rooms, %d in all, %d that ended, %d in the list, %d unseen, %d counted",
			stays, inRooms, all, left, ix.left.Len(), unseen, ix.unseenStays)
	}
}

// Whatever happens in whatever order, the index stays consistent, and as large as
// its limits allow.
func TestPeopleStayConsistent(t *testing.T) {
	var ix peopleIndex
	rooms := []RoomJID{people1, people2, {"three", "chat.example.org"}}
	draw := func(i, step, n int) int { return i * step / 7 % n }
	for i := range 20_000 {
		now := at(float64(i) / 100)
		room := rooms[draw(i, 13, len(rooms))]
		o := &Occupant{Nick: fmt.Sprint("n", draw(i, 29, 11)), Self: draw(i, 17, 11) == 0}
		if account := draw(i, 31, 6); account > 0 && !o.Self {
			o.RealJID = fmt.Sprintf("a%d@b/%d", account, i%3)
		}
		if draw(i, 37, 3) == 0 {
			o.OccupantID = fmt.Sprint(draw(i, 41, 4))
		}
		switch draw(i, 53, 40) {
		case 0:
			ix.enter(room, []*Occupant{o, {Nick: "other"}}, time.Time{}, now)
		case 1:
			ix.look(room, []*Occupant{o}, now)
		case 2:
			ix.exit(room, now)
		case 3, 4, 5:
			ix.rename(room, fmt.Sprint("n", draw(i, 43, 11)), o, now)
		case 6, 7, 8, 9, 10, 11, 12, 13, 14:
			ix.remove(room, o.Nick, now)
		default:
			ix.put(room, o, now)
		}
		if i%100 == 0 {
			consistent(t, &ix)
		}
		if t.Failed() {
			t.Fatalf("after step %d", i)
		}
	}
	for _, p := range ix.persons {
		if len(p.gone) > maxLeftOf {
			t.Errorf("got %d ended stays of %s, want %d at most", len(p.gone), p.account, maxLeftOf)
		}
	}
}

// One that comes and goes does not displace others, and all who left are not kept
// without end.
func TestLeftIsBounded(t *testing.T) {
	var ix peopleIndex
	ix.enter(people1, []*Occupant{known("Bob", "bob@b/x")}, time.Time{}, at(0))
	ix.enter(people2, nil, time.Time{}, at(0))
	ix.remove(people1, "Bob", at(0))
	for i := range 2 * maxLeftOf {
		ix.put(people1, known(fmt.Sprint("eve", i), "eve@b/x"), at(1))
		ix.remove(people1, fmt.Sprint("eve", i), at(1))
	}
	for i := range 2 * maxLeftHidden {
		ix.put(people2, known(fmt.Sprint("mallory", i), ""), at(1))
		ix.remove(people2, fmt.Sprint("mallory", i), at(1))
	}
	if got, want := ix.left.Len(), 1+maxLeftOf+maxLeftHidden; got != want {
		t.Errorf("got %d that left, want %d", got, want)
	}
	for i := range maxLeft - ix.left.Len() {
		ix.put(people1, known("x", fmt.Sprintf("x%d@b", i)), at(2))
	}
	if got := len(ix.occupancies("bob@b", at(2))); got != 1 {
		t.Errorf("got %d stays of bob, want one", got)
	}
	for i := range maxLeft {
		ix.put(people1, known("x", fmt.Sprintf("x%d@c", i)), at(2))
	}
	if got := len(ix.occupancies("bob@b", at(2))); got != 0 {
		t.Errorf("got %d stays of bob, want none", got)
	}
	if got := ix.left.Len(); got != maxLeft {
		t.Errorf("got %d that left, want %d", got, maxLeft)
	}
	consistent(t, &ix)
}

func TestFindPeople(t *testing.T) {
	var ix peopleIndex
	hidden := RoomJID{"hidden", "chat.example.org"}
	ix.enter(people1, []*Occupant{known("Bob", "bob@b/x"), known("Spammer 1", "u1@spam.example/x"), known("ＢＯＢＢＹ", "u2@b/x")}, time.Time{}, at(0))
	ix.enter(people2, []*Occupant{known("Robert", "bob@b/x"), known("Gone", "spam@b/x"), known("Straße", "u3@b/x")}, time.Time{}, at(0))
	ix.enter(hidden, []*Occupant{known("Bob", ""), known("Kilroy", "bob@b/z")}, time.Time{}, at(0))
	ix.remove(people2, "Gone", at(1))
	two := func(r RoomJID) bool { return r == people2 }
	tests := []struct {
		query   string
		limit   int
		visible func(RoomJID) bool
		want    []string
	}{
		{"bob", 9, anywhere, []string{"/Bob 1", "bob@b/Bob 3", "u2@b/ＢＯＢＢＹ 1"}},
		{"ｂｏＢ", 2, anywhere, []string{"/Bob 1", "bob@b/Bob 3"}},
		{"bob", 9, two, []string{"bob@b/Robert 1"}},
		{"kilroy", 9, two, nil},
		{"spam", 9, anywhere, []string{"u1@spam.example/Spammer 1 1", "spam@b/Gone 1"}},
		{"@SPAM.", 9, anywhere, []string{"u1@spam.example/Spammer 1 1"}},
		{"STRASSE", 9, anywhere, []string{"u3@b/Straße 1"}},
		{"nobody", 9, anywhere, nil},
		{"", 9, anywhere, nil},
		{"bob", 0, anywhere, nil},
		{"bob", 9, func(RoomJID) bool { return false }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			var got []string
			for _, p := range ix.find(tt.query, tt.limit, tt.visible, at(1)) {
				got = append(got, fmt.Sprintf("%s/%s %d", p.Account, p.Nick, len(p.Occupancies)))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A change does not wait for somebody who has the index, and is made when they
// have done.
func TestNobodyWaitsForASearch(t *testing.T) {
	c := &Client{options: Options{}.withDefaults()}
	told := &roomPeople{client: c, jid: people1}
	told.enter(nil)
	c.people.have(at(0), func() {
		told.put(known("Bob", "bob@b/x")) // would wait for ever
		if len(c.people.persons) != 0 {
			t.Error("the index changed during a search")
		}
	})
	if len(c.people.persons) != 1 {
		t.Error("the change was not made after the search")
	}
	if got := lines(c.Occupancies("BOB@B/any")); !slices.Equal(got, []string{"one/Bob bob@b/x"}) {
		t.Errorf("got %q", got)
	}
}

// Rooms are heard while others search and while those ask who may see what.
func TestPeopleConcurrently(t *testing.T) {
	c := &Client{options: Options{}.withDefaults()}
	var all sync.WaitGroup
	for i := range 4 {
		told := &roomPeople{client: c, jid: RoomJID{fmt.Sprint("room", i), "chat.example.org"}}
		all.Go(func() {
			told.enter(nil)
			for j := range 500 {
				told.put(known("Bob", fmt.Sprintf("bob%d@b/x", j)))
				told.remove("Bob")
			}
			told.put(known("Bob", "bob@b/x"))
		})
		all.Go(func() {
			for range 50 {
				c.FindPeople("bob", 10, func(RoomJID) bool { return len(c.Occupancies("bob@b")) >= 0 })
				for range c.Present(anywhere) {
				}
			}
		})
	}
	all.Wait()
	if got, want := len(c.Occupancies("bob@b")), 4; got != want {
		t.Errorf("got %d stays, want %d", got, want)
	}
	consistent(t, &c.people)
}
