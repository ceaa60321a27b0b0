package xmpp

import (
	"cmp"
	"context"
	"iter"
	"strings"
	"time"
)

// An Occupancy is one stay of somebody in a room.
type Occupancy struct {
	Room RoomJID

	// Occupant is who it is, as the room told last. Its Obstacle is not filled in.
	Occupant Occupant

	// Left is when they were there last; zero while they are there.
	Left time.Time

	// Unseen means that nobody saw them leave at Left: muckick stopped looking
	// then, or only looked once. They may still be there.
	Unseen bool
}

// A Person is an account over all rooms. Where the account is hidden from muckick,
// it is one nick in one room: nothing tells whether the same nick elsewhere is
// the same person.
type Person struct {
	Account     string // bare JID; empty if it is hidden
	Nick        string // the one that was searched for, or else the latest
	Occupancies []Occupancy
}

// Occupancies returns where the account is, and where it was in the last hour,
// as far as muckick was there: first where it is, sorted by room, then the rest,
// the latest first. Of an account that left very often only the latest stays are
// known.
func (c *Client) Occupancies(account string) []Occupancy {
	return c.people.occupancies(prepareAccount(account), c.options.Now())
}

// FindPeople returns who is or lately was in a room that is visible, and whose
// account or nick contains the query, whatever its case and width. Equal ones come
// first, then those that begin with it; among those, who is present. There are at
// most limit of them, and never more than a thousand. Of each person only what is
// visible is returned, and only that is searched.
//
// Nothing waits for a search but other searches. Visible is called once for each
// room, and may take its time.
func (c *Client) FindPeople(query string, limit int, visible func(RoomJID) bool) []Person {
	return c.people.find(query, limit, visible, c.options.Now())
}

// Present yields everybody who is present in the rooms that muckick is in, its own
// occupants too, of the rooms that are wanted. They come room by room, and else in
// no order; what changes meanwhile may be part of it or not.
func (c *Client) Present(rooms func(RoomJID) bool) iter.Seq[Occupancy] {
	return func(yield func(Occupancy) bool) {
		for _, room := range c.people.roomsWhere(func(r *indexedRoom) bool { return r.live }) {
			if !rooms(room) {
				continue
			}
			for _, occupancy := range c.people.present(room) {
				if !yield(occupancy) {
					return
				}
			}
		}
	}
}

// Look returns who is in the room, without entering it: as presence tells if
// muckick is in it, else as the room's role lists do, or its items, whichever it
// grants. Role lists are remembered for [Client.Occupancies] and
// [Client.FindPeople], as stays that end unseen with the look. A [*StanzaError]
// means that the room grants neither list, a [NoRoomError] that there is none.
func (c *Client) Look(ctx context.Context, jid RoomJID) (roster Roster, err error) {
	err = c.in(ctx, jid, func(r *room) (err error) {
		if v := r.present(); v != nil {
			roster = r.roster(v)
			return nil
		}
		roster, err = r.stream.rosterFromOutside(ctx, jid)
		return err
	})
	return roster, err
}

// prepareAccount returns a bare JID in the form in which servers compare it.
func prepareAccount(account string) string {
	account = BareJID(account)
	if prepared, err := ParseRoom(account); err == nil {
		return prepared.String()
	}
	return account
}

// byPresence orders occupancies: who is present by room, then who left, the latest
// first.
func byPresence(a, b Occupancy) int {
	switch {
	case a.Left.IsZero() && !b.Left.IsZero():
		return -1
	case !a.Left.IsZero() && b.Left.IsZero():
		return 1
	}
	return cmp.Or(b.Left.Compare(a.Left), a.Room.compare(b.Room), strings.Compare(a.Occupant.Nick, b.Occupant.Nick))
}

// compare orders rooms by service and name.
func (r RoomJID) compare(other RoomJID) int {
	return cmp.Or(strings.Compare(r.domain, other.domain), strings.Compare(r.local, other.local))
}
